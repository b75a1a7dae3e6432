import type { ClientProxy } from '@nestjs/microservices';
import { CHECKED, EVENT } from '../../contenders/nest/patterns';
import { HandledView } from '../handled-count';
import { measureSpan } from '../measured-span';
import { withinPatience } from '../patience';
import type { NestFindings, NestPlan } from './plan';

/** What is not handled for so long, while nothing else is either, is lost. */
const LOST_AFTER_MS = 2000;

/** Emits as fast as the window allows, and counts what the service has handled, or what is confirmed. */
export async function emitEvents(client: ClientProxy, plan: NestPlan): Promise<NestFindings> {
  const { countPort } = plan;
  const view = countPort === undefined ? undefined : await HandledView.open(countPort);
  const loop: EmitLoop = new EmitLoop(client, plan, view && (() => view.count));
  view?.onChange(loop.emit);
  loop.emit();
  const span = await measureSpan(plan, loop.handled, loop.failed);
  loop.stop();
  await withinPatience('the outcome of what was emitted', loop.settled());
  await standsStill(loop.handled, loop.emitted);
  view?.close();
  const lost = loop.emitted - loop.handled();
  if (lost < 0) throw new Error(`${-lost} messages more were handled than were emitted`);
  return { ...span, lost };
}

class EmitLoop {
  emitted = 0;
  readonly failed: Promise<never>;
  /** Without a count of its own, what the transport has accepted. */
  readonly handled: () => number;
  readonly #pattern: string;
  #accepted = 0;
  #running = true;
  #onAccepted: () => void = () => undefined;
  readonly #outcome: { complete(): void; error(reason: Error): void };

  constructor(
    private readonly client: ClientProxy,
    private readonly plan: NestPlan,
    handled?: () => number,
  ) {
    let fail: (reason: Error) => void;
    this.failed = new Promise<never>((_, reject) => (fail = reject));
    this.failed.catch(() => undefined);
    this.handled = handled ?? (() => this.#accepted);
    if (handled === undefined) this.#onAccepted = this.emit;
    this.#pattern = plan.transport.measure === 'topic' ? CHECKED : EVENT;
    const complete = () => {
      this.#accepted++;
      this.#onAccepted();
    };
    this.#outcome = { complete, error: (reason) => fail(reason) };
  }

  readonly emit = (): void => {
    while (this.#running && this.emitted - this.handled() < this.plan.window) {
      this.emitted++;
      this.client.emit(this.#pattern, this.plan.payload).subscribe(this.#outcome);
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
