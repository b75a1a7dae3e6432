export { PochtaError } from '@pochta/protocol';
export type { AsyncApiDocument, AsyncApiServer } from './asyncapi/asyncapi-document';
export { AsyncApiOperation, type AsyncApiOperationOptions } from './asyncapi/asyncapi-operation.decorator';
export { createAsyncApiDocument, previewAsyncApiDocument } from './asyncapi/create-document';
export type { AsyncApiOptions } from './asyncapi/document-builder';
export type { PayloadSource } from './asyncapi/payload-schemas';
export { PochtaAsyncApi } from './asyncapi/pochta-asyncapi';
export type { MessageOptions } from './client/message-options';
export {
  PochtaClientProxy,
  type PochtaProxyEvents,
  type PochtaProxyStatus,
} from './client/pochta-client-proxy';
export { PochtaRecord, PochtaRecordBuilder } from './client/pochta-record';
export { TopicPublisher } from './client/topic-publisher';
export type { TopicTransaction } from './client/topic-transaction';
export { avro, type AvroType } from './codecs/avro-codec';
export { jsonCodec } from './codecs/json-codec';
export {
  messagePack,
  type MessagePackExtension,
  type MessagePackExtensions,
  type MessagePackOptions,
} from './codecs/message-pack-codec';
export type { PayloadCodec } from './codecs/payload-codec';
export { protobuf, type ProtobufType } from './codecs/protobuf-codec';
export { raw, withContentType } from './codecs/raw-codec';
export {
  DEFAULT_CONNECTION,
  type EmbeddedOptions,
  type PochtaConnectionOptions,
} from './connections/connection-options';
export type { PochtaConnection, Setback } from './connections/pochta-connection';
export type { PochtaStatus } from './connections/pochta-status';
export { createConnection } from './connections/shared-connection';
export {
  getConnectionToken,
  getPochtaToken,
  getTopicToken,
  InjectPochtaConnection,
  InjectPochta,
  InjectTopic,
} from './connections/tokens';
export {
  PochtaHealthIndicator,
  type PochtaHealth,
  type PochtaHealthDetail,
} from './health/pochta-health-indicator';
export {
  correlatedLogger,
  type CorrelatedLoggerOptions,
  type LoggedFacts,
} from './logging/correlated-logger';
export { CORRELATION_HEADER } from './logging/message-scope';
export type {
  PochtaModuleAsyncOptions,
  PochtaModuleOptions,
  PochtaOptionsFactory,
} from './module/module-options';
export { PochtaModule } from './module/pochta.module';
export { defineTopic } from './topics/define-topic';
export type { NamedTopic, PayloadClass, TopicDefinition, TopicOptions } from './topics/topic-definition';
export { connectPochta, type ConnectPochtaOptions } from './transport/connect-pochta';
export type { HandlerCounts } from './transport/handler-counts';
export { MessageHeaders } from './transport/message-headers.decorator';
export { PochtaRetry, PochtaTerminate } from './transport/outcomes';
export { PochtaBatchContext, PochtaContext } from './transport/pochta-context';
export { PochtaServer, type PochtaServerEvents } from './transport/pochta-server';
export type { PochtaServerOptions, StrategyOptions } from './transport/pochta-server-options';
export type { BatchOptions, SubscribeOptions } from './transport/subscribe-options';
export {
  type PayloadHandlerDecorator,
  Subscribe,
  type SubscribeDecoratorOptions,
} from './transport/subscribe.decorator';
export { POCHTA } from './transport/transport-id';
