import { once } from 'node:events';
import { startChild } from '../contenders/child';
import { fanOut, type FanOutPlan } from './fan-out';
import { fill, type FillPlan } from './fill';
import { consumeBacklog, consumeLive, type BacklogPlan, type GroupPlan } from './group-consumption';
import { confirmedPublish, type ConfirmedPublishPlan } from './confirmed-publish';
import { requestReply, type RequestReplyPlan } from './request-reply';
import { getRequests, type GetRequestsPlan } from './growth/get-requests';

/** What the client's side of a run is to do. */
export type LoadPlan =
  FanOutPlan | GroupPlan | BacklogPlan | FillPlan | ConfirmedPublishPlan | GetRequestsPlan | RequestReplyPlan;

/** What it found. */
export interface LoadResult {
  /** Messages a second, of the kind that the plan counts. */
  readonly perSecond: number;
  /** Messages that the topic holds more than before, where the plan changes that. */
  readonly added?: number;
}

export interface LoadReport extends LoadResult {
  /** Share of one core that the process used. */
  readonly clientCpu: number;
  /** That it was at work, with its warm-up, and without its start. */
  readonly seconds: number;
}

/** Messages that are done so far, of a plan that takes long. */
interface Progress {
  readonly progress: number;
}

/** The client's side runs in a process of its own: two processes for two cores, as in use. */
export async function runInLoadProcess(
  plan: LoadPlan,
  onProgress: (messages: number) => void = () => undefined,
): Promise<LoadReport> {
  const { value, stop } = await startChild(process.argv[1], ['--role=load'], (child) => {
    child.send(plan);
    return new Promise<LoadReport>((resolve) =>
      child.on('message', (message: LoadReport | Progress) => {
        if ('progress' in message) onProgress(message.progress);
        else resolve(message);
      }),
    );
  });
  await stop();
  return value;
}

/** The load process: gets one plan, and answers with one report. */
export async function runLoad(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [LoadPlan];
  const before = { cpu: process.cpuUsage(), at: performance.now() };
  const result = await carryOut(plan, (progress) => process.send!({ progress } satisfies Progress));
  const { user, system } = process.cpuUsage(before.cpu);
  const seconds = (performance.now() - before.at) / 1000;
  const clientCpu = (user + system) / 1e6 / seconds;
  process.send!({ ...result, clientCpu, seconds } satisfies LoadReport);
}

/** Runs the plan in this process. */
export async function carryOut(plan: LoadPlan, onProgress?: (messages: number) => void): Promise<LoadResult> {
  switch (plan.kind) {
    case 'fan-out':
      return { perSecond: (await fanOut(plan)).deliveriesPerSecond };
    case 'group': {
      const { ackedPerSecond, published, acked } = await consumeLive(plan);
      return { perSecond: ackedPerSecond, added: published - acked };
    }
    case 'backlog':
      return { perSecond: await consumeBacklog(plan) };
    case 'fill': {
      const started = performance.now();
      await fill(plan, onProgress);
      return { perSecond: plan.messages / ((performance.now() - started) / 1000), added: plan.messages };
    }
    case 'confirmed-publish':
      return { perSecond: await confirmedPublish(plan) };
    case 'request-reply':
      return { perSecond: await requestReply(plan) };
    case 'get-requests':
      return { perSecond: await getRequests(plan) };
  }
}
