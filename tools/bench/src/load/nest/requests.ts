import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { REQUEST } from '../../contenders/nest/patterns';
import { measureSpan } from '../measured-span';
import { withinPatience } from '../patience';
import type { NestFindings, NestPlan } from './plan';

/** As many callers as the window has places, each of which asks anew when it is answered. */
export async function sendRequests(client: ClientProxy, plan: NestPlan): Promise<NestFindings> {
  const { symbol } = plan.payload as { readonly symbol: string };
  let running = true;
  let answered = 0;
  const call = async () => {
    while (running) {
      const reply: unknown = await firstValueFrom(client.send(REQUEST, plan.payload));
      if (reply !== symbol) throw new Error(`expected ${symbol}, got ${JSON.stringify(reply)}`);
      answered++;
    }
  };
  const calls = Promise.all(Array.from({ length: plan.window }, call));
  const failed = calls.then(() => new Promise<never>(() => undefined));
  const span = await measureSpan(plan, () => answered, failed);
  running = false;
  await withinPatience('the last answers', calls);
  return { ...span, lost: 0 };
}
