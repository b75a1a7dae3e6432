import type { SuccessAnswer } from '@pochta/protocol';
import { RecordedCalls } from '../../testing';

/** Of calls that wait for an answer. */
const LIMIT = 65_536;

let recorded: RecordedCalls;
beforeEach(() => {
  recorded = new RecordedCalls();
});
afterEach(() => recorded.clear());

const pong = (id: number): SuccessAnswer => ({ type: 'success', id, message: 'pong' });

describe('calls that nobody answers', () => {
  const ask = () => recorded.calls.ask((id) => ({ action: 'ping', id }), { timeout: 60_000 });

  it('are refused beyond the limit, and taken again once one is answered', async () => {
    const waiting = Array.from({ length: LIMIT }, ask);
    await expect(ask()).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(recorded.sent).toHaveLength(LIMIT);
    recorded.calls.answered(pong(1));
    await expect(waiting[0]).resolves.toMatchObject({ message: 'pong' });
    const next = ask();
    recorded.calls.answered(pong(LIMIT + 1));
    await expect(next).resolves.toMatchObject({ message: 'pong' });
  });
});
