import { join } from 'node:path';
import {
  formatFiles,
  getProjects,
  joinPathFragments,
  names,
  readProjectConfiguration,
  type Tree,
} from '@nx/devkit';
import { scaffold } from '../scaffolding';
import { addTopic } from '../topic/topic-generator';
import { topicNames } from '../topic-names';

export interface ConsumerGeneratorOptions {
  readonly name: string;
  /** Default `orders`. */
  readonly topic?: string;
}

const SERVICE_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** A Nest service in `apps` that handles one topic, as a member of a consumer group of its own name. */
export default async function consumerGenerator(
  tree: Tree,
  { name, topic = 'orders' }: ConsumerGeneratorOptions,
): Promise<void> {
  if (!SERVICE_NAME.test(name)) {
    throw new Error(
      `The service's name ${JSON.stringify(name)} must be in kebab-case, such as billing-mail.`,
    );
  }
  const consumed = topicNames(topic);
  if (getProjects(tree).has(name))
    throw new Error(`There is a project ${name} already; nothing was changed.`);
  scaffold(tree, join(__dirname, 'files'), joinPathFragments('apps', name), {
    name,
    className: names(name).className,
  });
  addTopic(tree, consumed, name, readProjectConfiguration(tree, name));
  await formatFiles(tree);
}
