import type { ModulesContainer } from '@nestjs/core';
import type { MessageHandler } from '@nestjs/microservices';
import { patternMethods } from '../handlers/pattern-metadata';

/** Class and method are under this name among a pattern's extras, where they are known. */
const PLACE = Symbol('pochta place');

/** Notes class and method of an app's handlers, for messages to the author: Nest tells a transport neither. */
export function notePlaces(modules: ModulesContainer): void {
  for (const { controller, name, extras } of patternMethods(modules)) {
    // What a decorator adds to extras makes them anew.
    if (Object.isExtensible(extras)) extras[PLACE] = `${controller.name}.${name}`;
  }
}

/** For people: decorator, class and method, as far as known. */
export function placeOf(decorator: string, pattern: string, { extras }: MessageHandler): string {
  const place = (extras as Record<symbol, unknown> | undefined)?.[PLACE];
  const text = `${decorator}('${pattern}')`;
  return typeof place === 'string' ? `${text} on ${place}` : text;
}
