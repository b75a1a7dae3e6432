/** What a run sends, and to how many. */
export interface Traffic {
  readonly topic: string;
  /** A JSON object's text, in ASCII. */
  readonly payload: string;
  /** Messages of one write, and of one frame where frames carry many. */
  readonly burst: number;
  readonly subscribers: number;
  /** Messages that the topic holds at most, or about so many, where its program lets the client say. */
  readonly limit: number;
}

/** How many messages this chunk completes, of those that one connection is sent or has confirmed. */
export type Counter = (chunk: Buffer) => number;

/** What a connection sends first; `answered` says whether all that has come since is the whole answer. */
export interface Opening {
  readonly send: Buffer;
  /** Throws when it is another answer. */
  answered(received: Buffer): boolean;
}

export interface PublishingSide {
  readonly openings: readonly Opening[];
  /** `Traffic.burst` messages. */
  readonly burst: Buffer;
  /** Absent where nothing is confirmed. */
  readonly confirms?: Counter;
}

export interface ReceivingSide {
  readonly openings: readonly Opening[];
  readonly deliveries: Counter;
}

/** What a chunk brings a member of a group, and what it says to it. */
export interface Taken {
  /** Messages that are all there now, and that `send` acks. */
  readonly delivered: number;
  /** Messages whose ack was answered. */
  readonly settled: number;
  /** The acks, and what asks for more where that is needed. */
  readonly send?: Uint8Array;
}

export interface MemberSide {
  readonly openings: readonly Opening[];
  /** Asks for messages, when the openings are answered. */
  readonly begin: Uint8Array;
  /** Whether acks are answered; where they are not, nobody can tell when they are kept. */
  readonly answersAcks: boolean;
  /** Throws when a message is lost or comes again, as far as its protocol tells. */
  take(chunk: Buffer): Taken;
}

export interface RequestingSide {
  readonly openings: readonly Opening[];
  /** `Traffic.burst` requests, all alike. */
  readonly requests: Buffer;
  readonly replies: Counter;
}

export interface RespondingSide {
  readonly openings: readonly Opening[];
  /** The replies to the requests of a chunk, if it completes any. */
  respond(chunk: Buffer): Uint8Array | undefined;
}

/** The one group of a topic. */
export const GROUP = 'workers';

/**
 * How to talk to a program under test with bytes that are made once, and to count what comes back without making an
 * object of it, so that the client is not the limit.
 */
export interface Wire {
  publisher(traffic: Traffic): PublishingSide;
  /** Gets every message. */
  subscriber?(traffic: Traffic): ReceivingSide;
  /** The member of a group, from the oldest message on. `prefetch`: most messages that it has and has not acked. */
  member?(traffic: Traffic, prefetch: number): MemberSide;
  /** Requests and replies have the same payload. */
  requester?(traffic: Traffic): RequestingSide;
  responder?(traffic: Traffic): RespondingSide;
}

/** Sends the text; the answer begins with `expected` and ends with `end`. */
export function opening(text: string | Buffer, expected: string, end = '\n'): Opening {
  return {
    send: typeof text === 'string' ? Buffer.from(text) : text,
    answered(received) {
      const start = received.toString('latin1', 0, expected.length);
      if (!expected.startsWith(start)) throw new Error(`expected ${expected}, got ${received.toString()}`);
      return received.length >= expected.length && received.subarray(-end.length).toString('latin1') === end;
    },
  };
}

/** Where all that comes has one length: counting bytes counts messages. */
export function ofLength(length: number): Counter {
  let rest = 0;
  return (chunk) => {
    const bytes = rest + chunk.length;
    rest = bytes % length;
    return (bytes - rest) / length;
  };
}

/** Every answer of the broker that says more than that all is well has a code. Payloads of the bench have none. */
const CODE = Buffer.from('"code":"');

/** Where every answer is this text; one with an error code is a failure of the run. */
export function ofAnswer(answer: string): Counter {
  const count = ofLength(answer.length);
  return (chunk) => {
    const code = chunk.indexOf(CODE);
    if (code !== -1)
      throw new Error(`the broker answered ${chunk.toString('utf8', Math.max(0, code - 100), code + 100)}`);
    return count(chunk);
  };
}

/** What an unexpected answer says, for an error. */
export function excerpt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, at + 300);
}

/** Whether that stands there. */
export function isAt(expected: Buffer, bytes: Buffer, at: number): boolean {
  const end = at + expected.length;
  return end <= bytes.length && expected.compare(bytes, at, end) === 0;
}
