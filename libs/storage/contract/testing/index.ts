export { describeMessageStore, type StoreExpectations, type Survival } from './message-store-suite';
export {
  batchOf,
  numbered,
  readOn,
  RecordingListener,
  StoreFixture,
  tailsTold,
  textsOf,
} from './store-fixture';
export type { StorePlace } from './store-fixture';
