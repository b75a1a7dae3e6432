export * from './broker-options';
export { JsonText } from '@pochta/server';
export * from './pochta-broker-strategy';
export * from './topic-context';
export * from '../settings/setting-mistakes';
export { Topic } from './topic.decorator';
export { TopicValidationPipe } from './topic-validation.pipe';
export { POCHTA_BROKER } from './transport-id';
