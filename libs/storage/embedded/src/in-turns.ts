/** ms that a long piece of work goes on before others have their turn. */
const TURN = 5;

/** Does `work` for each item, in several turns of the event loop if it takes long. `now`: in ms, of a clock that nobody sets. */
export async function inTurns<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  now: () => number = () => performance.now(),
): Promise<void> {
  let end = now() + TURN;
  for (const item of items) {
    work(item);
    if (now() < end) continue;
    await new Promise((resolve) => setImmediate(resolve));
    end = now() + TURN;
  }
}
