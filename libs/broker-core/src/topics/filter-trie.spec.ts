import { TopicFilter } from '@pochta/protocol';
import { FilterTrie } from './filter-trie';

const FILTERS = [
  'a',
  'a.b',
  '*',
  '>',
  'a.*',
  'a.>',
  '*.b',
  '*.*',
  'a.*.c',
  '*.>',
  'a.dead',
  '*.dead',
  '$sys.*',
  '$sys.>',
  'dead',
];
const TOPICS = [
  'a',
  'b',
  'dead',
  'a.b',
  'a.dead',
  'dead.a',
  'a.b.c',
  'a.b.dead',
  '$sys',
  '$sys.x',
  '$sys.dead',
  'x.b',
];

describe('FilterTrie', () => {
  it('finds the filters that match, as TopicFilter does one by one', () => {
    const trie = new FilterTrie<string>();
    for (const filter of FILTERS) trie.add(filter, filter);
    for (const topic of TOPICS) {
      const expected = FILTERS.filter((filter) => new TopicFilter(filter).matches(topic));
      expect([topic, ...trie.match(topic).sort()]).toEqual([topic, ...expected.sort()]);
    }
  });

  it('forgets what is deleted', () => {
    const trie = new FilterTrie<string>();
    for (const filter of FILTERS) trie.add(filter, filter);
    for (const filter of FILTERS) trie.delete(filter, filter);
    trie.delete('never.there', 'x');
    for (const topic of TOPICS) expect(trie.match(topic)).toEqual([]);
  });
});
