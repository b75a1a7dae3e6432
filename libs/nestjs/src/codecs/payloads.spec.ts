import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, FakePeer, startBroker, type StartedBroker } from '@pochta/testing';
import { firstValueFrom } from 'rxjs';
import { documentedPrograms, program } from '../../fixtures/documents/examples';
import { codecs } from '../../fixtures/documents/payload-codecs';
import { RegistryCodec } from '../../fixtures/documents/registry-codec';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { PochtaContext } from '../transport/pochta-context';
import { messagePack } from './message-pack-codec';
import { raw } from './raw-codec';

interface Point {
  readonly name: string;
  readonly x: number;
}

const point: Point = { name: 'č', x: -7 };

const handled: { readonly topic: string; readonly value: unknown; readonly contentType?: string }[] = [];

@Controller()
class PointsController {
  @EventPattern<string>('events.*')
  onPoint(@Payload() value: unknown, @Ctx() { topic, contentType }: PochtaContext): void {
    handled.push({ topic, value, contentType });
  }

  @MessagePattern(['json', 'packed', 'proto', 'avro', 'registry'].map((kind) => `requests.${kind}`))
  moved(@Payload() { name, x }: Point): Point {
    return { name, x: x + 1 };
  }

  @MessagePattern('requests.raw')
  reversed(@Payload() bytes: Uint8Array): Uint8Array {
    return Uint8Array.from(bytes).reverse();
  }
}

let broker: StartedBroker;
let client: PochtaClientProxy;

beforeEach(async () => {
  handled.length = 0;
  broker = await startBroker();
  await startService(broker, [PointsController], { group: 'points', codecs });
  client = new PochtaClientProxy({ port: broker.port, codecs });
  closeLater(() => client.close());
});

afterEach(stopServices);

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? [...value] : { ...(value as object) };

describe('async and binary codecs', () => {
  it.each([
    ['json', undefined],
    ['packed', 'application/msgpack'],
    ['proto', 'application/x-protobuf'],
    ['avro', 'application/avro'],
    ['registry', 'application/vnd.registry'],
  ])('an event and a request travel as %s, and arrive as values', async (kind, contentType) => {
    await firstValueFrom(client.emit(`events.${kind}`, point));
    await eventually(() => handled.length === 1);
    expect(handled[0]).toMatchObject({ topic: `events.${kind}`, contentType });
    expect(plain(handled[0].value)).toEqual(point);

    const reply = await firstValueFrom(client.send<Point>(`requests.${kind}`, point));
    expect(plain(reply)).toEqual({ ...point, x: -6 });
  });

  it('bytes arrive as bytes', async () => {
    await firstValueFrom(client.emit('events.raw', Uint8Array.of(0, 1, 255)));
    await eventually(() => handled.length === 1);
    expect(plain(handled[0].value)).toEqual([0, 1, 255]);
    const reply = await firstValueFrom(client.send('requests.raw', Uint8Array.of(0, 1, 255)));
    expect(plain(reply)).toEqual([255, 1, 0]);
  });

  it('keep the order of what is emitted to a topic', async () => {
    const sent = Array.from({ length: 50 }, (_, x) => ({ ...point, x }));
    await Promise.all(sent.map((value) => firstValueFrom(client.emit('events.registry', value))));
    const peer = await FakePeer.connect(broker);
    peer.send({ action: 'subscribe', topic: 'events.registry' });
    await peer.next();
    const pushed = (await peer.take(50)) as unknown as { message: string }[];
    const codec = new RegistryCodec();
    const values = await Promise.all(
      pushed.map(({ message }) => codec.decode(Buffer.from(message, 'base64'), 't')),
    );
    expect(values).toEqual(sent);
  });

  it('reach a peer that speaks JSON lines as base64, with their content type', async () => {
    await firstValueFrom(client.emit('events.packed', point));
    const peer = await FakePeer.connect(broker);
    peer.send({ action: 'subscribe', topic: 'events.packed' });
    const [, push] = await peer.take(2);
    expect(push).toMatchObject({ encoding: 'base64', contentType: 'application/msgpack' });
    expect(messagePack().decode(Buffer.from(String(push.message), 'base64'), 't')).toEqual(point);
  });

  it('are no matter of a topic alone: JSON from another publisher is read as JSON', async () => {
    const peer = await FakePeer.connect(broker);
    peer.send({ action: 'publish', topic: 'events.packed', message: point });
    await eventually(() => handled.length === 1);
    expect(handled).toEqual([{ topic: 'events.packed', value: point }]);
  });

  it('that nobody knows reach the handler as bytes', async () => {
    const other = new PochtaClientProxy({ port: broker.port, codecs: { 'events.x': raw('image/gif') } });
    closeLater(() => other.close());
    await firstValueFrom(other.emit('events.x', Uint8Array.of(1)));
    await eventually(() => handled.length === 1);
    expect(handled[0].contentType).toBe('image/gif');
    expect(plain(handled[0].value)).toEqual([1]);
  });

  it('refuse a value that does not fit, and nothing is sent', async () => {
    const wrong = firstValueFrom(client.emit('events.proto', { name: 7 }));
    await expect(wrong).rejects.toMatchObject({ code: 'VALIDATION_FAILED', field: 'name' });
    const asked = firstValueFrom(client.send('requests.avro', { name: 'a', x: 'b' }));
    await expect(asked).rejects.toMatchObject({ code: 'VALIDATION_FAILED', field: 'x' });
    expect(handled).toEqual([]);
  });

  it.each(['packed', 'proto', 'avro', 'registry'])(
    'make a dead letter of a payload that is no %s, and go on',
    async (kind) => {
      const { contentType } = codecs[`*.${kind}`];
      const peer = await FakePeer.connect(broker);
      peer.send({ action: 'subscribe', topic: `events.${kind}.dead` });
      peer.send({
        action: 'publish',
        topic: `events.${kind}`,
        message: Buffer.alloc(20, 0xff).toString('base64'),
        encoding: 'base64',
        contentType,
      });
      const [, , dead] = await peer.take(3);
      expect(dead).toMatchObject({ type: 'push', topic: `events.${kind}.dead`, contentType });
      await firstValueFrom(client.emit(`events.${kind}`, point));
      await eventually(() => handled.length === 1);
      expect(plain(handled[0].value)).toEqual(point);
    },
  );
});

it.each(['packed', 'proto', 'avro', 'registry'])(
  'a request whose payload is no %s is answered with an error, and the next one with its reply',
  async (kind) => {
    const { contentType } = codecs[`*.${kind}`];
    const peer = await FakePeer.connect(broker);
    const answer = await peer.ask({
      action: 'request',
      topic: `requests.${kind}`,
      message: Buffer.alloc(20, 0xff).toString('base64'),
      encoding: 'base64',
      contentType,
    });
    expect(answer).toMatchObject({ status: 'error', code: expect.any(String) });
    expect(plain(await firstValueFrom(client.send(`requests.${kind}`, point)))).toEqual({ ...point, x: -6 });
  },
);

it('the codecs that these tests run are those of docs/nestjs-codecs.md', () => {
  const programs = documentedPrograms('nestjs-codecs.md');
  expect([...programs.keys()]).toEqual(['payload-codecs.ts', 'registry-codec.ts']);
  for (const [file, text] of programs) expect(text).toBe(program(file));
});
