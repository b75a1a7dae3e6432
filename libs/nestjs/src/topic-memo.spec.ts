import { MAX_REMEMBERED_TOPICS, TopicMemo } from './topic-memo';

describe('What is found for a topic', () => {
  it('is looked for once, also when it is nothing', () => {
    const asked: string[] = [];
    const memo = new TopicMemo((topic) => {
      asked.push(topic);
      return topic === 'none' ? undefined : topic.length;
    });
    for (let i = 0; i < 3; i++) {
      expect(memo.get('some')).toBe(4);
      expect(memo.get('none')).toBeUndefined();
    }
    expect(asked).toEqual(['some', 'none']);
  });

  it('is forgotten when there are too many topics, and found again', () => {
    let searches = 0;
    const memo = new TopicMemo(() => ++searches);
    for (let i = 0; i < MAX_REMEMBERED_TOPICS; i++) memo.get(`t.${i}`);
    expect(memo.get('t.0')).toBe(1);
    expect(memo.get('another')).toBe(MAX_REMEMBERED_TOPICS + 1);
    expect(memo.get('t.0')).toBe(MAX_REMEMBERED_TOPICS + 2);
  });
});
