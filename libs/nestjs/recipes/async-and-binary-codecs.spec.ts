import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { eventually } from '@pochta/testing';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { startApp, startTestBroker } from '../fixtures/recipe-app';
import { stopServices } from '../fixtures/service';
import { messagePack, type PayloadCodec, raw, Subscribe } from '../src';

afterEach(stopServices);

const [gzip, gunzip] = [promisify(zlib.gzip), promisify(zlib.gunzip)];

// #region
const gzipped: PayloadCodec = {
  contentType: 'application/gzip',
  encode: (value) => gzip(JSON.stringify(value)),
  decode: async (bytes) => JSON.parse(String(await gunzip(bytes))) as unknown,
};

/** By topic; the option `codecs` of the module's connection. */
export const codecs = { 'archive.*': gzipped, 'points.*': messagePack(), 'images.*': raw('image/png') };
// #endregion

@Controller()
class Taking {
  readonly taken: unknown[] = [];
  @Subscribe('archive.*', { group: 'taking' }) archived(@Payload() value: unknown): void {
    this.taken.push(value);
  }
  @Subscribe('points.*', { group: 'taking' }) point(@Payload() value: unknown): void {
    this.taken.push(value);
  }
  @Subscribe('images.*', { group: 'taking' }) image(@Payload() value: Uint8Array): void {
    this.taken.push([...value]);
  }
}

test('Async and binary codecs', async () => {
  const broker = await startTestBroker();
  const { app, pochta } = await startApp(broker, { controllers: [Taking] }, {}, { codecs });
  await pochta.publish('archive.2026', { day: 1 });
  await pochta.publish('points.a', { at: new Date(0) });
  await pochta.publish('images.logo', Uint8Array.of(1, 2));
  const { taken } = app.get(Taking);
  await eventually(() => taken.length === 3);
  expect(taken).toEqual(expect.arrayContaining([{ day: 1 }, { at: new Date(0) }, [1, 2]]));
  expect(await broker.messages('archive.2026')).toMatchObject([{ contentType: 'application/gzip' }]);
});
