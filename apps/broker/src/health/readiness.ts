import { Injectable } from '@nestjs/common';
import { PochtaBrokerStrategy } from '@pochta/nestjs/broker';
import type { PochtaServer } from '@pochta/server';

/** Whether the broker takes connections. */
@Injectable()
export class Readiness {
  #connected = false;

  constructor(private readonly strategy: PochtaBrokerStrategy) {
    strategy.status.subscribe((status) => (this.#connected = status === 'connected'));
  }

  get isReady(): boolean {
    // The core closes first when the broker stops, and the transport says so only when all is done.
    return this.#connected && !this.strategy.unwrap<PochtaServer>().broker.closing;
  }
}
