import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientTCP,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { eventually, startBroker } from '@pochta/testing';
import { firstValueFrom, interval, lastValueFrom, map, of, take, toArray } from 'rxjs';
import { collector } from '../../fixtures/logged';
import { closeLater, startService, stopServices } from '../../fixtures/service';
import { PochtaClientProxy } from '../index';

type PlainClient = Pick<ClientProxy, 'emit' | 'send' | 'close'>;

afterEach(stopServices);

const heard: unknown[] = [];

/** Knows nothing of what carries its messages. */
@Controller()
class Plain {
  @EventPattern('created')
  onCreated(@Payload() order: unknown): void {
    heard.push(order);
  }
  @EventPattern({ topic: 'object', part: 'a b' })
  async onObject(@Payload('id') id: unknown): Promise<void> {
    await Promise.resolve();
    heard.push(id);
  }
  @MessagePattern('sum')
  sum(@Payload() numbers: number[]): number {
    return numbers.reduce((sum, n) => sum + n, 0);
  }
  @MessagePattern({ cmd: 'later' })
  async later(@Payload() value: unknown): Promise<unknown> {
    return Promise.resolve({ value });
  }
  @MessagePattern('several')
  several() {
    return interval(1).pipe(take(3));
  }
  @MessagePattern('one')
  one() {
    return of('only').pipe(map((text) => text.toUpperCase()));
  }
  @MessagePattern('fails')
  fails(@Payload() kind: string): void {
    if (kind === 'text') throw new RpcException('refused');
    if (kind === 'object') throw new RpcException({ code: 17, message: 'refused', fields: ['a'] });
    if (kind === 'code') throw new RpcException({ code: 'E17', message: 'refused' });
    throw new Error('a secret');
  }
}

async function overTcp(): Promise<PlainClient> {
  @Module({ controllers: [Plain] })
  class PlainModule {}
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(PlainModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: collector([]),
  });
  closeLater(() => app.close());
  await app.listen();
  const { port } = app.unwrap<{ address(): { port: number } }>().address();
  return new ClientTCP({ host: '127.0.0.1', port });
}

async function overPochta(codec?: 'json-lines'): Promise<PlainClient> {
  const broker = await startBroker();
  await startService(broker, [Plain], { group: 'plain', codec });
  return new PochtaClientProxy({ host: '127.0.0.1', port: broker.port, codec });
}

describe.each([
  ['TCP', overTcp],
  ['Pochta', overPochta],
  ['Pochta, in JSON lines', () => overPochta('json-lines')],
])('The same controller, unchanged, over %s', (_, start) => {
  let client: PlainClient;

  beforeEach(async () => {
    heard.length = 0;
    client = await start();
    closeLater(async () => client.close());
  });

  it('hears what is emitted', async () => {
    await lastValueFrom(client.emit('created', { id: 1 }), { defaultValue: undefined });
    await lastValueFrom(client.emit({ part: 'a b', topic: 'object' }, { id: 2 }), {
      defaultValue: undefined,
    });
    await eventually(() => heard.length === 2);
    expect(heard).toContainEqual({ id: 1 });
    expect(heard).toContain(2);
  });

  it('answers what is sent', async () => {
    expect(await firstValueFrom(client.send('sum', [1, 2, 3]))).toBe(6);
    expect(await firstValueFrom(client.send({ cmd: 'later' }, 'x'))).toEqual({ value: 'x' });
    expect(await lastValueFrom(client.send('several', {}).pipe(toArray()))).toEqual([0, 1, 2]);
    expect(await lastValueFrom(client.send('one', {}).pipe(toArray()))).toEqual(['ONLY']);
  });

  it('refuses as it says', async () => {
    const errorOf = (kind: string) =>
      firstValueFrom(client.send('fails', kind)).catch((error: unknown) => error);
    expect(await errorOf('text')).toEqual({ status: 'error', message: 'refused' });
    expect(await errorOf('object')).toEqual({ code: 17, message: 'refused', fields: ['a'] });
    expect(await errorOf('code')).toEqual({ code: 'E17', message: 'refused' });
    expect(await errorOf('bug')).toEqual({ status: 'error', message: 'Internal server error' });
  });
});
