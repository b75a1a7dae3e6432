import { Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { connect } from '@pochta/client';
import { cleanUp, occupyPort } from '@pochta/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom } from 'rxjs';
import type { PochtaClientProxy } from '../client/pochta-client-proxy';
import { PochtaModule } from '../module/pochta.module';
import type { EmbeddedOptions } from './connection-options';
import { createConnection } from './shared-connection';
import { getPochtaToken } from './tokens';

let dataDir: string;
const apps: TestingModule[] = [];
const quiet = (): void => undefined;

beforeAll(() => Logger.overrideLogger(false));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pochta-embedded-'));
});

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await cleanUp();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(embedded: EmbeddedOptions): Promise<PochtaClientProxy> {
  const app = await Test.createTestingModule({ imports: [PochtaModule.forRoot({ embedded })] })
    .setLogger({ log: quiet, warn: quiet, error: quiet })
    .compile();
  await app.init();
  apps.push(app);
  return app.get<PochtaClientProxy>(getPochtaToken());
}

describe('a broker inside the process', () => {
  it('keeps messages over a restart of the app', async () => {
    const first = await start({ dataDir });
    await firstValueFrom(first.emit('orders', 1));
    await apps.pop()?.close();
    const second = await start({ dataDir });
    const client = await second.connect();
    expect(await client.get('orders')).toBe(1);
  });

  it('needs no folder, and lets other processes connect when it has a port', async () => {
    const port = await occupyPort();
    await cleanUp();
    const proxy = await start({ port });
    const peer = await connect({ port });
    await firstValueFrom(proxy.emit('orders', 1));
    expect(await peer.get('orders')).toBe(1);
    await peer.close();
  });

  it('fails the start of the app when it cannot start, and leaves nothing behind', async () => {
    await start({ dataDir });
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    const port = await occupyPort();
    await expect(start({ port })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
    await cleanUp();
    await start({ port });
  });

  it('is not left behind by an app that does not start: for another connection, or for a module of its own', async () => {
    @Injectable()
    class Failing implements OnModuleInit {
      onModuleInit(): void {
        throw new Error('no database');
      }
    }
    const here = PochtaModule.forRoot({ embedded: { dataDir } });
    const there = PochtaModule.forRoot({ name: 'other', embedded: { dataDir } });
    for (const metadata of [{ imports: [here, there] }, { imports: [here], providers: [Failing] }]) {
      @Module(metadata)
      class AppModule {}
      const starting = NestFactory.createApplicationContext(AppModule, {
        logger: false,
        abortOnError: false,
      });
      await expect(starting).rejects.toThrow(/in use|no database/);
    }
    await start({ dataDir });
  });

  it('stops with a connection that closes while it is starting', async () => {
    const connection = createConnection({ embedded: { dataDir } });
    const connecting = connection.client();
    connecting.catch(() => undefined);
    await connection.drain();
    await expect(connecting).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    await start({ dataDir });
  });
});
