import { Controller, type INestApplication, Logger, type Type } from '@nestjs/common';
import { connect } from '@pochta/client';
import { cleanUp, eventually, FakePeer, occupyPort } from '@pochta/testing';
import { freePort } from '@pochta/testing/ports';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getPochtaToken, type PochtaClientProxy, Subscribe } from '..';
import { startEmbedded } from '../../fixtures/documents/embedded-app';
import { documentedPrograms, program } from '../../fixtures/documents/examples';
import { type Order, Orders, orders } from '../../fixtures/documents/orders';

/** What another program might be. */
const OTHER_PROCESS = `
const socket = require('node:net').connect(Number(process.argv[1]), '127.0.0.1');
const order = { item: 'tea', quantity: 5 };
socket.write(JSON.stringify({ action: 'publish', topic: 'orders.created', message: order }) + '\\n');
socket.once('data', (answer) => { process.stdout.write(answer); socket.end(); });
`;

describe('a service with an embedded broker', () => {
  let dataDir: string;
  let apps: INestApplication[] = [];
  const start = async (port?: number, controllers: Type[] = [Orders]): Promise<INestApplication> => {
    const app = await startEmbedded(controllers, dataDir, port);
    apps.push(app);
    return app;
  };
  const proxyOf = (app: INestApplication): PochtaClientProxy => app.get(getPochtaToken());
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'pochta-'));
    // What handlers throw, and why an app does not start, is logged.
    for (const level of ['error', 'warn'] as const)
      jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
  });
  afterEach(async () => {
    await Promise.all(apps.map((app) => app.close()));
    apps = [];
    await cleanUp();
    await rm(dataDir, { recursive: true });
    jest.restoreAllMocks();
  });

  it('keeps its messages over a restart', async () => {
    const first = await start();
    first.get(Orders).hasVan = false;
    await proxyOf(first).publish(orders, { item: 'tea', quantity: 2 });
    await proxyOf(first).publish('other', 'kept');
    await first.close();
    const second = await start();
    expect(await proxyOf(second).unwrap().get('other')).toBe('kept');
    await eventually(() => second.get(Orders).shipped === 2);
  });

  it('serves another process, when it has a port', async () => {
    const port = await freePort();
    const app = await start(port);
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', OTHER_PROCESS, String(port)]);
    expect(JSON.parse(stdout)).toEqual({ status: 'success', message: 'Published' });
    await eventually(() => app.get(Orders).shipped === 5);
    const client = await connect({ host: '127.0.0.1', port });
    expect(await client.request('orders.shipped', null)).toBe(5);
    await client.close();
  });

  it('does not start when another has its folder, or its port is taken', async () => {
    await start();
    await expect(startEmbedded([Orders], dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    const port = await occupyPort();
    const folder = join(dataDir, 'other');
    await expect(startEmbedded([Orders], folder, port)).rejects.toMatchObject({
      code: 'ADDRESS_UNAVAILABLE',
    });
  });

  it('shuts down in order: handlers finish, what they publish is stored, and then the broker stops', async () => {
    const port = await freePort();
    let finish!: () => void;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let [began, ended] = [false, false];
    @Controller()
    class Slow {
      @Subscribe(orders, { group: 'shipping' }) async ship(order: Order): Promise<void> {
        began = true;
        await finished;
        await proxyOf(app).publish('shipped', order.item);
        ended = true;
      }
    }
    const app = await start(port, [Slow]);
    const peer = await FakePeer.connect({ port });
    await proxyOf(app).publish(orders, { item: 'tea', quantity: 7 });
    await eventually(() => began);
    const closing = app.close();
    await new Promise((resolve) => setImmediate(resolve));
    finish();
    await closing;
    await peer.closed;
    expect(ended).toBe(true);
    await expect(FakePeer.connect({ port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const again = await start();
    expect(await proxyOf(again).unwrap().get('shipped')).toBe('tea');
    expect(again.get(Orders).shipped).toBe(0);
  });
});

test('the programs of docs/nestjs-testing.md are those that are tested', () => {
  const documented = documentedPrograms('nestjs-testing.md');
  expect([...documented.keys()]).toEqual(['orders.ts', 'orders.spec.ts', 'embedded-app.ts']);
  for (const [file, text] of documented) {
    expect(text).toBe(program(file).replace(`'../../testing'`, `'@pochta/nestjs/testing'`));
  }
});
