import { cpuSeconds } from './cpu-time';

/** Shares of one core; what `/proc` does not say is left out. */
export interface CpuShares {
  readonly client: number;
  readonly service?: number;
  readonly broker?: number;
}

/** What was counted in a span of time, and the CPU that was used meanwhile. */
export interface SpanFindings {
  readonly perSecond: number;
  readonly cpu: CpuShares;
}

/** The other processes that are looked at. */
export interface Watched {
  readonly servicePid?: number;
  readonly brokerPid?: number;
}

/** How long it is measured, in ms. */
export interface SpanTimes {
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** Begins when it is made. */
export class MeasuredSpan {
  readonly #before: { readonly count: number; readonly at: number; readonly cpu: CpuShares };

  constructor(
    private readonly watched: Watched,
    private readonly count: () => number,
  ) {
    this.#before = { count: count(), at: performance.now(), cpu: used(watched) };
  }

  end(): SpanFindings {
    const { count, at, cpu } = this.#before;
    const seconds = (performance.now() - at) / 1000;
    return { perSecond: (this.count() - count) / seconds, cpu: shares(cpu, used(this.watched), seconds) };
  }
}

/** Lets the warm-up pass and then the time, and says what was counted and used meanwhile. */
export async function measureSpan(
  plan: Watched & SpanTimes,
  count: () => number,
  failed: Promise<never>,
): Promise<SpanFindings> {
  const pass = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), failed]);
  await pass(plan.warmUpMs);
  const span = new MeasuredSpan(plan, count);
  await pass(plan.measureMs);
  return span.end();
}

/** Seconds of CPU so far. */
function used({ servicePid, brokerPid }: Watched): CpuShares {
  const { user, system } = process.cpuUsage();
  return {
    client: (user + system) / 1e6,
    service: servicePid === undefined ? undefined : cpuSeconds(servicePid),
    broker: brokerPid === undefined ? undefined : cpuSeconds(brokerPid),
  };
}

function shares(before: CpuShares, after: CpuShares, seconds: number): CpuShares {
  const share = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : (to - from) / seconds;
  return {
    client: share(before.client, after.client)!,
    service: share(before.service, after.service),
    broker: share(before.broker, after.broker),
  };
}
