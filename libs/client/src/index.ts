export type { Client, ClientStatus, DrainOptions, WaitOptions } from './client';
export type { ClientEvents } from './client-events';
export type { ClientCodec } from './codec';
export { connect } from './connect';
export type { ConnectOptions, ReconnectOptions } from './connect-options';
export { PublishManyError, ResponderError, type PublishFailure } from './errors';
export type { PublishManyOptions, PublishOptions } from './publish-options';
export type { ReceivedMessage } from './received-message';
export type { IncomingRequest, RequestHandler, RequestOptions, RespondOptions, Responder } from './requests';
export type { Gap, SubscribeOptions, Subscription } from './subscription';
export {
  PochtaError,
  type ErrorCode,
  type FilterStartPosition,
  type GapReason,
  type StartPosition,
  type TopicPosition,
} from '@pochta/protocol';
