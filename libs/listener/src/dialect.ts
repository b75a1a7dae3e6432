import type { Broker, PeerInfo } from '@pochta/broker-core';
import type { ControlFrame, PochtaError, PublishRun, RequestId } from '@pochta/protocol';
import type { AnswerQueue } from './answer-queue';
import type { CodecTable } from './codec-table';
import type { FlushTurn } from './flush-turn';
import type { Outbox } from './outbox';
import type { PeerSocket } from './peer-socket';

/** Replies come at the responder's pace: a requester with so many times `maxBacklogBytes` unread gets no more of them. */
export const SWAMPED_BACKLOGS = 4;

/** What a dialect needs of the connection it speaks on. */
export interface DialectHost {
  readonly broker: Broker;
  readonly peer: PeerInfo;
  readonly socket: PeerSocket;
  readonly codecs: CodecTable;
  readonly turn: FlushTurn;
  /** Bytes of unread answers above which a responder gets no more requests. */
  readonly maxBacklogBytes: number;
  /** What is owed to the peer has changed, or the bytes that wait for it. */
  readonly onChanged: () => void;
  /** Ends the connection: the error is the last that the peer hears. */
  fail(error: PochtaError): void;
}

/** Turns a peer's frames into calls of the broker, and what comes of them into frames, in one form. */
export interface Dialect {
  readonly outbox: Outbox;
  readonly answers: AnswerQueue;
  /** Whether nothing is owed to a peer that sends no more: no answer, and nothing its topics held when it subscribed. */
  readonly idle: boolean;
  /** Messages that the peer has been given and not settled, as a member of consumer groups. */
  readonly inFlight: number;
  publishes(run: PublishRun): void;
  frame(frame: ControlFrame): void;
  /** `publishes`: so many publishes in a row are refused for this; 1 when absent. */
  refuse(error: PochtaError, id?: RequestId, publishes?: number): void;
  /** The peer sends nothing any more, and all that it sent was taken in. */
  endInput(): void;
  /** There may be room for pushes again. */
  resume(): void;
  /** Ends what the connection holds in the broker. */
  close(): void;
}
