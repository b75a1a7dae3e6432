import { ADMIN_VERBS } from '@pochta/protocol';
import type { PurgerPlan } from '../plan/round-plan';
import type { Peer } from '../wire/peer';
import type { Stage } from './actor';
import { Remover } from './remover';

/** Removes all messages of a topic, each time when so much of the round's work is done. */
export class Purger extends Remover {
  readonly #topic: string;
  #due = 0;

  constructor({ name, topic, at, codec }: PurgerPlan, stage: Stage) {
    super(name, codec, stage);
    this.#topic = topic;
    for (const part of at) {
      void stage.work
        .until(() => stage.work.progress >= part)
        .then(() => {
          this.#due++;
          this.goOn();
        });
    }
  }

  protected remove(peer: Peer): void {
    for (; this.#due > 0; this.#due--) this.#purge(peer);
  }

  #purge(peer: Peer): void {
    const topic = this.#topic;
    const id = this.stage.nextRequest();
    const asked = { at: Date.now(), actor: this.name, connection: peer.number };
    this.note({ type: 'purging', ...asked, request: id, topic });
    const request = { action: 'request', topic: ADMIN_VERBS.purgeTopic, message: { topic }, id } as const;
    this.ask(peer, request, (answer) => {
      if (answer.status !== 'success') return this.unexpectedAnswer('a purge', answer);
      this.note({ type: 'purged', at: Date.now(), request: id });
    });
  }
}
