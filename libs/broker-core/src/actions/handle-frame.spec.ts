import type { Payload, SuccessAnswer } from '@pochta/protocol';
import { batchOf, startCore, type TestCore } from '@pochta/testing';
import { handleFrame, type ActionFrame, type Answer } from './handle-frame';

const payload = (text: string): Payload => ({ bytes: Buffer.from(text) });

describe('a frame', () => {
  let core: TestCore;
  beforeEach(async () => (core = await startCore()));
  afterEach(() => core.stop());

  const setUp = () => {
    const { connection, outlet } = core.connect();
    const later: Answer[] = [];
    const ask = async (frame: ActionFrame): Promise<Answer | undefined> =>
      (await handleFrame(connection, frame, (answer) => later.push(answer)))?.answer;
    return { connection, outlet, later, ask };
  };

  it('that subscribes to one topic is told where it stands', async () => {
    const { connection, ask } = setUp();
    await connection.publish('t', batchOf(1, 2, 3));
    const sequenceFrom = async (frame: Omit<ActionFrame & { action: 'subscribe' }, 'action' | 'topic'>) => {
      const answer = (await ask({ action: 'subscribe', topic: 't', ...frame })) as SuccessAnswer;
      await ask({ action: 'unsubscribe', topic: 't' });
      expect(answer).toMatchObject({ epoch: core.store.describe('t')!.epoch, time: undefined });
      return answer.sequence;
    };
    expect(await sequenceFrom({})).toBe(1);
    expect(await sequenceFrom({ from: 'last' })).toBe(3);
    expect(await sequenceFrom({ from: 'new' })).toBe(4);
    expect(await sequenceFrom({ from: { sequence: 2 } })).toBe(2);
  });

  it('that subscribes to a filter is told when it began', async () => {
    const { ask } = setUp();
    const before = Date.now();
    const answer = (await ask({ action: 'subscribe', topic: 't.*' })) as SuccessAnswer;
    expect(answer).toMatchObject({ epoch: undefined, sequence: undefined });
    expect(answer.time).toBeGreaterThanOrEqual(before);
    expect(answer.time).toBeLessThanOrEqual(Date.now());
  });

  it('that ends a reply without a message is answered as the end, not as a part', async () => {
    const { later, ask, outlet } = setUp();
    await ask({ action: 'respond', topic: 'r' });
    await ask({ action: 'request', id: 7, topic: 'r', message: payload('1') });
    const [{ correlationId }] = outlet.requests;
    await ask({ action: 'reply', correlationId, message: payload('"part"'), more: true });
    await ask({ action: 'reply', correlationId });
    expect(later).toEqual([
      { type: 'success', id: 7, message: payload('"part"'), more: true },
      { type: 'success', id: 7, message: payload('null'), end: true },
    ]);
  });

  it('that takes a responder back is refused when there is none', async () => {
    const { ask } = setUp();
    await ask({ action: 'respond', topic: 'r' });
    expect(await ask({ action: 'unrespond', id: 1, topic: 'r' })).toEqual({
      type: 'success',
      id: 1,
      message: 'Stopped responding',
    });
    expect(await ask({ action: 'unrespond', id: 2, topic: 'r' })).toEqual({
      type: 'error',
      id: 2,
      code: 'NOT_SUBSCRIBED',
      message: 'Not responding to r',
    });
  });

  it('that cancels a request is answered behind the request, under the same id', async () => {
    const { later, ask } = setUp();
    await ask({ action: 'respond', topic: 'r' });
    await ask({ action: 'request', id: 7, topic: 'r', message: payload('1') });
    const cancelling = ask({ action: 'cancel', id: 7 });
    expect(later).toMatchObject([{ type: 'error', id: 7, code: 'REQUEST_CANCELLED' }]);
    expect(await cancelling).toEqual({ type: 'success', id: 7, message: 'Cancelled' });
    expect(await ask({ action: 'cancel', id: 7 })).toMatchObject({ id: 7, code: 'UNKNOWN_REQUEST' });
  });
});
