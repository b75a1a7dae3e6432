import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';
import type { PochtaConnectionOptions } from '../connections/connection-options';

/** Options of `PochtaModule.forRoot`; `name` names the connection, and is for logs too. */
export interface PochtaModuleOptions extends PochtaConnectionOptions {
  /** Whether every module of the app can inject what this one provides; default true. */
  readonly isGlobal?: boolean;
}

/** What `useClass` and `useExisting` name. */
export interface PochtaOptionsFactory {
  createPochtaOptions(): PochtaConnectionOptions | Promise<PochtaConnectionOptions>;
}

/** Options of `PochtaModule.forRootAsync`: exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface PochtaModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Names the connection; default `default`. A name among the options that come later is for logs only. */
  readonly name?: string;
  /** Whether every module of the app can inject what this one provides; default true. */
  readonly isGlobal?: boolean;
  // Nest gives a factory whatever its `inject` says.
  readonly useFactory?: (...args: never[]) => PochtaConnectionOptions | Promise<PochtaConnectionOptions>;
  readonly inject?: (InjectionToken | OptionalFactoryDependency)[];
  readonly useClass?: Type<PochtaOptionsFactory>;
  readonly useExisting?: Type<PochtaOptionsFactory>;
}
