/** Marks handlers that belong to the broker's own strategy, in an app that has other transports too. */
export const POCHTA_BROKER = Symbol('pochta broker');
