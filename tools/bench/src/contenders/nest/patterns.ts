/** What the service answers, and what it handles. */
export const REQUEST = 'bench.request';
export const EVENT = 'bench.event';

/** Most messages that are emitted and not handled. */
export const EVENT_WINDOW = 1000;
