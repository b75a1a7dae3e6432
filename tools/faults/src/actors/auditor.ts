import { AUDITOR } from '../history/history';
import type { Answer, GapFrame, PlainRequest, PushFrame } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';

/** Reads all that topics hold, when nothing happens any more. */
export class Auditor extends Actor {
  #position = 0;
  #onMoved: () => void = () => undefined;

  constructor(stage: Stage) {
    super(AUDITOR, stage.plan.watchers.auditor, stage);
  }

  /** The sequence that the topic's next message will get. */
  async head(topic: string): Promise<number> {
    const { sequence } = await this.#subscribe(topic, 'new');
    await this.#ask({ action: 'unsubscribe', topic });
    return sequence ?? 1;
  }

  /** Reads a topic up to its head. */
  async read(topic: string, head: number): Promise<void> {
    this.#position = 0;
    const { sequence } = await this.#subscribe(topic, 'earliest');
    // Pushes may have come in the same turn as the answer.
    this.#moveTo(sequence ?? 1);
    while (this.#position < head) await new Promise<void>((resolve) => (this.#onMoved = resolve));
    this.note({ type: 'audited', at: Date.now(), topic, head });
    await this.#ask({ action: 'unsubscribe', topic });
  }

  protected onOpen(_peer: Peer): void {
    this.isReady();
  }
  protected onLost(): void {
    if (!this.finished) this.unexpected('the connection ended during the audit');
  }
  protected goOn(): void {}

  protected onPush({ sequence }: PushFrame): void {
    this.#moveTo(sequence + 1);
  }

  protected override onGap({ to }: GapFrame): void {
    this.#moveTo(to + 1);
  }

  #moveTo(position: number): void {
    this.#position = Math.max(this.#position, position);
    this.#onMoved();
  }

  #subscribe(topic: string, from: 'earliest' | 'new'): Promise<Answer> {
    return this.#ask({ action: 'subscribe', topic, from, meta: true });
  }

  async #ask(request: PlainRequest): Promise<Answer> {
    const answer = await new Promise<Answer>((resolve) => this.peer?.send(request, resolve));
    if (answer.status !== 'success') this.unexpectedAnswer(`a ${request.action}`, answer);
    return answer;
  }
}
