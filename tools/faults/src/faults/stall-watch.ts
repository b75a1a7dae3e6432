/** Beats without progress after which who is paused has to go on: it may be what everybody waits for. */
const QUIET = 8;
/** ms without a beat after which a broker is taken to be stuck; on a busy machine its start alone takes many seconds. */
const LONGEST_BEAT = 120_000;

export interface StallListener {
  onQuiet(): void;
  onStall(why: string): void;
}

/**
 * Notices that nothing gets on any more. Its time is beats, each of which shows that the broker does work, so that a
 * machine that is busy with other things is not taken for a broker that stands still.
 */
export class StallWatch {
  #last = -1;
  #beats = 0;
  #stopped = false;
  #silence: NodeJS.Timeout;
  readonly #onSilence: () => void;

  constructor(
    /** A number that changes with every bit of progress; that messages come again and again is none. */
    private readonly measure: () => number,
    /** Beats without progress after which a round cannot go on. */
    private readonly patience: number,
    private readonly listener: StallListener,
    private readonly longestBeat = LONGEST_BEAT,
  ) {
    this.#onSilence = () => listener.onStall(`the broker has confirmed nothing for ${longestBeat} ms`);
    this.#silence = setTimeout(this.#onSilence, longestBeat);
  }

  beat(): void {
    if (this.#stopped) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(this.#onSilence, this.longestBeat);
    const measured = this.measure();
    if (measured !== this.#last) {
      this.#last = measured;
      this.#beats = 0;
    } else if (++this.#beats === this.patience) {
      this.stop();
      this.listener.onStall(
        `nothing has got on while ${this.patience} publishes of the pulse were confirmed`,
      );
    } else if (this.#beats >= QUIET) this.listener.onQuiet();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#silence);
  }
}
