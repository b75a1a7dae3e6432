/** What the service answers, and what it handles. */
export const REQUEST = 'bench.request';
export const EVENT = 'bench.event';

/** The topic of the shipped broker whose handler checks prices; the service's handler that does so has its name. */
export const CHECKED = 'stock_prices';

/** Most messages that are emitted and not handled. */
export const EVENT_WINDOW = 1000;
