export * from '../src/broker/index';
