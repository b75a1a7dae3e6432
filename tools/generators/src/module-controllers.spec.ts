import { withController } from './module-controllers';

const orders = { className: 'OrdersController', from: './topics/orders.controller' };
const before = "import { Module } from '@nestjs/common';\n";
const after = `${before}import { OrdersController } from './topics/orders.controller';\n`;

it.each([
  ['no controllers', '@Module({})', '@Module({ controllers: [OrdersController], })'],
  ['an empty list', '@Module({ controllers: [] })', '@Module({ controllers: [OrdersController] })'],
  ['others', '@Module({ controllers: [A, B] })', '@Module({ controllers: [A, B, OrdersController] })'],
  ['a trailing comma', '@Module({ controllers: [A,] })', '@Module({ controllers: [A, OrdersController,] })'],
])('a controller is added to a module with %s', (_what, module, changed) => {
  expect(withController(`${before}${module}\nexport class M {}\n`, orders)).toBe(
    `${after}${changed}\nexport class M {}\n`,
  );
});

it('a file without imports begins with the new one', () => {
  expect(withController('@Module({})\nclass M {}\n', orders)).toMatch(/^import .*\n@Module\(/);
});

it.each([
  ['has no class with @Module', 'export const x = 1;'],
  ['has controllers that are no plain list', '@Module({ controllers: all() }) class M {}'],
  ['has controllers that are no plain list', '@Module({ controllers }) class M {}'],
])('refused, since it %s', (problem, source) => {
  expect(() => withController(source, orders)).toThrow(problem);
});
