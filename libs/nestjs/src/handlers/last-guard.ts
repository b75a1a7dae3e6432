import { type CanActivate, UseGuards } from '@nestjs/common';

/**
 * Puts a guard on a method that comes after all its others. Decorators above the one that asks for it come later, and their
 * guards are to go before it. Nest does not bind in the same turn.
 */
export function guardLast(guard: CanActivate, target: object, key: string | symbol): void {
  queueMicrotask(() => UseGuards(guard)(target, key, methodOf(target, key)));
}

/** As it is once all decorators are through: one of them may have put another method in its place. */
function methodOf(target: object, key: string | symbol): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(target, key)!;
}
