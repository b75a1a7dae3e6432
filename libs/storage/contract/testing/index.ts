export { describeMessageStore, type StoreExpectations } from './message-store-suite';
export type { Survival } from './restart-suite';
export { GroupTester } from './group-tester';
export { messagesOf, until, walked, type TestMessage } from './messages';
export { ModelRun, type RunOptions } from './model-run';
export {
  batchesIn,
  batchOf,
  numbered,
  readOn,
  RecordingListener,
  StoreFixture,
  tailsTold,
  textsOf,
} from './store-fixture';
export type { StorePlace } from './store-fixture';
