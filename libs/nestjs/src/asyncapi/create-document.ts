import type { INestApplicationContext, Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { FEATURE_TOPICS } from '../topics/feature-topics';
import { POCHTA } from '../transport/transport-id';
import type { AsyncApiDocument } from './asyncapi-document';
import { describedHandlers } from './described-handler';
import type { DescribedTopic } from './described-topic';
import { type AsyncApiOptions, DocumentBuilder } from './document-builder';

/**
 * Describes what an app receives and sends, by its decorators, its topic definitions and the classes of its payloads.
 * Needs no broker, and the app need not listen. Throws `INVALID_CONFIG` when payload classes have class-validator's
 * decorators and the package `class-validator-jsonschema` is not installed.
 */
export function createAsyncApiDocument(
  app: INestApplicationContext,
  options: AsyncApiOptions,
): AsyncApiDocument {
  const modules = app.get(ModulesContainer, { strict: false });
  const builder = new DocumentBuilder(options);
  const { transportId } = options;
  const transports = transportId === undefined ? [POCHTA] : [transportId];
  for (const handler of describedHandlers(modules, transports)) builder.addHandler(handler);
  for (const definition of featureTopics(modules)) builder.addDefinition(definition);
  return builder.document();
}

/** As `createAsyncApiDocument`, of an app's module: no provider or controller of it is made, and nothing is connected to. */
export async function previewAsyncApiDocument(
  module: Type,
  options: AsyncApiOptions,
): Promise<AsyncApiDocument> {
  const app = await NestFactory.createApplicationContext(module, {
    preview: true,
    abortOnError: false,
    logger: false,
  });
  try {
    return createAsyncApiDocument(app, options);
  } finally {
    await app.close();
  }
}

/** By name, so that one that several modules publish to is told once. */
function featureTopics(modules: ModulesContainer): Iterable<DescribedTopic> {
  const topics = new Map<string, DescribedTopic>();
  for (const { providers } of modules.values()) {
    const provided = providers.get(FEATURE_TOPICS)?.instance as readonly DescribedTopic[] | undefined;
    for (const topic of provided ?? []) topics.set(topic.name, topic);
  }
  return topics.values();
}
