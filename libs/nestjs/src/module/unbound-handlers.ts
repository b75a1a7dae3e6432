import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { patternMethods } from '../handlers/pattern-metadata';
import { notePlaces } from '../transport/handler-place';
import { SUBSCRIPTION, type SubscriptionDeclaration } from '../transport/subscription-declaration';

/** ms that an app has from its start on until its transports have their handlers; some are started after it listens. */
const GRACE = 5000;

/** Apps that are looked after: one with several connections is told once. */
const watched = new WeakSet<ModulesContainer>();

/** Warns of `@Subscribe` methods that no transport has taken: without one, nothing else tells that they get nothing. */
export class UnboundHandlers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger('Pochta');
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly modules: ModulesContainer) {
    // Also of handlers that a transport has before the app starts.
    notePlaces(modules);
  }

  onApplicationBootstrap(): void {
    if (watched.has(this.modules)) return;
    watched.add(this.modules);
    this.#timer = setTimeout(() => this.#tell(), GRACE).unref();
  }

  beforeApplicationShutdown(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    const places = patternMethods(this.modules)
      .map(({ extras }) => extras[SUBSCRIPTION] as SubscriptionDeclaration | undefined)
      .filter((declaration) => declaration !== undefined && !declaration.bound)
      .map((declaration) => declaration!.place);
    if (places.length === 0) return;
    this.#logger.warn(
      `No message gets to ${places.join(', ')}: no PochtaServer listens for them. Call connectPochta(app, …) and ` +
        'app.startAllMicroservices(), or give NestFactory.createMicroservice a PochtaServer as its strategy',
    );
  }
}
