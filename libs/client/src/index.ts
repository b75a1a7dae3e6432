export {
  DEFAULT_DRAIN_TIMEOUT,
  type Client,
  type ClientStatus,
  type DrainOptions,
  type DrainResult,
  type WaitOptions,
} from './client';
export type { ClientEvents } from './client-events';
export { connect } from './connect';
export type { CodecName } from './connection/codec';
export {
  CONNECT_DEFAULTS,
  MAX_LINGER,
  type ConnectOptions,
  type ReconnectOptions,
} from './connection/connect-options';
export { ReconnectPolicy } from './connection/reconnect-policy';
export { PublishManyError, ResponderError, type PublishFailure } from './errors';
export { RawPayload } from './payload';
export type { PublishManyOptions, PublishOptions, RawPublishOptions } from './publish/publish-options';
export type {
  IncomingRequest,
  RawRequestOptions,
  Reply,
  ReplyError,
  ReplyHandler,
  RequestHandler,
  RequestObserver,
  RequestOptions,
  RespondOptions,
  Responder,
} from './requests/requests';
export type {
  GroupSettings,
  GroupSubscribeOptions,
  GroupSubscription,
} from './subscriptions/groups/consumer-group';
export { TerminateError, type Delivery, type SettleVerb } from './subscriptions/groups/delivery';
export type { ReceivedMessage } from './subscriptions/received-message';
export type { Gap, SubscribeOptions, Subscription } from './subscriptions/subscription';
export type { Transaction, TransactionOptions } from './transactions/transaction';
export {
  PochtaError,
  type BackoffOptions,
  type CompressionName,
  type ErrorCode,
  type FilterStartPosition,
  type GapReason,
  type StartPosition,
  type TopicPosition,
} from '@pochta/protocol';
