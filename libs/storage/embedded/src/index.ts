export { DEFAULT_MAX_UNSETTLED, EmbeddedStore, type EmbeddedStoreOptions } from './embedded-store';
export { Fifo } from './fifo';
export type { IdRecord, NewIdRecord } from './dedupe/id-record';
export type { BatchOutline, HeldTopic, Medium, MediumChanges, TopicRecord } from './medium';
export { emptyState, type Removal, type TopicState } from './log/topic-state';
export { markOf, reasonOf } from './log/gap-marks';
