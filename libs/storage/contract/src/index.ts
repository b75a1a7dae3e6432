export * from './clock';
export * from './consumer-group';
export * from './dead-letter';
export * from './manual-clock';
export * from './message-store';
export * from './refusals';
export * from './topic-ledger';
export * from './transaction';
