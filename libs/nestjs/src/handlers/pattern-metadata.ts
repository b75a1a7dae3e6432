import type { Type } from '@nestjs/common';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';

/**
 * Names that Nest's decorators keep their metadata under, the same in Nest 11 and 12; it exports no constants for them. A
 * test holds them against the decorators.
 */
export const METADATA = {
  pattern: 'microservices:pattern',
  extras: 'microservices:pattern_extras',
  kind: 'microservices:handler_type',
  transport: 'microservices:transport',
  parameters: '__routeArguments__',
} as const;

/** A method of a controller that has a pattern. */
export interface PatternMethod {
  readonly controller: Type;
  readonly name: string;
  readonly method: object;
  /** The very object that Nest hands to the transport. */
  readonly extras: Record<string | symbol, unknown>;
}

/** The methods of an app's controllers that Nest hands to transports. */
export function patternMethods(modules: ModulesContainer): PatternMethod[] {
  const scanner = new MetadataScanner();
  const controllers = new Set<Type>();
  for (const { controllers: wrappers } of modules.values()) {
    for (const { metatype } of wrappers.values()) if (metatype !== null) controllers.add(metatype as Type);
  }
  return [...controllers].flatMap((controller) => {
    const prototype = controller.prototype as Record<string, object>;
    return scanner
      .getAllMethodNames(prototype)
      .filter((name) => Reflect.hasMetadata(METADATA.pattern, prototype[name]))
      .map((name) => {
        const method = prototype[name];
        const extras = (Reflect.getMetadata(METADATA.extras, method) ?? {}) as PatternMethod['extras'];
        return { controller, name, method, extras };
      });
  });
}
