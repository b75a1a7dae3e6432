import type { NestTransport } from '../../contenders/nest/transport';
import type { SpanFindings, SpanTimes, Watched } from '../measured-span';

/** What the client of a Nest service is to do. */
export interface NestPlan extends Watched, SpanTimes {
  readonly transport: NestTransport;
  readonly payload: object;
  /** Most requests that are not answered, or most messages that are emitted and not handled. */
  readonly window: number;
  /** Where the service tells what it has handled; without one, what is confirmed counts. */
  readonly countPort?: number;
}

/** Counted are answers, or messages that the service has handled, or that are confirmed. */
export interface NestFindings extends SpanFindings {
  /** Messages that were emitted and never handled. */
  readonly lost: number;
}
