import type { ClientFrame, SuccessAnswer } from '@pochta/protocol';
import { Deadlines } from '../deadlines';
import { Calls } from './calls';

/** Of calls that wait for an answer. */
const LIMIT = 65_536;

const deadlines = new Deadlines();
let calls: Calls;
let sent: ClientFrame[];

beforeEach(() => {
  sent = [];
  calls = new Calls(deadlines);
  calls.sendThrough((frame) => sent.push(frame));
});
afterEach(() => deadlines.clear());

const pong = (id: number): SuccessAnswer => ({ type: 'success', id, message: 'pong' });

describe('calls that nobody answers', () => {
  const ask = () => calls.ask((id) => ({ action: 'ping', id }), { timeout: 60_000 });

  it('are refused beyond the limit, and taken again once one is answered', async () => {
    const waiting = Array.from({ length: LIMIT }, ask);
    await expect(ask()).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect(sent).toHaveLength(LIMIT);
    calls.answered(pong(1));
    await expect(waiting[0]).resolves.toMatchObject({ message: 'pong' });
    const next = ask();
    calls.answered(pong(LIMIT + 1));
    await expect(next).resolves.toMatchObject({ message: 'pong' });
  });
});
