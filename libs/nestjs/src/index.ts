export { codecTable, type CodecTable } from './codecs/codec-table';
export { jsonCodec } from './codecs/json-codec';
export type { PayloadCodec } from './codecs/payload-codec';
export { telemetry } from './telemetry/process-telemetry';
export { NO_TELEMETRY, type Headers, type Operation, type Span, type Telemetry } from './telemetry/telemetry';
