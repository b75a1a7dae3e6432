import { addProjectConfiguration, type Tree } from '@nx/devkit';
import { emptyWorkspace } from '../../testing/empty-workspace';
import topicGenerator from './topic-generator';

const MODULE =
  "import { Module } from '@nestjs/common';\n\n@Module({ controllers: [] })\nexport class AppModule {}\n";

function workspace(): Tree {
  const tree = emptyWorkspace();
  for (const [name, tag] of [
    ['broker', 'app-broker'],
    ['billing', 'sample'],
    ['bare', 'sample'],
  ]) {
    addProjectConfiguration(tree, name, {
      root: `apps/${name}`,
      sourceRoot: `apps/${name}/src`,
      tags: [tag],
    });
    tree.write(`apps/${name}/src/main.ts`, '');
    if (name !== 'bare') tree.write(`apps/${name}/src/app.module.ts`, MODULE);
  }
  return tree;
}

const changes = (tree: Tree) => tree.listChanges().map(({ path, content }) => [path, content?.toString()]);

it.each([
  ['broker', "@Topic('orders.created')"],
  ['billing', "@Subscribe(ordersCreatedTopic, { group: 'billing' })"],
])('a topic in %s has a DTO, a handler that the module knows, and a spec', async (project, decorator) => {
  const tree = workspace();
  await topicGenerator(tree, { name: 'orders.created', project });

  const topics = `apps/${project}/src/topics`;
  expect(tree.children(topics).sort()).toEqual([
    'orders-created-message.dto.ts',
    'orders-created.controller.spec.ts',
    'orders-created.controller.ts',
  ]);
  expect(tree.read(`${topics}/orders-created.controller.ts`, 'utf8')).toContain(decorator);
  const module = tree.read(`apps/${project}/src/app.module.ts`, 'utf8');
  expect(module).toContain("import { OrdersCreatedController } from './topics/orders-created.controller';");
  expect(module).toContain('controllers: [OrdersCreatedController]');
});

it('a topic is for the broker, where no project is named', async () => {
  const tree = workspace();
  await topicGenerator(tree, { name: 'orders' });
  expect(tree.exists('apps/broker/src/topics/orders.controller.ts')).toBe(true);
});

it.each([
  ['no name of a topic', { name: 'or ders' }, 'must not contain white space'],
  ['no such project', { name: 'orders', project: 'nobody' }, 'There is no project "nobody".'],
  ['a project that is no Nest app', { name: 'orders', project: 'bare' }, 'bare is no Nest app'],
])('%s: refused, and nothing is changed', async (_what, options, problem) => {
  const tree = workspace();
  const before = changes(tree);
  await expect(topicGenerator(tree, options)).rejects.toThrow(problem);
  expect(changes(tree)).toEqual(before);
});

it('a topic that is there already is refused each time with the same words, and stays as it is', async () => {
  const tree = workspace();
  await topicGenerator(tree, { name: 'orders.created' });
  tree.write('apps/broker/src/topics/orders-created.controller.ts', '// mine');
  const before = changes(tree);
  for (const name of ['orders.created', 'orders.created', 'orders-created']) {
    await expect(topicGenerator(tree, { name })).rejects.toThrow(
      /^apps\/broker\/src\/topics\/orders-created.*\.ts is there already; nothing was changed\.$/,
    );
  }
  expect(changes(tree)).toEqual(before);
});
