import 'reflect-metadata';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import { clientOf } from '../../contenders/nest/options';
import { emitEvents } from './emits';
import type { NestPlan } from './plan';
import { sendRequests } from './requests';

/** The client's process: gets one plan, and answers with its findings. */
export async function runNestClient(): Promise<void> {
  const [plan] = (await once(process, 'message')) as [NestPlan];
  Logger.overrideLogger(false);
  const client = clientOf(plan.transport);
  await client.connect();
  const findings = await (plan.transport.measure === 'request'
    ? sendRequests(client, plan)
    : emitEvents(client, plan));
  process.send!(findings);
}
