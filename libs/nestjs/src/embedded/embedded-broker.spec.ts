import { Logger } from '@nestjs/common';
import { connect, type Client } from '@pochta/client';
import { cleanUp, FakePeer, occupyPort } from '@pochta/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../embedded';

describe('an embedded broker', () => {
  let dataDir: string;
  let brokers: EmbeddedBroker[] = [];
  let clients: Client[] = [];
  const logged: string[] = [];
  const start = async (options?: EmbeddedBrokerOptions): Promise<EmbeddedBroker> => {
    const broker = new EmbeddedBroker(options);
    brokers.push(broker);
    await broker.start();
    return broker;
  };
  const clientOf = async (broker: EmbeddedBroker): Promise<Client> => {
    const client = await connect({ socket: () => broker.openSocket() });
    clients.push(client);
    return client;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pochta-'));
    jest.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
    jest.spyOn(Logger.prototype, 'log').mockImplementation((line: unknown) => void logged.push(String(line)));
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(brokers.map((broker) => broker.stop()));
    [clients, brokers] = [[], []];
    await cleanUp();
    await rm(dataDir, { recursive: true });
    jest.restoreAllMocks();
    logged.length = 0;
  });

  it('keeps its messages in a folder, over a restart', async () => {
    const first = await start({ dataDir });
    await (await clientOf(first)).publish('t', 1);
    await clients[0].close();
    await first.stop();
    expect(await (await clientOf(await start({ dataDir }))).get('t')).toBe(1);
  });

  it('keeps them in memory without a folder, and listens nowhere', async () => {
    const broker = await start();
    await (await clientOf(broker)).publish('t', 1);
    expect(broker.port).toBeUndefined();
    expect(broker.server.addresses).toEqual([]);
    expect(logged[0]).toMatch(/^broker started .*engine=memory/);
    await broker.stop();
    expect(await (await clientOf(await start())).get('t')).toBeUndefined();
  });

  it('lets other processes connect when it has a port', async () => {
    const broker = await start({ port: 0 });
    const peer = await FakePeer.connect({ port: broker.port! });
    await peer.ask({ action: 'subscribe', topic: 't' });
    await (await clientOf(broker)).publish('t', 'hello');
    expect(await peer.next()).toMatchObject({ message: 'hello' });
    expect(broker.server.connections).toBe(2);
  });

  it('does not start when another broker has the folder, or the port is taken', async () => {
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await expect(start({ port: await occupyPort() })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
    expect(() => new EmbeddedBroker({ port: 0, host: '0.0.0.0' })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
  });

  it('is administered by whoever connects, unless it is told otherwise', async () => {
    const client = await clientOf(await start());
    await client.request('$pochta.topics.create', { topic: 't', policy: { maxMessages: 1 } });
    await client.publish('t', 1);
    await expect(client.publish('t', 2)).rejects.toMatchObject({ code: 'TOPIC_FULL' });
    const closed = await clientOf(await start({ administration: false }));
    await expect(closed.request('$pochta.topics.list', {})).rejects.toMatchObject({ code: 'NO_RESPONDERS' });
  });

  it('takes what a server takes besides', async () => {
    const broker = await start({ topics: { small: { maxMessages: 1 } } });
    const client = await clientOf(broker);
    await client.publish('small', 1);
    await expect(client.publish('small', 2)).rejects.toMatchObject({ code: 'TOPIC_FULL' });
  });
});
