export * from './message-store';
