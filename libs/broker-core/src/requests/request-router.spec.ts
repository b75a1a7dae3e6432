import type { Payload } from '@pochta/protocol';
import { eventually, startCore, type TestCore, type TestCoreOptions } from '@pochta/testing';
import type { ReplyPart } from './request-party';

const payload = (text: string): Payload => ({ bytes: Buffer.from(text) });
const read = (part: ReplyPart): unknown =>
  'error' in part
    ? part.error.code
    : 'end' in part
      ? 'end'
      : [Buffer.from(part.message.bytes).toString(), part.more];

describe('requests', () => {
  let core: TestCore;
  const start = async (options?: TestCoreOptions): Promise<TestCore> => (core = await startCore(options));
  afterEach(() => core.stop());

  const setUp = async (options?: TestCoreOptions) => {
    const { connect } = await start(options);
    const requester = connect();
    const responder = connect();
    const parts: unknown[] = [];
    const ask = (id?: string, timeout?: number): void =>
      requester.connection.request({ topic: 'r', id, message: payload('question'), timeout }, (part) =>
        parts.push(read(part)),
      );
    return { connect, requester, responder, parts, ask };
  };

  it('take a reply back', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    const { correlationId, topic, message } = responder.outlet.requests[0];
    expect([topic, Buffer.from(message.bytes).toString()]).toEqual(['r', 'question']);
    responder.connection.reply({ correlationId, message: payload('answer') });
    responder.connection.reply({ correlationId, message: payload('too late') });
    expect(parts).toEqual([['answer', false]]);
  });

  it('are refused at once without responders', async () => {
    const { parts, ask } = await setUp();
    ask('1');
    expect(parts).toEqual(['NO_RESPONDERS']);
  });

  it('take replies in parts, each of which extends the wait', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    const { correlationId } = responder.outlet.requests[0];
    responder.connection.reply({ correlationId, message: payload('1'), more: true });
    responder.connection.reply({ correlationId, message: payload('2'), more: true });
    responder.connection.reply({ correlationId, message: payload('3') });
    expect(parts).toEqual([
      ['1', true],
      ['2', true],
      ['3', false],
    ]);
  });

  it('take an end without a message: behind the last part, instead of any, and where more was promised', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    for (let n = 0; n < 3; n++) ask();
    const [first, second, third] = responder.outlet.requests.map(({ correlationId }) => correlationId);
    responder.connection.reply({ correlationId: first, message: payload('1'), more: true });
    responder.connection.reply({ correlationId: first });
    responder.connection.reply({ correlationId: first, message: payload('too late') });
    responder.connection.reply({ correlationId: second });
    responder.connection.reply({ correlationId: third, more: true });
    expect(parts).toEqual([['1', true], 'end', 'end', 'end']);
  });

  it('go to a responder only until it takes its registration back', async () => {
    const { requester, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    responder.connection.unrespond('r');
    ask();
    expect(parts).toEqual(['NO_RESPONDERS']);
    responder.connection.reply({ ...responder.outlet.requests[0], message: payload('still') });
    expect(parts).toEqual(['NO_RESPONDERS', ['still', false]]);
    for (const { connection } of [responder, requester]) {
      expect(() => connection.unrespond('r')).toThrow(expect.objectContaining({ code: 'NOT_SUBSCRIBED' }));
    }
    responder.connection.respond('r');
    ask();
    expect(responder.outlet.requests).toHaveLength(2);
  });

  it('fail when the responder says so', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    ask();
    responder.connection.reply({ ...responder.outlet.requests[0], error: { message: 'no' } });
    responder.connection.reply({ ...responder.outlet.requests[1], error: { code: 'MINE', message: 'no' } });
    expect(parts).toEqual(['REQUEST_FAILED', 'MINE']);
  });

  it('time out, and the responder is told', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask('1', 1);
    await eventually(() => parts.length > 0);
    expect(parts).toEqual(['REQUEST_TIMEOUT']);
    expect(responder.outlet.cancels).toEqual([
      { type: 'cancel', correlationId: responder.outlet.requests[0].correlationId },
    ]);
  });

  it('time out a while after the last part', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask('1', 30);
    const { correlationId } = responder.outlet.requests[0];
    responder.connection.reply({ correlationId, message: payload('1'), more: true });
    await eventually(() => parts.length > 1);
    expect(parts).toEqual([['1', true], 'REQUEST_TIMEOUT']);
    responder.connection.reply({ correlationId, message: payload('too late') });
    expect(parts).toHaveLength(2);
  });

  it('go to several responders in turn, but not to those that do not take them', async () => {
    const { connect, parts, ask } = await setUp();
    const [a, b, c] = [connect(), connect(), connect()];
    for (const { connection } of [a, b, c]) connection.respond('r');
    c.outlet.overloaded = true;
    for (let i = 0; i < 4; i++) ask();
    expect([a, b, c].map(({ outlet }) => outlet.requests.length)).toEqual([2, 2, 0]);
    a.outlet.overloaded = b.outlet.overloaded = true;
    ask();
    expect(parts).toEqual(['TOO_MANY_REQUESTS']);
  });

  it('are cancelled by id', async () => {
    const { requester, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask('x');
    requester.connection.cancel('x');
    expect(parts).toEqual(['REQUEST_CANCELLED']);
    expect(responder.outlet.cancels).toHaveLength(1);
    expect(() => requester.connection.cancel('x')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_REQUEST' }),
    );
  });

  it('with an id that is used again can still be cancelled after the first is answered', async () => {
    const { requester, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask('x');
    ask('x');
    responder.connection.reply({ ...responder.outlet.requests[0], message: payload('1') });
    requester.connection.cancel('x');
    expect(parts).toEqual([['1', false], 'REQUEST_CANCELLED']);
  });

  it('end with their responder, and with their requester', async () => {
    const { requester, responder, connect, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    responder.connection.close();
    expect(parts).toEqual(['REQUEST_FAILED']);
    ask();
    expect(parts).toEqual(['REQUEST_FAILED', 'NO_RESPONDERS']);
    const other = connect();
    other.connection.respond('r');
    ask();
    requester.connection.close();
    expect(other.outlet.cancels).toHaveLength(1);
  });

  it('are answered by nobody but the one that was asked', async () => {
    const { connect, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    connect().connection.reply({ ...responder.outlet.requests[0], message: payload('forged') });
    expect(parts).toEqual([]);
  });

  it('are limited in number', async () => {
    const { responder, ask, parts } = await setUp({ limits: { maxRequests: 2 } });
    responder.connection.respond('r');
    ask();
    ask();
    expect(() => ask()).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
    responder.connection.reply({ ...responder.outlet.requests[0], message: payload('1') });
    ask();
    expect(parts).toEqual([['1', false]]);
  });

  it('that all have the same id are limited in number too', async () => {
    const { responder, ask, parts } = await setUp({ limits: { maxRequests: 2 } });
    responder.connection.respond('r');
    ask('x');
    ask('x');
    expect(() => ask('x')).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
    for (const request of responder.outlet.requests) {
      responder.connection.reply({ ...request, message: payload('1') });
    }
    ask('x');
    ask('x');
    expect(parts).toHaveLength(2);
    expect(() => ask('x')).toThrow(expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }));
  });

  it('end when a reply comes in parts without end and the requester does not read them', async () => {
    const { requester, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    const { correlationId } = responder.outlet.requests[0];
    const more = (): void => responder.connection.reply({ correlationId, message: payload('1'), more: true });
    more();
    requester.outlet.swamped = true;
    more();
    more();
    expect(parts).toEqual([['1', true], 'REQUEST_FAILED']);
    expect(responder.outlet.cancels).toEqual([{ type: 'cancel', correlationId }]);
  });

  it('to oneself end with oneself', async () => {
    const { responder } = await setUp();
    responder.connection.respond('r');
    const parts: unknown[] = [];
    const question = { topic: 'r', message: payload('question') };
    responder.connection.request(question, (part) => parts.push(read(part)));
    responder.connection.close();
    expect(parts).toEqual(['REQUEST_CANCELLED']);
  });

  it('of which one is over take the others along when a connection ends, each once', async () => {
    const { requester, responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    for (const id of ['1', '2', '3']) ask(id);
    responder.connection.reply({ ...responder.outlet.requests[1], message: payload('2') });
    requester.connection.close();
    responder.connection.close();
    expect(parts).toEqual([['2', false], 'REQUEST_CANCELLED', 'REQUEST_CANCELLED']);
    expect(requester.connection.requests.asking.size + responder.connection.requests.asked.size).toBe(0);
  });

  it('have responders that are limited in number', async () => {
    const { responder } = await setUp({ limits: { maxResponders: 1 } });
    responder.connection.respond('r');
    expect(() => responder.connection.respond('r')).toThrow(
      expect.objectContaining({ code: 'ALREADY_SUBSCRIBED' }),
    );
    expect(() => responder.connection.respond('s')).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_SUBSCRIPTIONS' }),
    );
  });

  it('fail when the broker drains', async () => {
    const { responder, parts, ask } = await setUp();
    responder.connection.respond('r');
    ask();
    await core.broker.drain();
    expect(parts).toEqual(['SHUTTING_DOWN']);
    expect(() => ask()).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  });
});
