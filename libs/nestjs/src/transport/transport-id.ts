/**
 * Id of a `PochtaServer` unless its options give another. `@EventPattern<string>('orders', POCHTA)` binds a handler to
 * Pochta alone, in an app that has other transports too; `@Subscribe` does so by itself.
 */
export const POCHTA = Symbol('pochta');
