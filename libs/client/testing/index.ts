export * from './event';
export * from './fixture';
export * from './scripted-broker';
