import type { NestTransport } from '../../contenders/nest/transport';

/** What the client of a Nest service is to do. */
export interface NestPlan {
  readonly transport: NestTransport;
  readonly payload: object;
  /** Most requests that are not answered, or most messages that are emitted and not handled. */
  readonly window: number;
  /** Where the service tells what it has handled; without one, what is confirmed counts. */
  readonly countPort?: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly servicePid?: number;
  readonly brokerPid?: number;
}

/** Shares of one core; what `/proc` does not say is left out. */
export interface CpuShares {
  readonly client: number;
  readonly service?: number;
  readonly broker?: number;
}

export interface NestFindings {
  /** Answers, or messages that the service has handled, or that are confirmed. */
  readonly perSecond: number;
  /** Messages that were emitted and never handled. */
  readonly lost: number;
  /** While it was measured. */
  readonly cpu: CpuShares;
}
