import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(__dirname, '../../..');

/** Runs the code in a process of its own, in which these packages are not installed; gives what it printed. */
async function withoutPackages(names: readonly string[], code: string): Promise<string> {
  const hidden = `
    const Module = require('node:module');
    const resolve = Module._resolveFilename;
    Module._resolveFilename = function (name, ...rest) {
      if (!${JSON.stringify(names)}.includes(name)) return resolve.call(this, name, ...rest);
      throw Object.assign(new Error("Cannot find module '" + name + "'"), { code: 'MODULE_NOT_FOUND' });
    };`;
  const { stdout } = await run(process.execPath, ['-r', '@swc-node/register', '-e', `${hidden}\n${code}`], {
    cwd: root,
    env: { ...process.env, SWC_NODE_PROJECT: 'tsconfig.base.json' },
  });
  return stdout.trim();
}

describe('a service that has not installed an optional package', () => {
  it('traces nothing without @opentelemetry/api, and runs', async () => {
    const printed = await withoutPackages(
      ['@opentelemetry/api'],
      `const { NO_TELEMETRY, telemetry } = require('./libs/nestjs/src');
       console.log(telemetry() === NO_TELEMETRY, telemetry().enabled);`,
    );
    expect(printed).toBe('true false');
  });

  it('is told which one, when it makes a codec that needs it, and not before', async () => {
    const printed = await withoutPackages(
      ['@msgpack/msgpack', 'protobufjs', 'avsc'],
      `const { messagePack } = require('./libs/nestjs/src');
       try { messagePack(); } catch ({ code, message }) { console.log(code, message); }`,
    );
    expect(printed).toBe(
      'INVALID_CONFIG messagePack() needs the package @msgpack/msgpack: npm install @msgpack/msgpack',
    );
  });
});
