import { readProjectConfiguration } from '@nx/devkit';
import { emptyWorkspace } from '../../testing/empty-workspace';
import consumerGenerator from './consumer-generator';

it('a service has a main, a module and a topic, and the targets of other apps', async () => {
  const tree = emptyWorkspace();
  await consumerGenerator(tree, { name: 'billing-mail', topic: 'invoices' });

  const { targets } = readProjectConfiguration(tree, 'billing-mail');
  expect(Object.keys(targets ?? {}).sort()).toEqual(['build', 'lint', 'serve', 'test', 'typecheck']);
  expect(tree.read('apps/billing-mail/src/main.ts', 'utf8')).toContain('BillingMailModule');
  expect(tree.read('apps/billing-mail/src/billing-mail.module.ts', 'utf8')).toContain(
    'controllers: [InvoicesController]',
  );
  expect(tree.read('apps/billing-mail/src/topics/invoices.controller.ts', 'utf8')).toContain(
    "@Subscribe(invoicesTopic, { group: 'billing-mail' })",
  );
});

it.each([
  ['a name in another case', { name: 'BillingMail' }, 'must be in kebab-case'],
  ['a path', { name: '../billing' }, 'must be in kebab-case'],
  ['no name of a topic', { name: 'billing', topic: '$' }, 'must not begin with $'],
])('%s: refused, and nothing is changed', async (_what, options, problem) => {
  const tree = emptyWorkspace();
  const before = tree.listChanges().length;
  await expect(consumerGenerator(tree, options)).rejects.toThrow(problem);
  expect(tree.listChanges()).toHaveLength(before);
});

it('a service that is there already is refused', async () => {
  const tree = emptyWorkspace();
  await consumerGenerator(tree, { name: 'billing' });
  await expect(consumerGenerator(tree, { name: 'billing' })).rejects.toThrow(
    'There is a project billing already; nothing was changed.',
  );
});
