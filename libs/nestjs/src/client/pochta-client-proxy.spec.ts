import { connect, type Client } from '@pochta/client';
import { cleanUp, eventually, startBroker, type TestBroker } from '@pochta/testing';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import { PochtaClientProxy } from './pochta-client-proxy';
import { PochtaRecordBuilder } from './pochta-record';

let broker: TestBroker;
let peer: Client;
const proxies: PochtaClientProxy[] = [];

beforeEach(async () => {
  broker = await startBroker();
  peer = await connect({ port: broker.port });
});

afterEach(async () => {
  await Promise.all(proxies.splice(0).map((one) => one.close()));
  await peer.close();
  await cleanUp();
});

function proxyWith(options: PochtaConnectionOptions = {}): PochtaClientProxy {
  const proxy = new PochtaClientProxy({ port: broker.port, ...options });
  proxies.push(proxy);
  return proxy;
}

it('emits and sends', async () => {
  const proxy = proxyWith();
  expect(await firstValueFrom(proxy.emit('orders', { id: 1 }))).toBeUndefined();
  expect(await peer.get('orders')).toEqual({ id: 1 });
  await peer.respond('double', ({ value }) => 2 * (value as number));
  expect(await firstValueFrom(proxy.send('double', 4))).toBe(8);
  await peer.respond('count', async function* () {
    yield 1;
    yield 2;
  });
  expect(await lastValueFrom(proxy.send('count', 'x').pipe(toArray()))).toEqual([1, 2]);
});
