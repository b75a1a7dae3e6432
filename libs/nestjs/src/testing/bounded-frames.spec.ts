import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, type MicroserviceOptions } from '@nestjs/microservices';
import { RawPayload } from '@pochta/client';
import { cleanUp, eventually, FakePeer } from '@pochta/testing';
import { firstValueFrom } from 'rxjs';
import { createConnection, PochtaClientProxy, PochtaServer } from '..';
import { TestBroker } from '../../testing';

const LIMIT = 300_000;
const reconnect = { initialDelay: 1, maxDelay: 10 };

@Controller()
class Echo {
  readonly taken: string[] = [];
  @EventPattern<string>('events') take(value: string): void {
    this.taken.push(value);
  }
  @MessagePattern('echo') echo(value: string): string {
    return value;
  }
}

@Module({ controllers: [Echo] })
class EchoModule {}

describe('bounded frames', () => {
  let broker: TestBroker;
  let app: INestMicroservice;
  let proxies: PochtaClientProxy[] = [];
  const proxy = (maxFrameBytes?: number): PochtaClientProxy => {
    const made = new PochtaClientProxy(createConnection({ ...broker.connection, reconnect, maxFrameBytes }));
    proxies.push(made);
    return made;
  };
  beforeEach(async () => {
    broker = await TestBroker.start({ wireLimits: { maxFrameBytes: LIMIT } });
    const strategy = new PochtaServer({ ...broker.connection, group: 'service', reconnect });
    app = await NestFactory.createMicroservice<MicroserviceOptions>(EchoModule, { strategy, logger: false });
    await app.listen();
  });
  afterEach(async () => {
    await Promise.all(proxies.map((one) => one.close()));
    proxies = [];
    await app.close();
    await cleanUp();
    await broker.stop();
  });
  const othersLive = async (): Promise<void> => {
    const other = proxy();
    expect(await firstValueFrom(other.send('echo', 'still there'))).toBe('still there');
    const { taken } = app.get(Echo);
    const before = taken.length;
    await firstValueFrom(other.emit('events', 'small'), { defaultValue: undefined });
    await eventually(() => taken.length > before);
    expect(taken.at(-1)).toBe('small');
  };

  it('a frame over the limit from a peer gets an error, and its connection ends; a service on the same broker lives', async () => {
    for (const end of ['"}\n', '']) {
      const peer = FakePeer.over(broker.connection.socket());
      peer.sendBytes(`{"action":"publish","topic":"events","message":"${'x'.repeat(LIMIT)}${end}`);
      expect(await peer.next()).toMatchObject({ status: 'error', code: 'FRAME_TOO_LARGE' });
      await peer.closed;
    }
    await othersLive();
  });

  it('a message over the limit is refused before it is sent, and nothing else of that client suffers', async () => {
    const sender = proxy(LIMIT);
    const big = 'x'.repeat(LIMIT);
    await expect(firstValueFrom(sender.emit('events', big))).rejects.toMatchObject({
      code: 'FRAME_TOO_LARGE',
    });
    await expect(firstValueFrom(sender.send('echo', big))).rejects.toMatchObject({ code: 'FRAME_TOO_LARGE' });
    expect(await firstValueFrom(sender.send('echo', 'x'.repeat(LIMIT / 2)))).toHaveLength(LIMIT / 2);
    await othersLive();
  });

  it('a message that just fits reaches a member of a group whose limit is the same, with headers and all', async () => {
    const headers = { note: '\u0001'.repeat(5000) };
    const bytes = new RawPayload(Buffer.alloc(200_000, 255), 'image/png');
    const sender = await proxy(LIMIT).connect();
    const taken: unknown[] = [];
    const group = await sender.subscribe('large', {
      group: 'g',
      onMessage: ({ bytes, headers }) => void taken.push([bytes.length, headers]),
    });
    await sender.publish('large', bytes, { headers });
    await broker.delivered('large', { group: 'g' });
    expect(taken).toEqual([[200_000, headers]]);
    await group.unsubscribe();
  });

  it('a frame from the broker over the limit of a client drops that connection, with the reason; others live', async () => {
    const small = proxy(2000);
    const client = await small.connect();
    const lost = new Promise((resolve) => client.on('disconnected', resolve));
    await client.subscribe('events', { onMessage: () => undefined });
    await broker.publish('events', 'x'.repeat(250_000));
    expect(await lost).toMatchObject({
      reason: {
        code: 'FRAME_TOO_LARGE',
        message: expect.stringContaining("maxFrameBytes must be at least the broker's") as string,
      },
      reconnecting: true,
    });
    await othersLive();
    await client.close();
  });
});
