export * from './admin-verbs';
export * from './client-codec';
export * from './codec';
export * from './errors/error-classes';
export * from './errors/error-table';
export * from './errors/pochta-error';
export * from './frames';
export * from './id-table';
export * from './limits';
export * from './message-batch';
export * from './payload-memory';
export { Push, type PushMeta } from './push';
export * from './topic-filter';
export * from './topic-name';
export * from './topic-policy';
export {
  JsonLinesBrokerFrameDecoder,
  type BrokerFrameDecoderOptions,
} from './json-lines/broker-frame-decoder';
export { JsonLinesClientFrameEncoder } from './json-lines/client-frame-encoder';
export { JsonLinesFrameDecoder, type FrameDecoderOptions } from './json-lines/frame-decoder';
export { CONTENT_TYPE_RULE, isContentType } from './json-lines/opaque-message';
export { wireLength } from './json-lines/opaque-payload';
export { messageAttributes, type PublishOptions } from './json-lines/publish-attributes';
export { JsonLinesFrameEncoder } from './json-lines/frame-encoder';
export { BinaryBrokerFrameDecoder } from './binary/broker-frame-decoder';
export { BinaryClientFrameEncoder } from './binary/client-frame-encoder';
export { BinaryFrameDecoder } from './binary/frame-decoder';
export { BinaryFrameEncoder } from './binary/frame-encoder';
export { compressFrames } from './binary/compressed-frames';
export { CompressingFrameEncoder } from './binary/compressing-frame-encoder';
export { COMPRESSIONS, compressionNamed, type Compression, type CompressionName } from './binary/compression';
export { MAX_PIECE } from './binary/layout';
export { agreedCompression, brokerPreface, clientPreface } from './binary/preface';
export * from './codec-detection';
export { OneTopicEncoder, SimpleEncoder, type NaiveEncoder } from './naive/naive-encoder';
