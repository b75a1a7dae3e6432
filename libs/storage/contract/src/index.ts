export * from './message-store';
export * from './topic-ledger';
