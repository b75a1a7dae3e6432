import type { SuccessAnswer } from '@pochta/protocol';
import { RecordedCalls } from '../../testing';
import { Requester } from './requester';

/** Of parts of one reply that wait for the caller. */
const LIMIT = 65_536;

let recorded: RecordedCalls;
beforeEach(() => {
  recorded = new RecordedCalls();
});
afterEach(() => recorded.clear());

const part = (id: number, message: string, more?: true): SuccessAnswer => ({
  type: 'success',
  id,
  message,
  more,
});

describe('a reply in parts that comes faster than it is read', () => {
  const begin = async () => {
    const replies = new Requester(recorded.calls, 60_000, () => undefined).requestMany('parts', null, {});
    const first = replies.next();
    recorded.calls.answered(part(1, 'first', true));
    expect(await first).toMatchObject({ done: false, value: { value: 'first' } });
    return replies;
  };

  it('is read whole, as long as it fits', async () => {
    const replies = await begin();
    for (let n = 1; n < LIMIT; n++) recorded.calls.answered(part(1, String(n), true));
    recorded.calls.answered(part(1, String(LIMIT)));
    const read: unknown[] = [];
    for await (const { value } of replies) read.push(value);
    expect(read).toEqual(Array.from({ length: LIMIT }, (_, index) => String(index + 1)));
  });

  it('ends with an error beyond the limit, and the responder is told', async () => {
    const replies = await begin();
    for (let n = 1; n <= LIMIT + 1; n++) recorded.calls.answered(part(1, String(n), true));
    expect(recorded.sent.at(-1)).toEqual({ action: 'cancel', id: 1 });
    const read = async () => {
      for await (const _ of replies);
    };
    await expect(read()).rejects.toMatchObject({ code: 'BUFFER_FULL' });
  });

  it('ends with an error when its parts are few but large', async () => {
    const replies = await begin();
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let n = 1; n <= 65; n++) recorded.calls.answered(part(1, mebibyte, true));
    expect(recorded.sent.at(-1)).toEqual({ action: 'cancel', id: 1 });
    const read = async () => {
      for await (const _ of replies);
    };
    await expect(read()).rejects.toMatchObject({ code: 'BUFFER_FULL' });
  });

  it('of any length is read, as long as the reader keeps up', async () => {
    const replies = await begin();
    const large = 'x'.repeat(8 * 1024 * 1024);
    for (let n = 1; n <= 20; n++) {
      recorded.calls.answered(part(1, large, true));
      expect((await replies.next()).done).toBe(false);
    }
    expect(recorded.sent).not.toContainEqual({ action: 'cancel', id: 1 });
    await replies.return(undefined);
  });
});
