import { found, HistoryWriter } from '../../testing/write-history';

const headers = { trace: 'a', empty: '' };
const published = { contentType: 'image/png', headers, key: 'k', priority: 3 };
const sent = () => new HistoryWriter().published('a', 'log', published);

it('lets a message be as it was published, in whatever order its headers are, and a priority of 0 be absent', () => {
  const same = { ...published, headers: { empty: '', trace: 'a' } };
  expect(found('intactness', sent().seen('log', 1, 'a', same))).toEqual([]);
  const lowest = new HistoryWriter().published('b', 'log', { priority: 0 }).seen('log', 1, 'b');
  expect(found('intactness', lowest)).toEqual([]);
});

it.each([
  ['content type', { contentType: undefined }, 'image/png, and reader got it with undefined'],
  ['key', { key: 'l' }, 'k, and reader got it with l'],
  ['priority', { priority: undefined }, '3, and reader got it with 0'],
  ['headers', { headers: { trace: 'b', empty: '' } }, '[["empty",""],["trace","b"]]'],
])('finds another %s', (field, other, told) => {
  const [text, ...others] = found('intactness', sent().seen('log', 1, 'a', { ...published, ...other }));
  expect(text).toContain(`a was published with the ${field} `);
  expect(text).toContain(told);
  expect(others).toEqual([]);
});

it('finds what a transaction published otherwise', () => {
  const effect = new HistoryWriter().processed(7, 1, 'a').seen('effects', 1, 'effects-of-a', { key: 'k' });
  expect(found('intactness', effect)).toHaveLength(1);
});
