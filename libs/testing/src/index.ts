export { cleanUp } from './cleanup';
export * from './eventually';
export * from './fake-peer';
export * from './group-members';
export * from './sequence-check';
export * from './slow-peer';
export * from './start-broker';
export { occupyPort } from './occupied-port';
export * from './recording-outlet';
