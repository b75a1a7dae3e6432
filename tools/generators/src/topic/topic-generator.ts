import { join } from 'node:path';
import {
  formatFiles,
  getProjects,
  joinPathFragments,
  type ProjectConfiguration,
  type Tree,
} from '@nx/devkit';
import { withController } from '../module-controllers';
import { scaffold } from '../scaffolding';
import { type TopicNames, topicNames } from '../topic-names';

export interface TopicGeneratorOptions {
  readonly name: string;
  /** Default `broker`. */
  readonly project?: string;
}

/** Tag of apps that are brokers; all others are services. */
const BROKER_TAG = 'app-broker';

/** A topic's DTO, handler and spec, in a project's folder `topics`, and the handler in its module. */
export default async function topicGenerator(
  tree: Tree,
  { name, project = 'broker' }: TopicGeneratorOptions,
): Promise<void> {
  const topic = topicNames(name);
  const configuration = getProjects(tree).get(project);
  if (configuration === undefined) throw new Error(`There is no project ${JSON.stringify(project)}.`);
  addTopic(tree, topic, project, configuration);
  await formatFiles(tree);
}

/** As the generator does; leaves the formatting to the caller. */
export function addTopic(
  tree: Tree,
  topic: TopicNames,
  project: string,
  { root, sourceRoot = joinPathFragments(root, 'src'), tags = [] }: ProjectConfiguration,
): void {
  const module = rootModule(tree, project, sourceRoot);
  const role = tags.includes(BROKER_TAG) ? 'broker' : 'service';
  scaffold(tree, join(__dirname, `${role}-files`), joinPathFragments(sourceRoot, 'topics'), {
    ...topic,
    group: project,
  });
  const controller = {
    className: `${topic.className}Controller`,
    from: `./topics/${topic.fileName}.controller`,
  };
  try {
    tree.write(module, withController(tree.read(module, 'utf8') ?? '', controller));
  } catch (error) {
    throw new Error(`${module} ${(error as Error).message}; nothing was changed.`, { cause: error });
  }
}

/** The one Nest module beside a project's `main.ts`. */
function rootModule(tree: Tree, project: string, sourceRoot: string): string {
  const modules = tree.children(sourceRoot).filter((name) => name.endsWith('.module.ts'));
  if (modules.length === 1) return joinPathFragments(sourceRoot, modules[0]);
  throw new Error(
    modules.length === 0
      ? `The project ${project} is no Nest app: there is no *.module.ts in ${sourceRoot}.`
      : `There are several modules in ${sourceRoot} (${modules.join(', ')}), where one is expected.`,
  );
}
