import {
  batchesIn,
  batchOf,
  numbered,
  readOn,
  RecordingListener,
  tailsTold,
  textsOf,
  type StoreFixture,
} from './store-fixture';

export function describeTails(fixture: () => StoreFixture): void {
  describe('tails', () => {
    test('hear each commit once, in order, from the time they are attached', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      await fixture().append('a', 'before');
      const listener = new RecordingListener();
      store.tail('a', listener);
      await Promise.all([store.append('a', batchOf(['1', '2'])), store.append('a', batchOf(['3']))]);
      await fixture().append('a', '4');
      await tailsTold();
      expect(listener.heard).toEqual(['2: 1 2', '4: 3', '5: 4']);
    });

    test('a tail that is attached when a commit is visible does not hear of it', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const listener = new RecordingListener();
      await store.append('a', batchOf(['1'])).then(() => store.tail('a', listener));
      await fixture().append('a', '2');
      await tailsTold();
      expect(listener.heard).toEqual(['2: 2']);
    });

    test('what awaited a commit has run before its tails hear of it', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const order: string[] = [];
      store.tail('a', new RecordingListener(() => order.push('told')));
      const confirm = async () => {
        await store.append('a', batchOf(['1']));
        for (let i = 0; i < 20; i++) await Promise.resolve();
        order.push('confirmed');
      };
      await Promise.all([confirm(), confirm()]);
      await tailsTold();
      expect(order).toEqual(['confirmed', 'confirmed', 'told', 'told']);
    });

    test('the commit is readable when a tail hears of it', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const seen: (number | undefined)[] = [];
      store.tail('a', new RecordingListener(() => seen.push(store.describe('a')?.nextSequence)));
      await fixture().append('a', '1');
      await fixture().append('a', '2');
      await tailsTold();
      expect(seen).toEqual([2, 3]);
    });

    test('hear of removals, and of a batch before its own messages are dropped', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 2, overflow: 'drop-oldest' });
      const listener = new RecordingListener();
      store.tail('a', listener);
      await fixture().append('a', '1', '2', '3');
      await store.take('a', 1);
      await store.purge('a');
      await store.purge('a');
      await store.deleteTopic('a');
      await tailsTold();
      const removals = ['overflow through 1', 'taken through 2', 'purged through 3', 'deleted'];
      expect(listener.heard).toEqual(['1: 1 2 3', ...removals]);
    });

    test('hear nothing of another topic, of repeats, of refusals, nor after they are closed', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 1 });
      await fixture().topic('b');
      const listener = new RecordingListener();
      const tail = store.tail('a', listener);
      await fixture().append('b', 'x');
      await store.append('a', batchOf(['1', '1', '2'], ['p-1', 'p-1', 'p-2']));
      await tailsTold();
      tail.close();
      tail.close();
      await store.purge('a');
      await tailsTold();
      expect(listener.heard).toEqual(['1: 1']);
    });

    test('a tail may be closed, and another attached, while a commit is told', async () => {
      const { store } = fixture();
      await fixture().topic('a');
      const late = new RecordingListener();
      const other = new RecordingListener();
      const first = store.tail(
        'a',
        new RecordingListener(() => {
          first.close();
          second.close();
          store.tail('a', late);
        }),
      );
      const second = store.tail('a', other);
      await fixture().append('a', '1');
      await fixture().append('a', '2');
      await tailsTold();
      expect(other.heard).toEqual([]);
      expect(late.heard).toEqual(['2: 2']);
    });

    test('a reader that has read to the head goes on with a tail, and neither misses nor repeats', async () => {
      const { store } = fixture();
      await fixture().topic('a', { maxMessages: 1000 });
      const got: string[] = [];
      const writing = (async () => {
        for (const text of numbered(100)) await store.append('a', batchOf([text]));
      })();
      const reader = await store.openReader('a', 'earliest');
      for (let attached = false; !attached;) {
        const batches = batchesIn(await reader.fetch(7, 1000));
        got.push(...textsOf(batches));
        if (batches.length === 0 && reader.position === store.describe('a')!.nextSequence) {
          store.tail('a', { onCommit: (batch) => got.push(...textsOf([batch])) });
          attached = true;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await writing;
      await tailsTold();
      expect(got).toEqual(numbered(100));
      expect((await readOn(reader)).holes).toEqual([]);
    });
  });
}
