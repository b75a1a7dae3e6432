import type { ClientFrame, ErrorAnswer, Payload, SuccessAnswer } from '../frames';
import { asciiText, spacedJson } from './spaced-json';

/**
 * Writes the frames for clients that take what one `read` gives them for one frame, and match texts: no newline,
 * ASCII, `, ` and `: `. Each buffer is one frame and goes out in one write; to keep the frames apart in time is the
 * connection's business.
 */
export interface NaiveEncoder {
  /** Names the form; encodings are shared between subscriptions with the same name. */
  readonly name: string;
  /** The answer to a request with this action; `undefined` for the action when it could not be read. */
  answer(action: ClientFrame['action'] | undefined, answer: SuccessAnswer | ErrorAnswer): Buffer;
  /** One message for a subscription. */
  push(message: Payload): Buffer;
  /** All messages that a topic holds, oldest first. */
  messages(messages: Iterable<Payload>): Buffer;
}

/** `{"status": "error", "message": TEXT}`: the same in both forms. */
function errorFrame(answer: ErrorAnswer): string {
  return `{"status": "error", "message": ${asciiText(answer.message)}}`;
}

/** A payload; one that is not JSON becomes a string of base64. */
function data({ bytes, contentType }: Payload): string {
  return contentType === undefined ? spacedJson(bytes) : asciiText(Buffer.from(bytes).toString('base64'));
}

function messageList(messages: Iterable<Payload>): Buffer {
  return ascii(`{"messages": [${Array.from(messages, data).join(', ')}]}`);
}

function ascii(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/**
 * The one-topic shorthand, for connections that speak JSON lines on the main port:
 *
 *     send     {"status": "sent"}
 *     get      {"messages": [M, ...]}
 *     listen   {"status": "listening"}, then {"new_message": M} for each message
 */
export class OneTopicEncoder implements NaiveEncoder {
  readonly name = 'one-topic';

  answer(action: ClientFrame['action'] | undefined, answer: SuccessAnswer | ErrorAnswer): Buffer {
    if (answer.type === 'error') return ascii(errorFrame(answer));
    return ascii(action === 'listen' ? '{"status": "listening"}' : '{"status": "sent"}');
  }

  push(message: Payload): Buffer {
    return ascii(`{"new_message": ${data(message)}}`);
  }

  messages(messages: Iterable<Payload>): Buffer {
    return messageList(messages);
  }
}

/**
 * The `simple` dialect, for all of a connection on a port of its own:
 *
 *     publish     {"status": "ok"}
 *     subscribe   {"type": "message", "data": M} for each message held, then {"status": "subscribed"}, then live ones
 *     get         {"status": "ok", "data": M} or {"status": "no_messages"}
 *     others      {"status": "ok"}
 */
export class SimpleEncoder implements NaiveEncoder {
  readonly name = 'simple';

  answer(action: ClientFrame['action'] | undefined, answer: SuccessAnswer | ErrorAnswer): Buffer {
    if (answer.type === 'error') return ascii(errorFrame(answer));
    if (answer.code === 'NO_MESSAGES') return ascii('{"status": "no_messages"}');
    if (action === 'subscribe') return ascii('{"status": "subscribed"}');
    if (typeof answer.message === 'string' || answer.end === true) return ascii('{"status": "ok"}');
    return ascii(`{"status": "ok", "data": ${data(answer.message)}}`);
  }

  push(message: Payload): Buffer {
    return ascii(`{"type": "message", "data": ${data(message)}}`);
  }

  messages(messages: Iterable<Payload>): Buffer {
    return messageList(messages);
  }
}
