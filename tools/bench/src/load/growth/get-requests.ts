import { Exchange } from '../exchange';

/**
 * Takes messages out of a topic, in rounds: what one round has taken is published again before the next, while the
 * clock stands still. So the topic holds its size less one round at the least, and all sizes go through the same
 * rounds: a round must not be more than half of the smallest size.
 */
export interface GetRequestsPlan {
  readonly kind: 'get-requests';
  readonly port: number;
  readonly get: string;
  /** The answer to a `get`: its message is the one that `publish` publishes. */
  readonly got: string;
  readonly publish: string;
  readonly confirm: string;
  /** Requests of the one connection that are not answered yet, at most. */
  readonly inFlight: number;
  /** Messages of one round. */
  readonly round: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Messages taken a second of the clock. The topic holds afterwards what it held before. */
export async function getRequests(plan: GetRequestsPlan): Promise<number> {
  const getter = new Getter(await Exchange.open(plan.port, plan.got), plan);
  const publisher = await Exchange.open(plan.port, plan.confirm);
  const refill = Buffer.from(plan.publish.repeat(plan.round));
  let refilled = 0;
  const roundsOf = async (ms: number) => {
    let [rounds, elapsed] = [0, 0];
    while (elapsed < ms) {
      const started = performance.now();
      await getter.takeRound();
      elapsed += performance.now() - started;
      rounds++;
      publisher.socket.write(refill);
      await publisher.untilAnswered((refilled += plan.round));
    }
    return (rounds * plan.round) / (elapsed / 1000);
  };
  try {
    await roundsOf(plan.warmUpMs);
    return await roundsOf(plan.measureMs);
  } finally {
    getter.exchange.close();
    publisher.close();
  }
}

/** Keeps so many requests in flight until a round is answered. */
class Getter {
  readonly #requests: Buffer;
  readonly #requestBytes: number;
  #sent = 0;
  #goal = 0;

  constructor(
    readonly exchange: Exchange,
    private readonly plan: GetRequestsPlan,
  ) {
    this.#requests = Buffer.from(plan.get.repeat(plan.inFlight));
    this.#requestBytes = Buffer.byteLength(plan.get);
    exchange.watched.onChange(() => this.#request());
  }

  async takeRound(): Promise<void> {
    this.#goal += this.plan.round;
    this.#request();
    await this.exchange.untilAnswered(this.#goal);
  }

  #request(): void {
    const free = this.plan.inFlight - (this.#sent - Math.floor(this.exchange.answered));
    const more = Math.min(free, this.#goal - this.#sent);
    if (more <= 0) return;
    this.exchange.socket.write(this.#requests.subarray(0, more * this.#requestBytes));
    this.#sent += more;
  }
}
