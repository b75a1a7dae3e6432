import type { ClientProxy } from '@nestjs/microservices';
import { EVENT } from '../../contenders/nest/patterns';
import { HandledView } from './handled-count';
import { measureSpan } from './measured-span';
import { withinPatience } from './patience';
import type { NestFindings, NestPlan } from './plan';

/** What is not handled for so long, while nothing else is either, is lost. */
const LOST_AFTER_MS = 2000;

/** Emits as fast as the window allows, and counts what the service has handled. */
export async function emitEvents(client: ClientProxy, plan: NestPlan): Promise<NestFindings> {
  const handled = await HandledView.open(plan.countPort);
  const loop = new EmitLoop(client, plan, () => handled.count);
  handled.onChange(loop.emit);
  loop.emit();
  const span = await measureSpan(plan, () => handled.count, loop.failed);
  loop.stop();
  await withinPatience('the outcome of what was emitted', loop.settled());
  await standsStill(() => handled.count, loop.emitted);
  handled.close();
  const lost = loop.emitted - handled.count;
  if (lost < 0) throw new Error(`${-lost} messages more were handled than were emitted`);
  return { ...span, lost };
}

class EmitLoop {
  emitted = 0;
  readonly failed: Promise<never>;
  #accepted = 0;
  #running = true;
  #onAccepted: () => void = () => undefined;
  readonly #outcome: { complete(): void; error(reason: Error): void };

  constructor(
    private readonly client: ClientProxy,
    private readonly plan: NestPlan,
    private readonly handled: () => number,
  ) {
    let fail: (reason: Error) => void;
    this.failed = new Promise<never>((_, reject) => (fail = reject));
    this.failed.catch(() => undefined);
    const complete = () => {
      this.#accepted++;
      this.#onAccepted();
    };
    this.#outcome = { complete, error: (reason) => fail(reason) };
  }

  readonly emit = (): void => {
    while (this.#running && this.emitted - this.handled() < this.plan.window) {
      this.emitted++;
      this.client.emit(EVENT, this.plan.payload).subscribe(this.#outcome);
    }
  };

  stop(): void {
    this.#running = false;
  }

  /** Resolves once the transport has accepted all that was emitted, in its own sense. */
  settled(): Promise<void> {
    const accepted = new Promise<void>((resolve) => {
      this.#onAccepted = () => this.#accepted === this.emitted && resolve();
      this.#onAccepted();
    });
    return Promise.race([accepted, this.failed]);
  }
}

/** Resolves once the count is as expected, or has not changed for a while. */
async function standsStill(count: () => number, expected: number): Promise<void> {
  let last = -1;
  let since = performance.now();
  while (count() < expected && performance.now() - since < LOST_AFTER_MS) {
    if (count() !== last) since = performance.now();
    last = count();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
