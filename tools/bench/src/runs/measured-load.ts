import type { Running } from '../contenders/contender';
import { cpuSeconds } from '../load/cpu-time';
import { runInLoadProcess, type LoadPlan, type LoadReport } from '../load/load-process';

export const WARM_UP_MS = 1000;

export interface MeasuredLoad extends LoadReport {
  /** Share of one core that the program under test used. */
  readonly serverCpu?: number;
}

/** Runs the plan in a process of its own, and looks at what the program under test uses meanwhile. */
export async function measureLoad({ pid }: Running, plan: LoadPlan): Promise<MeasuredLoad> {
  const before = cpuSeconds(pid);
  const report = await runInLoadProcess(plan);
  const after = cpuSeconds(pid);
  const known = before !== undefined && after !== undefined;
  return { ...report, serverCpu: known ? (after - before) / report.seconds : undefined };
}
