export * from './event';
export * from './fixture';
export * from './relay';
export * from './scripted-broker';
