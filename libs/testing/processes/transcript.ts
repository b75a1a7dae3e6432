interface Waiter {
  check(): boolean;
  fail(why: string): void;
}

/** ms after which a wait gives up; it only makes a hung test fail with what was seen. */
const DEADLINE = 60_000;

/** Text that grows, and those who wait for something to appear in it. */
export class Transcript {
  #text = '';
  #ended: string | undefined;
  readonly #waiters = new Set<Waiter>();

  /** `what` names the text in failures. */
  constructor(private readonly what: string) {}

  get text(): string {
    return this.#text;
  }

  add(text: string): void {
    this.#text += text;
    for (const waiter of [...this.#waiters]) waiter.check();
  }

  /** Nothing more will come; whoever waits for more fails. */
  end(why: string): void {
    this.#ended = why;
    for (const waiter of [...this.#waiters]) waiter.fail(why);
  }

  /** Resolves once the text holds the pattern. */
  until(pattern: string | RegExp): Promise<void> {
    return this.untilTrue(`${pattern}`, (text) =>
      typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text),
    );
  }

  untilTrue(what: string, holds: (text: string) => boolean): Promise<void> {
    if (holds(this.#text)) return Promise.resolve();
    if (this.#ended !== undefined) return Promise.reject(this.#failure(what, this.#ended));
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(deadline);
        this.#waiters.delete(waiter);
        action();
        return true;
      };
      const waiter: Waiter = {
        check: () => holds(this.#text) && settle(resolve),
        fail: (why) => void settle(() => reject(this.#failure(what, why))),
      };
      const deadline = setTimeout(() => waiter.fail('it did not come'), DEADLINE);
      this.#waiters.add(waiter);
    });
  }

  #failure(what: string, why: string): Error {
    return new Error(`${this.what}: waited for ${what}, but ${why}. So far:\n${this.#text.slice(-4000)}`);
  }
}
