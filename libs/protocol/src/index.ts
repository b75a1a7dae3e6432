export * from './client-codec';
export * from './codec';
export * from './errors/error-table';
export * from './errors/pochta-error';
export * from './frames';
export * from './limits';
export * from './message-batch';
export * from './topic-policy';
