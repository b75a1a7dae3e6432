import { found, HistoryWriter } from '../../testing/write-history';

const published = (...ids: string[]) =>
  ids.reduce((writer, id) => writer.published(id, 'tray'), new HistoryWriter().broker('started'));

it('takes what was taken, purged, held, or may have gone with a request that has no answer', () => {
  const well = published('a', 'b', 'c').purge('tray').published('d', 'tray').take('tray', 'd');
  const lost = well.published('e', 'tray').take('tray', 'lost').published('f', 'tray');
  expect(found('takings', lost.held('tray', 6, 'f').audited('tray', 7))).toEqual([]);
});

it('finds what is taken twice, and what nobody published', () => {
  expect(found('takings', published('a').take('tray', 'a').take('tray', 'a'))).toEqual([
    'a was taken 2 times',
  ]);
  expect(found('takings', published().take('tray', 'x'))).toEqual([
    'x was taken from tray, and nobody published it there',
  ]);
});

it('finds what is still there', () => {
  expect(found('takings', published('a').take('tray', 'a').held('tray', 1, 'a').audited('tray', 2))).toEqual([
    'a was taken, and tray holds it at the end',
  ]);
  expect(found('takings', published('a').purge('tray').held('tray', 1, 'a').audited('tray', 2))).toEqual([
    'a was there when tray was purged, and it holds it at the end',
  ]);
  const lost = published('a').purge('tray', 'lost').held('tray', 1, 'a');
  expect(found('takings', lost.audited('tray', 2))).toEqual([]);
});

it('finds more missing than may have been taken or purged', () => {
  const missing = published('a').purge('tray').published('b', 'tray').published('c', 'tray');
  expect(found('takings', missing.take('tray', 'lost').audited('tray', 4))).toEqual([
    '2 messages of tray were confirmed and are gone, and 1 requests for one have no answer',
  ]);
  const purged = published('a').purge('tray', 'lost').add({ type: 'closed', connection: 9 });
  expect(found('takings', purged.wait(60_000).published('b', 'tray').audited('tray', 3))).toHaveLength(1);
});
