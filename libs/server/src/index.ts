export { AdminAnswers } from './administration/admin-answers';
export { JsonText } from './administration/json-text';
export { PochtaServer, type ListenerAddress } from './pochta-server';
export type { GroupReport, TopicReport } from '@pochta/broker-core';
export type { Log } from '@pochta/listener';
export { isLoopback } from './loopback';
export { DEFAULT_SERVER_LIMITS, type ServerOptions } from './server-options';
export {
  DEAD_LETTER_HEADERS,
  deadLetterTopicOf,
  isDeadLetterName,
  isHole,
  ManualClock,
  type Clock,
  type DeadLetterReason,
  type GroupInfo,
  type Wake,
} from '@pochta/storage-contract';
