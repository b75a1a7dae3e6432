import type { PushFrame } from '../wire/frames';
import type { Peer } from '../wire/peer';
import { Actor, type Stage } from './actor';

/** Where it publishes; drops its oldest messages. */
export const PULSE = 'pulse';
/** ms between an answer and the next publish. */
const REST = 200;

/**
 * Publishes a message now and then, from when the broker was started for the first time to the end: what is confirmed
 * shows that broker, disk and this tool all have their turns, however slow the machine is.
 */
export class Pulse extends Actor {
  constructor(
    stage: Stage,
    private readonly onBeat: () => void,
  ) {
    super('pulse', stage.plan.watchers.pulse, stage);
  }

  protected onOpen(peer: Peer): void {
    peer.send({ action: 'publish', topic: PULSE, message: { m: this.name } }, (answer) => {
      if (answer.status !== 'success') this.unexpectedAnswer('a publish of the pulse', answer);
      this.onBeat();
      setTimeout(() => {
        if (this.peer === peer && !this.finished) this.onOpen(peer);
      }, REST);
    });
  }

  protected onLost(): void {}
  protected goOn(): void {}
  protected onPush(_push: PushFrame): void {}
}
