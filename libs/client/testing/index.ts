export * from './codecs';
export * from './event';
export * from './fixture';
export * from './recorded-calls';
export * from './relay';
export * from './scripted-broker';
