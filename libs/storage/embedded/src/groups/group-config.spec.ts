import { DEFAULT_TOPIC_POLICY } from '@pochta/protocol';
import { checkConfig, configOf } from './group-config';

test('A group that has other options is refused with what to do', () => {
  const config = configOf(DEFAULT_TOPIC_POLICY);
  expect(() =>
    checkConfig('billing', config, { maxDeliveries: undefined, ackDeadline: 30_000 }),
  ).not.toThrow();
  expect(() => checkConfig('billing', config, { maxDeliveries: 3 })).toThrow(
    'Group billing has maxDeliveries 5, and not 3; leave that out, which means as the group is, or stop all members and ' +
      'delete the group: it begins at its `from` anew',
  );
});
