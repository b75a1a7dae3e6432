import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { errorFor } from '@pochta/protocol';
import { PochtaClientProxy } from '../client/pochta-client-proxy';
import { DEFAULT_CONNECTION, type PochtaConnectionOptions } from '../connections/connection-options';
import type { PochtaConnection } from '../connections/pochta-connection';
import { createConnection } from '../connections/shared-connection';
import {
  getConnectionOverridesToken,
  getConnectionToken,
  getPochtaToken,
  getTopicToken,
} from '../connections/tokens';
import { PochtaHealthIndicator } from '../health/pochta-health-indicator';
import { checkDefinition } from '../topics/define-topic';
import { FEATURE_TOPICS } from '../topics/feature-topics';
import type { NamedTopic, TopicDefinition } from '../topics/topic-definition';
import { ConnectionLifecycle, FeatureLifecycle } from './connection-lifecycle';
import type { PochtaModuleAsyncOptions, PochtaModuleOptions, PochtaOptionsFactory } from './module-options';
import { TopicPolicies } from './topic-policies';
import { UnboundHandlers } from './unbound-handlers';

/**
 * Connects an app to a broker, lazily: `forRoot` provides one connection, and the `PochtaClientProxy` on it, to be injected
 * by `@InjectPochta()`. Several have names of their own. When the app closes, what is in flight is finished first.
 */
@Module({})
export class PochtaModule {
  /** Throws `INVALID_CONFIG`, which names every mistake in the options. */
  static forRoot({ isGlobal = true, ...options }: PochtaModuleOptions = {}): DynamicModule {
    const { name = DEFAULT_CONNECTION } = options;
    return connectionModule(name, isGlobal, [connectionProvider(name, () => options)]);
  }

  /** As `forRoot`, with options from a factory, or from a class with a method `createPochtaOptions`. */
  static forRootAsync(options: PochtaModuleAsyncOptions): DynamicModule {
    const { name = DEFAULT_CONNECTION, isGlobal = true, imports, useClass } = options;
    const own: Provider[] = useClass === undefined ? [] : [useClass];
    const { inject, optionsOf } = optionsSource(options);
    return {
      ...connectionModule(name, isGlobal, [...own, connectionProvider(name, optionsOf, inject)]),
      imports,
    };
  }

  /**
   * Provides a `TopicPublisher` for each topic, to be injected by `@InjectTopic(topic)`, and has the topics that have a
   * policy created or updated: when the app starts, or, if no broker answers, before anything else once one does. What the
   * broker refuses is logged. The connection must be global.
   *
   * Throws `INVALID_CONFIG` for what `defineTopic` has not made.
   */
  static forFeature(
    topics: readonly NamedTopic[],
    connectionName: string = DEFAULT_CONNECTION,
  ): DynamicModule {
    topics.forEach(checkDefinition);
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

type OptionsOf = (...args: never[]) => PochtaConnectionOptions | Promise<PochtaConnectionOptions>;

function connectionProvider(
  name: string,
  optionsOf: OptionsOf,
  inject: PochtaModuleAsyncOptions['inject'] = [],
): Provider {
  return {
    provide: getConnectionToken(name),
    inject: [getConnectionOverridesToken(name), ...inject],
    useFactory: async (overrides: PochtaConnectionOptions, ...args: never[]) =>
      createConnection({ ...given(await optionsOf(...args), name), ...overrides }, name),
  };
}

/** A factory that forgets its `return` must not make a connection to wherever the defaults say. */
function given(options: unknown, name: string): PochtaConnectionOptions {
  if (typeof options === 'object' && options !== null) return options;
  throw errorFor(
    'INVALID_CONFIG',
    `The options of the Pochta connection ${name} must be an object, and their source gave ${String(options)}`,
  );
}

function connectionModule(name: string, isGlobal: boolean, providers: Provider[]): DynamicModule {
  const proxy: Provider = {
    provide: getPochtaToken(name),
    inject: [getConnectionToken(name)],
    useFactory: (connection: PochtaConnection) => new PochtaClientProxy(connection),
  };
  const overrides: Provider = { provide: getConnectionOverridesToken(name), useValue: {} };
  const lifecycle: Provider = {
    provide: ConnectionLifecycle,
    inject: [getPochtaToken(name), ModulesContainer],
    useFactory: (proxy: PochtaClientProxy, modules: ModulesContainer) =>
      new ConnectionLifecycle(proxy, name, modules),
  };
  const unbound: Provider = {
    provide: UnboundHandlers,
    inject: [ModulesContainer],
    useFactory: (modules: ModulesContainer) => new UnboundHandlers(modules),
  };
  return {
    module: PochtaModule,
    global: isGlobal,
    providers: [overrides, ...providers, proxy, lifecycle, unbound, PochtaHealthIndicator],
    exports: [getConnectionToken(name), getPochtaToken(name), PochtaHealthIndicator],
  };
}

function optionsSource({ useFactory, useClass, useExisting, inject }: PochtaModuleAsyncOptions): {
  inject: PochtaModuleAsyncOptions['inject'];
  optionsOf: OptionsOf;
} {
  if (useFactory !== undefined) return { inject, optionsOf: useFactory };
  const factory = useClass ?? useExisting;
  if (factory === undefined)
    throw errorFor('INVALID_CONFIG', 'forRootAsync takes a useFactory, a useClass or a useExisting');
  return { inject: [factory], optionsOf: (made: PochtaOptionsFactory) => made.createPochtaOptions() };
}
