import { cpuSeconds } from '../cpu-time';
import type { CpuShares, NestFindings, NestPlan } from './plan';

type Watched = Pick<NestPlan, 'measureMs' | 'servicePid' | 'brokerPid' | 'warmUpMs'>;

/** Lets the warm-up pass and then the time, and says what was counted and used meanwhile. */
export async function measureSpan(
  plan: Watched,
  count: () => number,
  failed: Promise<never>,
): Promise<Omit<NestFindings, 'lost'>> {
  const pass = (ms: number) => Promise.race([new Promise((resolve) => setTimeout(resolve, ms)), failed]);
  await pass(plan.warmUpMs);
  const before = { count: count(), at: performance.now(), cpu: used(plan) };
  await pass(plan.measureMs);
  const seconds = (performance.now() - before.at) / 1000;
  const perSecond = (count() - before.count) / seconds;
  return { perSecond, cpu: shares(before.cpu, used(plan), seconds) };
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
