import { CODECS, type CodecName } from '../wire/codecs';
import { Peer, type PeerListener } from '../wire/peer';

/** The way to the broker: there while it runs, and gone while it does not. */
export class Line {
  #up: Promise<void> = Promise.resolve();
  #onUp: (() => void) | undefined;
  #connections = 0;
  readonly #open = new Set<Peer>();
  #onEmpty: (() => void) | undefined;

  constructor(private readonly port: number) {
    this.down();
  }

  /** A new connection, as soon as there is a broker. `listener` hears of its end after this has resolved. */
  async connect(codec: CodecName, listener: (connection: number) => PeerListener): Promise<Peer> {
    for (;;) {
      await this.#up;
      const number = ++this.#connections;
      const heard = listener(number);
      try {
        const peer = await Peer.connect(this.port, number, CODECS[codec], {
          onPush: (push) => heard.onPush(push),
          onGap: (gap) => heard.onGap(gap),
          onNonsense: (text) => heard.onNonsense(text),
          onClosed: () => {
            this.#open.delete(peer);
            heard.onClosed();
            if (this.#open.size === 0) this.#onEmpty?.();
          },
        });
        this.#open.add(peer);
        return peer;
      } catch {
        // The broker was killed in between: it will be back.
      }
    }
  }

  /** The broker is about to be killed: nobody tries to connect. */
  down(): void {
    if (this.#onUp === undefined) this.#up = new Promise((resolve) => (this.#onUp = resolve));
  }

  up(): void {
    this.#onUp?.();
    this.#onUp = undefined;
  }

  /** Ends all connections; what comes over them from now on is not heard. */
  cut(): void {
    for (const peer of [...this.#open]) peer.cut('reset');
  }

  /** To be called when the broker is gone: resolves when all connections are over, and all that came over them has been heard. */
  async empty(): Promise<void> {
    // Who does not read would not notice.
    for (const peer of this.#open) if (peer.paused) peer.cut('reset');
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve));
    this.#onEmpty = undefined;
  }
}
