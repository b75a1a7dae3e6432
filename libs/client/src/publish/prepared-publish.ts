import type { MessageAttributes } from '@pochta/protocol';
import type { PublishBatch } from './publish-batch';

/** A publish, ready to be sent. */
export interface PreparedPublish {
  readonly topic: string;
  /** One JSON value, as text or as UTF-8; bytes of any kind where the attributes have a content type. */
  readonly payload: string | Uint8Array;
  readonly attributes?: MessageAttributes;
  readonly messageId?: string;
}

/** Where a publish waits for its confirm. */
export interface PublishPlace {
  readonly batch: PublishBatch;
  readonly index: number;
}
