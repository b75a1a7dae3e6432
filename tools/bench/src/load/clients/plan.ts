import type { SpanFindings, SpanTimes, Watched } from '../measured-span';
import type { PlainClientName } from './plain-clients';

interface Work {
  readonly client: PlainClientName;
  readonly port: number;
  readonly topic: string;
  /** Messages that the topic holds at least. */
  readonly limit: number;
  readonly payloadBytes: number;
}

/** Publishes as the window allows, for the time. */
export interface PublishWork extends Work, Watched, SpanTimes {
  readonly kind: 'publish';
  /** Most messages that are not confirmed, or that the subscriber has not taken. */
  readonly window: number;
  /** Where the subscriber tells how many it has taken; without one there is none. */
  readonly countPort?: number;
}

/** Takes every message. Once it is subscribed it says where it counts, and when it is asked it says what it found. */
export interface SubscribeWork extends Work {
  readonly kind: 'subscribe';
}

/** Publishes so many messages, and ends when they are confirmed. */
export interface FillWork extends Work {
  readonly kind: 'fill';
  readonly messages: number;
  readonly window: number;
}

/** Takes what is stored, as the member of a group. */
export interface ConsumeWork extends Work, Watched {
  readonly kind: 'consume';
  readonly messages: number;
  readonly prefetch: number;
}

/** Asks anew whenever it is answered, for the time. */
export interface RequestWork extends Work, Watched, SpanTimes {
  readonly kind: 'request';
  readonly inFlight: number;
}

/** Answers each message with itself. */
export interface RespondWork extends Work {
  readonly kind: 'respond';
}

export type ClientWork = PublishWork | SubscribeWork | FillWork | ConsumeWork | RequestWork | RespondWork;

/** What came of it. */
export interface ClientFindings extends SpanFindings {
  /** Messages that were published, in all. */
  readonly published: number;
}

export interface SubscriberReady {
  readonly countPort: number;
}

export interface SubscriberFindings {
  readonly received: number;
  /** What was wrong with them. */
  readonly problem?: string;
}
