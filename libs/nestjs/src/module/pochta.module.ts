import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { errorFor } from '@pochta/protocol';
import { FEATURE_TOPICS } from '../asyncapi/feature-topics';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import type { PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import { createConnection, DEFAULT_CONNECTION } from '../connections/shared-connection';
import { PochtaHealthIndicator } from '../health/pochta-health-indicator';
import type { NamedTopic, TopicDefinition } from '../topics/topic-definition';
import { ConnectionLifecycle, FeatureLifecycle } from './connection-lifecycle';
import type { PochtaModuleAsyncOptions, PochtaModuleOptions, PochtaOptionsFactory } from './module-options';
import { getConnectionToken, getPochtaToken, getTopicToken } from './tokens';
import { TopicPolicies } from './topic-policies';

/**
 * Connects an app to a broker, lazily: `forRoot` provides one connection, and the `PochtaClientProxy` on it, to be injected
 * by `@InjectPochta()`. Several have names of their own. When the app closes, what is in flight is finished first.
 */
@Module({})
export class PochtaModule {
  /** Throws `INVALID_CONFIG`, which names every mistake in the options. */
  static forRoot({ isGlobal = true, ...options }: PochtaModuleOptions = {}): DynamicModule {
    const { name = DEFAULT_CONNECTION } = options;
    return connectionModule(name, isGlobal, [
      { provide: getConnectionToken(name), useFactory: () => createConnection(options, name) },
    ]);
  }

  /** As `forRoot`, with options from a factory, or from a class with a method `createPochtaOptions`. */
  static forRootAsync(options: PochtaModuleAsyncOptions): DynamicModule {
    const { name = DEFAULT_CONNECTION, isGlobal = true, imports, useClass } = options;
    const connect = (given: PochtaConnectionOptions): PochtaConnection => createConnection(given, name);
    const own: Provider[] = useClass === undefined ? [] : [useClass];
    return {
      ...connectionModule(name, isGlobal, [
        ...own,
        { provide: getConnectionToken(name), ...optionsSource(options, connect) },
      ]),
      imports,
    };
  }

  /**
   * Provides a `TopicPublisher` for each topic, to be injected by `@InjectTopic(topic)`, and has the topics that have a
   * policy created or updated: when the app starts, or, if no broker answers, before anything else once one does. What the
   * broker refuses is logged. The connection must be global.
   */
  static forFeature(
    topics: readonly NamedTopic[],
    connectionName: string = DEFAULT_CONNECTION,
  ): DynamicModule {
    const proxyToken = getPochtaToken(connectionName);
    const publishers = topics.map((topic) => ({
      provide: getTopicToken(topic, connectionName),
      inject: [proxyToken],
      useFactory: (proxy: PochtaClientProxy) => proxy.topic(topic as TopicDefinition<unknown>),
    }));
    const policies = topics.filter(({ policy }) => policy !== undefined);
    const lifecycle = {
      provide: FeatureLifecycle,
      inject: [proxyToken],
      useFactory: async (proxy: PochtaClientProxy) => {
        for (const topic of topics) proxy.connection.topicName(topic);
        await new TopicPolicies(proxy.connection, policies).keep();
        return new FeatureLifecycle(proxy);
      },
    };
    const described = { provide: FEATURE_TOPICS, useValue: topics };
    return {
      module: PochtaModule,
      providers: [described, ...publishers, ...(policies.length === 0 ? [] : [lifecycle])],
      exports: publishers.map(({ provide }) => provide),
    };
  }
}

function connectionModule(name: string, isGlobal: boolean, providers: Provider[]): DynamicModule {
  const proxy: Provider = {
    provide: getPochtaToken(name),
    inject: [getConnectionToken(name)],
    useFactory: (connection: PochtaConnection) => new PochtaClientProxy(connection),
  };
  const lifecycle: Provider = {
    provide: ConnectionLifecycle,
    inject: [getPochtaToken(name), ModulesContainer],
    useFactory: (proxy: PochtaClientProxy, modules: ModulesContainer) =>
      new ConnectionLifecycle(proxy, name, modules),
  };
  return {
    module: PochtaModule,
    global: isGlobal,
    providers: [...providers, proxy, lifecycle, PochtaHealthIndicator],
    exports: [getConnectionToken(name), getPochtaToken(name), PochtaHealthIndicator],
  };
}

function optionsSource(
  { useFactory, useClass, useExisting, inject = [] }: PochtaModuleAsyncOptions,
  connect: (options: PochtaConnectionOptions) => PochtaConnection,
) {
  if (useFactory !== undefined)
    return { inject, useFactory: async (...args: never[]) => connect(await useFactory(...args)) };
  const factory = useClass ?? useExisting;
  if (factory === undefined)
    throw errorFor('INVALID_CONFIG', 'forRootAsync takes a useFactory, a useClass or a useExisting');
  return {
    inject: [factory],
    useFactory: async (made: PochtaOptionsFactory) => connect(await made.createPochtaOptions()),
  };
}
