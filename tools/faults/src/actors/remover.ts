import type { Answer, Request } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor } from './actor';

/** Removes messages, until it is told to leave: before topics are read to their ends, nothing may be under way. */
export abstract class Remover extends Actor {
  #asked = 0;
  #leaving = false;
  #onLeft: () => void = () => undefined;
  readonly #left = new Promise<void>((resolve) => (this.#onLeft = resolve));

  /** It removes no more; resolves when nothing that it asked for is under way. */
  leave(): Promise<void> {
    this.#leaving = true;
    this.goOn();
    return this.#left;
  }

  /** Requests without an answer. */
  protected get asked(): number {
    return this.#asked;
  }

  /** Asks for what is to be removed now. */
  protected abstract remove(peer: Peer): void;

  protected ask(peer: Peer, request: Request, onAnswer: (answer: Answer) => void): void {
    this.#asked++;
    peer.send(request, (answer) => {
      this.#asked--;
      onAnswer(answer);
      this.goOn();
    });
  }

  protected onOpen(_peer: Peer): void {
    this.isReady();
    this.goOn();
  }

  protected onLost(): void {
    this.#asked = 0;
  }

  protected onPush(): void {}

  protected goOn(): void {
    if (this.peer === undefined || this.finished) return;
    if (this.#leaving && this.#asked === 0) {
      this.finish();
      this.#onLeft();
    } else if (!this.#leaving && !this.paused) this.remove(this.peer);
  }
}
