import { NameOrder } from './name-order';

/** A call that notes when it starts, and ends when it is told to. */
function recorder() {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const call = (name: string) => (): Promise<void> => {
    started.push(name);
    return new Promise((resolve) => ends.set(name, resolve));
  };
  return { started, call, end: (name: string) => ends.get(name)!() };
}

test('a call for several names starts behind the earlier calls of each, and before the later ones', async () => {
  const order = new NameOrder();
  const { started, call, end } = recorder();
  const alone = [order.runAlone('a', call('a1')), order.runAlone('b', call('b1'))];
  const both = order.runAll(['a', 'b'], call('both'));
  const later = [order.run('a', call('a2')), order.run('b', call('b2')), order.run('c', call('c1'))];
  expect(started).toEqual(['a1', 'b1', 'c1']);
  end('a1');
  await alone[0];
  expect(started).toEqual(['a1', 'b1', 'c1']);
  end('b1');
  await alone[1];
  end('c1');
  await later[2];
  await new Promise((resolve) => setImmediate(resolve));
  expect(started).toEqual(['a1', 'b1', 'c1', 'both', 'a2', 'b2']);
  for (const name of ['both', 'a2', 'b2']) end(name);
  await Promise.all([both, ...later]);
  await order.idle();
});

test('calls for the same names in different orders do not wait for each other in a circle', async () => {
  const order = new NameOrder();
  const started: string[] = [];
  const call = (name: string) => (): Promise<void> => {
    started.push(name);
    return Promise.resolve();
  };
  await Promise.all([
    order.runAlone('a', call('a')),
    order.runAll(['a', 'b'], call('ab')),
    order.runAlone('b', call('b')),
    order.runAll(['b', 'a'], call('ba')),
    order.runAll(['c', 'a', 'b'], call('cab')),
  ]);
  expect(started).toEqual(['a', 'ab', 'b', 'ba', 'cab']);
  await order.idle();
});
