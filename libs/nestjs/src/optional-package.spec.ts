import { userEnvironment } from '@pochta/testing/processes';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { neededPackage } from './optional-package';

const run = promisify(execFile);
/** ms for a test: TypeScript is compiled in a process of its own. */
const COMPILING = 30_000;
const root = join(__dirname, '../../..');

/** Runs the code in a process of its own, in which these packages are not installed; gives what it printed. */
async function withoutPackages(names: readonly string[], code: string): Promise<string> {
  const hidden = `
    const loader = require('node:module');
    const resolve = loader._resolveFilename;
    loader._resolveFilename = function (name, ...rest) {
      if (!${JSON.stringify(names)}.includes(name)) return resolve.call(this, name, ...rest);
      throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' });
    };`;
  const { stdout } = await run(process.execPath, ['-r', '@swc-node/register', '-e', `${hidden}\n${code}`], {
    cwd: root,
    env: { ...userEnvironment(), SWC_NODE_PROJECT: 'tsconfig.base.json' },
  });
  return stdout.trim();
}

describe('a service that has not installed an optional package', () => {
  it(
    'asks, answers and traces nothing without @opentelemetry/api',
    async () => {
      const printed = await withoutPackages(
        ['@opentelemetry/api'],
        `require('reflect-metadata');
       const { Controller, Module } = require('@nestjs/common');
       const { NestFactory } = require('@nestjs/core');
       const { MessagePattern } = require('@nestjs/microservices');
       const { firstValueFrom } = require('rxjs');
       const { cleanUp, startBroker } = require('./libs/testing/src');
       const { PochtaClientProxy, PochtaServer } = require('./libs/nestjs/src');
           const { telemetry } = require('./libs/nestjs/src/telemetry/process-telemetry');
           const { NO_TELEMETRY } = require('./libs/nestjs/src/telemetry/telemetry');

       class Doubling { double(n) { return 2 * n; } }
       const method = Object.getOwnPropertyDescriptor(Doubling.prototype, 'double');
       MessagePattern('double')(Doubling.prototype, 'double', method);
       Controller()(Doubling);
       class App {}
       Module({ controllers: [Doubling] })(App);

       (async () => {
         const { port } = await startBroker();
         const strategy = new PochtaServer({ port });
         const app = await NestFactory.createMicroservice(App, { strategy, logger: false });
         await app.listen();
         const client = new PochtaClientProxy({ port });
         console.log(await firstValueFrom(client.send('double', 4)));
         console.log(telemetry() === NO_TELEMETRY, telemetry().enabled);
         await client.close();
         await app.close();
         await cleanUp();
       })();`,
      );
      expect(printed).toBe('8\ntrue false');
    },
    COMPILING,
  );

  it(
    'is told which one, when it makes a codec that needs it, and not before',
    async () => {
      const printed = await withoutPackages(
        ['@msgpack/msgpack', 'protobufjs', 'avsc'],
        `const { messagePack } = require('./libs/nestjs/src');
       try { messagePack(); } catch ({ code, message }) { console.log(code, message); }`,
      );
      expect(printed).toBe(
        'INVALID_CONFIG messagePack() needs the package @msgpack/msgpack: npm install @msgpack/msgpack',
      );
    },
    COMPILING,
  );
});

it.each([
  ['none', 'none'],
  ['none/cjs/storage', 'none'],
  ['@none/of-it', '@none/of-it'],
  ['@none/of-it/file', '@none/of-it'],
])('what needs %s says to install %s', (name, installed) => {
  expect(() => neededPackage(name, 'A test')).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      message: `A test needs the package ${installed}: npm install ${installed}`,
    }),
  );
});
