export type { Client, ClientStatus, DrainOptions, DrainResult, WaitOptions } from './client';
export type { ClientEvents } from './client-events';
export type { ClientCodec } from './codec';
export { connect } from './connect';
export type { ConnectOptions, ReconnectOptions } from './connect-options';
export type { GroupSettings, GroupSubscribeOptions, GroupSubscription } from './consumer-group';
export { TerminateError, type Delivery, type SettleVerb } from './delivery';
export { PublishManyError, ResponderError, type PublishFailure } from './errors';
export type { PublishManyOptions, PublishOptions } from './publish-options';
export type { ReceivedMessage } from './received-message';
export type { IncomingRequest, RequestHandler, RequestOptions, RespondOptions, Responder } from './requests';
export type { Gap, SubscribeOptions, Subscription } from './subscription';
export type { Transaction, TransactionOptions } from './transaction';
export {
  PochtaError,
  type BackoffOptions,
  type ErrorCode,
  type FilterStartPosition,
  type GapReason,
  type StartPosition,
  type TopicPosition,
} from '@pochta/protocol';
