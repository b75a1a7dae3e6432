import type { PublishOptions, RequestOptions } from '@pochta/client';

/** What may be said of one message or request: see `PochtaRecordBuilder`. */
export interface MessageOptions extends Omit<PublishOptions, 'signal'>, Pick<RequestOptions, 'timeout'> {}
