/** ms between two looks, once what is waited for did not come within a few turns of the event loop. */
const INTERVAL = 2;
/** Turns in which each is looked at. */
const TURNS = 50;

/** Waits until something holds, for at most `timeout` ms of real time; resolves with whether it does. */
export async function holdsWithin(
  timeout: number,
  holds: () => boolean | Promise<boolean>,
): Promise<boolean> {
  const expires = performance.now() + timeout;
  for (let turn = 0; ; turn++) {
    if (await holds()) return true;
    if (performance.now() >= expires) return false;
    if (turn < TURNS) await nextTurn();
    else await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
