/** For tests of built programs as processes. A door of its own: whoever passes through it has things released after each test. */
export * from './built-broker';
export { afterThisTest } from './cleanup';
export * from './folders';
export * from './running-process';
export * from './transcript';
export { userEnvironment } from './user-environment';
