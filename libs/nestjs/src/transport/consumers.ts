import { BatchConsumer } from './batch-consumer';
import type { Bindings } from './bindings';
import { BroadcastConsumer } from './broadcast-consumer';
import type { Consumer } from './consumer';
import { GroupConsumer } from './group-consumer';
import type { HandlingEnvironment } from './message-handling';
import type { StrategyOptions } from './pochta-server-options';
import { RequestAnswers } from './request-answers';
import { counted } from './settlement';
import { TopicRouter } from './topic-router';

/** What takes in messages and requests for the handlers; nothing of it is open yet. */
export function consumersOf(
  { events, topics, routed, requests }: Bindings,
  options: StrategyOptions,
  environment: HandlingEnvironment,
): Consumer[] {
  const consumers: Consumer[] = events.map((bound) => {
    const binding = counted(bound);
    if (bound.options.broadcast === true) return new BroadcastConsumer(binding, environment);
    if (bound.options.batch !== undefined) return new BatchConsumer(binding, environment);
    return new GroupConsumer(bound.pattern, bound.options, [binding], () => binding, environment);
  });
  const bindings = routed.map(counted);
  const router = new TopicRouter(bindings);
  topics.forEach((topic, index) => {
    // Any of them may be given any topic; the first one has the counts of all.
    const own = index === 0 ? bindings : [];
    consumers.push(new GroupConsumer(topic, options, own, (name) => router.route(name), environment));
  });
  for (const [topic, { handler }] of requests)
    consumers.push(new RequestAnswers(topic, handler, environment));
  return consumers;
}
