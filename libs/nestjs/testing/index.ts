export { ManualClock } from '@pochta/server';
export type { DeadLetter, HeldMessage } from '../src/testing/held-message';
export {
  TestBroker,
  type AdvanceOptions,
  type DeliveredOptions,
  type TestBrokerOptions,
  type TestTopic,
  type WaitOptions,
} from '../src/testing/test-broker';
export { withTestBroker, type TestConnectionOptions } from '../src/testing/with-test-broker';
