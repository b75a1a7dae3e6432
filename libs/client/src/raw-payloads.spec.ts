import { cleanUp, startBroker, type StartedBroker } from '@pochta/testing';
import { CODECS } from '../testing';
import { connect, RawPayload, type Client, type Delivery, type ReceivedMessage } from './index';

describe.each(CODECS)('over %s:', (codec) => {
  const PNG = Buffer.of(0, 255, 10, 137);
  const TYPE = 'image/png';

  let broker: StartedBroker;
  const clients: Client[] = [];

  beforeEach(async () => {
    broker = await startBroker({ engine: 'lmdb' });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((one) => one.close()));
    await cleanUp();
  });

  async function client(): Promise<Client> {
    const made = await connect({ host: '127.0.0.1', port: broker.port, codec });
    clients.push(made);
    return made;
  }

  /** The first messages of the topic. */
  async function held(topic: string, count: number): Promise<ReceivedMessage[]> {
    const messages: ReceivedMessage[] = [];
    for await (const message of await (await client()).subscribe(topic)) {
      messages.push(message);
      if (messages.length === count) break;
    }
    return messages;
  }

  it('bytes of any content type are published, alone, with others, and in a transaction', async () => {
    const publishing = await client();
    await publishing.publishRaw('t', PNG, { contentType: TYPE, key: 'k' });
    await publishing.publishRaw('t', Buffer.from('{"json": 1.0}'));
    await publishing.publishMany(
      't',
      [new RawPayload(PNG, TYPE), { n: 1 }, new RawPayload(Buffer.from('2'))],
      {
        key: 'many',
      },
    );
    await publishing.publish('t', new RawPayload(Buffer.of(), 'a/b'));
    await publishing.transaction((transaction) => {
      transaction.publishRaw('t', PNG, { contentType: TYPE });
      transaction.publish('t', 'json');
    });
    const messages = await held('t', 8);
    expect(messages.map(({ value, contentType, key }) => [value, contentType, key])).toEqual([
      [PNG, TYPE, 'k'],
      [{ json: 1 }, undefined, undefined],
      [PNG, TYPE, 'many'],
      [{ n: 1 }, undefined, 'many'],
      [2, undefined, 'many'],
      [Buffer.of(), 'a/b', undefined],
      [PNG, TYPE, undefined],
      ['json', undefined, undefined],
    ]);
    expect(await publishing.get('t')).toEqual(PNG);
  });

  it('a member of a group and the dead-letter topic get the bytes as they were', async () => {
    const working = await client();
    await working.publishRaw('jobs', PNG, { contentType: TYPE });
    const seen: Delivery[] = [];
    await working.subscribe('jobs', {
      group: 'g',
      maxDeliveries: 1,
      onMessage: (delivery) => {
        seen.push(delivery);
        throw new Error('no');
      },
    });
    working.on('handlerFailed', () => undefined);
    const [dead] = await held('jobs.dead', 1);
    expect(seen).toMatchObject([{ bytes: PNG, contentType: TYPE }]);
    expect(dead).toMatchObject({ bytes: PNG, value: PNG, contentType: TYPE });
  });

  it('what is not sent on the wire as JSON must be bytes with a proper content type, or JSON', async () => {
    const one = await client();
    const refused = (publish: Promise<unknown>, field: string) =>
      expect(publish).rejects.toMatchObject({ code: 'INVALID_FRAME', field });
    for (const contentType of ['', 'a\nb', 'ü/x', 'x'.repeat(256), 7 as unknown as string]) {
      await refused(one.publishRaw('t', PNG, { contentType }), 'contentType');
      await refused(one.requestRaw('t', PNG, { contentType }), 'contentType');
      await refused(one.publish('t', new RawPayload(PNG, contentType)), 'contentType');
    }
    await refused(one.publishRaw('t', PNG), 'message');
    await refused(one.publishRaw('t', 'text' as unknown as Uint8Array, { contentType: TYPE }), 'message');
    await refused(one.publishMany('t', [1, new RawPayload(PNG)]), 'message');
    await one.publishRaw('t', PNG, { contentType: 'x'.repeat(255) });
  });

  it('bytes that fit into a frame only without base64 are refused, and those that fit go', async () => {
    const maxFrameBytes = 4000;
    const one = await connect({ host: '127.0.0.1', port: broker.port, maxFrameBytes, codec: 'json-lines' });
    clients.push(one);
    await expect(one.publishRaw('t', Buffer.alloc(2500), { contentType: TYPE })).rejects.toMatchObject({
      code: 'FRAME_TOO_LARGE',
    });
    await one.publishRaw('t', Buffer.alloc(2000), { contentType: TYPE });
    await expect(one.requestRaw('t', Buffer.alloc(3500), { contentType: TYPE })).rejects.toMatchObject({
      code: 'FRAME_TOO_LARGE',
    });
  });

  it('binary frames carry bytes as they are, so that more of them fit', async () => {
    const one = await connect({ host: '127.0.0.1', port: broker.port, maxFrameBytes: 4000, codec: 'binary' });
    clients.push(one);
    await one.publishRaw('t', Buffer.alloc(2500), { contentType: TYPE });
    await expect(one.publishRaw('t', Buffer.alloc(3500), { contentType: TYPE })).rejects.toMatchObject({
      code: 'FRAME_TOO_LARGE',
    });
  });

  it('requests and replies carry bytes of any content type', async () => {
    const responding = await client();
    const asking = await client();
    await responding.respond('echo', ({ bytes, contentType }) => new RawPayload(bytes, contentType));
    await responding.respond('parts', async function* ({ value }) {
      yield value;
      yield await Promise.resolve(new RawPayload(PNG, TYPE));
    });
    const reply = await asking.requestRaw('echo', PNG, { contentType: TYPE });
    expect(reply).toBeInstanceOf(RawPayload);
    expect(reply).toMatchObject({ bytes: PNG, contentType: TYPE, value: PNG });
    expect(await asking.requestRaw('echo', Buffer.from('[1]'))).toMatchObject({
      contentType: undefined,
      value: [1],
    });
    expect(await asking.request('echo', new RawPayload(PNG, TYPE))).toEqual(PNG);
    expect(await asking.request('echo', { a: 1 })).toEqual({ a: 1 });
    const parts: RawPayload[] = [];
    for await (const part of asking.requestManyRaw('parts', Buffer.from('7'))) parts.push(part);
    expect(parts).toMatchObject([{ value: 7 }, { bytes: PNG, contentType: TYPE }]);
  });
});
