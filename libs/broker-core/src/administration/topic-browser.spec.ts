import { MessageBatch, type MessageAttributes } from '@pochta/protocol';
import { batchOf, startCore, type TestCore } from '@pochta/testing';
import { Administration } from './administration';
import { browseText, type BrowsePage } from './topic-browser';

let core: TestCore;
beforeEach(async () => {
  core = await startCore();
});
afterEach(() => core.stop());

const publish = async (batch: MessageBatch): Promise<void> => {
  expect((await core.connect().connection.publish('t', batch)).outcomes).toBeUndefined();
};
const one = (text: string, attributes?: MessageAttributes): MessageBatch =>
  MessageBatch.of(Buffer.from(text), attributes);
const browse = (from?: number, limit?: number): Promise<BrowsePage> =>
  new Administration(core.broker).topics.browse('t', { from, limit });
const sequences = ({ messages }: BrowsePage): number[] =>
  messages.map((text) => (JSON.parse(text) as { sequence: number }).sequence);

describe('browsing', () => {
  it('shows messages with all that they carry, digit by digit, and removes none', async () => {
    await publish(one('{"id":12345678901234567890,"price":1.50}'));
    await publish(one('"x"', { key: 'k', headers: { trace: 'é' }, priority: 3 }));
    const { messages, next } = await browse();
    const timestamp = expect.any(Number) as unknown;
    expect(messages[0]).toMatch(/"message":\{"id":12345678901234567890,"price":1\.50\}\}$/);
    expect(JSON.parse(messages[0])).toMatchObject({ sequence: 1, timestamp });
    expect(JSON.parse(messages[1])).toEqual({
      sequence: 2,
      timestamp,
      key: 'k',
      headers: { trace: 'é' },
      priority: 3,
      message: 'x',
    });
    expect(next).toBeUndefined();
    expect(await browse()).toEqual({ messages });
  });

  it('shows a payload that is not JSON in base64', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    await publish(MessageBatch.of(bytes, { contentType: 'image/png' }));
    expect(JSON.parse((await browse()).messages[0])).toMatchObject({
      message: bytes.toString('base64'),
      encoding: 'base64',
      contentType: 'image/png',
    });
  });

  it('goes on where a page ended, and past what is gone', async () => {
    await publish(batchOf(1, 2, 3, 4, 5));
    await core.connect().connection.get('t');
    const first = await browse(undefined, 2);
    expect([sequences(first), first.next]).toEqual([[2, 3], 4]);
    const second = await browse(first.next, 2);
    expect([sequences(second), second.next]).toEqual([[4, 5], undefined]);
    expect(await browse(6)).toEqual({ messages: [] });
    expect(await browse(1000)).toEqual({ messages: [] });
    expect(sequences(await browse(1))).toEqual([2, 3, 4, 5]);
  });

  it('shows 20 messages unless told otherwise', async () => {
    await publish(batchOf(...Array.from({ length: 25 }, (_, index) => index)));
    const page = await browse();
    expect([page.messages.length, page.next]).toEqual([20, 21]);
  });

  it('ends a page before it is too long for a frame', async () => {
    const text = JSON.stringify('x'.repeat(300_000));
    for (let count = 0; count < 5; count++) await publish(one(text));
    const page = await browse();
    expect([sequences(page), page.next]).toEqual([[1, 2, 3], 4]);
    expect(browseText(page).length).toBeLessThan(1024 * 1024);
    expect(sequences(await browse(page.next))).toEqual([4, 5]);
  });

  it('shows all of a message but its payload when that alone is too long', async () => {
    await publish(MessageBatch.of(Buffer.alloc(800_000), { contentType: 'image/png', key: 'k' }));
    await publish(one('2'));
    const { messages } = await browse();
    expect(messages.map((message) => JSON.parse(message) as object)).toMatchObject([
      { sequence: 1, key: 'k', contentType: 'image/png', bytes: 800_000, truncated: true },
      { sequence: 2, message: 2 },
    ]);
    expect(messages[0]).not.toContain('"message"');
  });

  it('is refused for a topic that is not there', async () => {
    await expect(browse()).rejects.toMatchObject({ code: 'TOPIC_UNKNOWN' });
  });

  it('is one JSON text', () => {
    expect(browseText({ messages: ['{"sequence":1}', '{"sequence":2}'], next: 3 })).toBe(
      '{"messages":[{"sequence":1},{"sequence":2}],"next":3}',
    );
    expect(browseText({ messages: [] })).toBe('{"messages":[]}');
  });
});
