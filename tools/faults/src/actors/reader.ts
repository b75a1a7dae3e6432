import type { SubscriberPlan } from '../plan/round-plan';
import type { GapFrame, PushFrame } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';
import { originOf } from './read-push';

/** Pushes after which a reader pings, so that it is known how recent what follows is. */
const PING_AFTER = 100;

/** A plain subscriber, which begins with the first message, and resumes behind the last one that it has seen. */
export class Reader extends Actor {
  readonly #topic: string;
  #position = 1;
  #epoch: string | undefined;
  #sincePing = 0;
  #wanted = Infinity;
  #onThere: () => void = () => undefined;

  constructor({ name, topic, codec }: SubscriberPlan, stage: Stage) {
    super(name, codec, stage);
    this.#topic = topic;
  }

  get topic(): string {
    return this.#topic;
  }

  /** Sequence of the message that it waits for. */
  get position(): number {
    return this.#position;
  }

  /** Resolves when it has seen all below a sequence. */
  async reaches(sequence: number): Promise<void> {
    if (this.#position >= sequence) return;
    this.#wanted = sequence;
    await new Promise<void>((resolve) => (this.#onThere = resolve));
  }

  protected onOpen(peer: Peer): void {
    const epoch = this.#epoch;
    const from = epoch === undefined ? ('earliest' as const) : { sequence: this.#position, epoch };
    peer.send({ action: 'subscribe', topic: this.#topic, meta: true, from }, (answer) => {
      if (answer.status !== 'success') return this.unexpectedAnswer('a subscribe', answer);
      // It resumes also when it has seen nothing yet: what it is to see may expire meanwhile.
      this.#epoch ??= answer.epoch;
      this.isReady();
    });
  }

  protected onLost(): void {
    this.#sincePing = 0;
  }

  protected goOn(): void {}

  protected override onPush({ sequence, epoch, headers }: PushFrame, id: string): void {
    this.#epoch = epoch;
    const origin = headers && originOf(headers);
    if (origin?.group !== undefined) this.stage.work.settled(origin.topic, origin.group, id, true);
    this.#moveTo(sequence + 1);
    if (++this.#sincePing < PING_AFTER) return;
    this.#sincePing = 0;
    this.peer?.send({ action: 'ping' }, (answer) => {
      if (answer.message !== 'pong') this.unexpectedAnswer('a ping', answer);
    });
  }

  protected override onGap({ to }: GapFrame): void {
    this.#moveTo(to + 1);
  }

  #moveTo(position: number): void {
    this.#position = Math.max(this.#position, position);
    if (this.#position >= this.#wanted) this.#onThere();
  }
}
