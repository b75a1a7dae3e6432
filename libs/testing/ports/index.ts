/** A door of its own, which loads nothing else: tools that measure and break brokers pass through it too. */
export { freePort } from './free-port';
