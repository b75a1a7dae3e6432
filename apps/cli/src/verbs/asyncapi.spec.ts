import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pochta } from '../../fixtures/command';

const WORKSPACE = join(__dirname, '../../../..');

/** As TypeScript compiles a controller and its module. */
const APP = `
class OrdersController { created() {} }
Controller()(OrdersController);
const created = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'created');
EventPattern('orders.created', { group: 'billing' })(OrdersController.prototype, 'created', created);
class Never { constructor() { throw new Error('nothing of the app is to be made'); } }
class AppModule {}
Module({ controllers: [OrdersController], providers: [Never] })(AppModule);
class OtherModule {}
Module({})(OtherModule);
`;

const COMMONJS = `
const { Controller, Module } = require('@nestjs/common');
const { EventPattern } = require('@nestjs/microservices');
${APP}
exports.AppModule = AppModule;
exports.OtherModule = OtherModule;
`;

const ESM = `
import { Controller, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
${APP}
export { AppModule, OtherModule };
`;

/** The package as the sources have it, compiled as they are loaded. */
const POCHTA = `
process.env.SWC_NODE_PROJECT = ${JSON.stringify(join(WORKSPACE, 'tsconfig.base.json'))};
require('@swc-node/register');
module.exports = require(${JSON.stringify(join(WORKSPACE, 'libs/nestjs/src/index.ts'))});
`;

let project: string;
beforeEach(() => {
  // In the workspace, so that its packages are found.
  mkdirSync(join(WORKSPACE, 'tmp'), { recursive: true });
  project = mkdtempSync(join(WORKSPACE, 'tmp/nest-'));
  write('package.json', JSON.stringify({ name: 'shop', version: '3.2.1' }));
  write('app.cjs', COMMONJS);
  write('app.mjs', ESM);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(project, name), text);
}

function install(): void {
  mkdirSync(join(project, 'node_modules/@pochta/nestjs'), { recursive: true });
  write('node_modules/@pochta/nestjs/index.js', POCHTA);
}

const asyncapi = (target: string, ...args: string[]) =>
  pochta(['asyncapi', target === '' ? '' : join(project, target), ...args]);

it.each(['app.cjs', 'app.mjs'])('writes the document of a module in %s', async (file) => {
  install();
  const { code, stdout, stderr } = await asyncapi(file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    asyncapi: '3.0.0',
    info: { title: 'shop', version: '3.2.1' },
    operations: { 'OrdersController.created': { action: 'receive', 'x-pochta': { group: 'billing' } } },
  });
});

it('takes another class, a title, a version and a file', async () => {
  install();
  const out = join(project, 'asyncapi.json');
  const args = ['--title', 'Other', '--api-version', '9', '--out', out];
  expect(await asyncapi('app.cjs#OtherModule', ...args)).toEqual({
    code: 0,
    stdout: '',
    stderr: `${out}: 0 channels, 0 operations.\n`,
  });
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ info: { title: 'Other', version: '9' } });
});

it('says what is missing', async () => {
  const complaint = async (target: string): Promise<string> => {
    const { code, stderr } = await asyncapi(target);
    expect(code).toBe(1);
    expect(stderr.trimEnd()).not.toContain('\n');
    return stderr;
  };
  expect(await complaint('not.js')).toMatch(
    /^pochta: FILE_MISSING there is no file .*not\.js; is the app built\?/,
  );
  expect(await complaint('app.cjs')).toMatch(/^pochta: PACKAGE_MISSING @pochta\/nestjs is not installed/);
  install();
  expect(await complaint('app.cjs#ShopModule')).toMatch(
    /^pochta: CLASS_MISSING .*app\.cjs exports AppModule, OtherModule, and not ShopModule/,
  );
  write('app.ts', '');
  expect(await complaint('app.ts')).toMatch(/^pochta: NOT_COMPILED .*app\.ts is TypeScript/);
  write('broken.cjs', "throw new Error('no\\nDATABASE_URL');");
  expect(await complaint('broken.cjs')).toMatch(
    /^pochta: MODULE_UNUSABLE .*cannot be loaded: no DATABASE_URL/,
  );
});
