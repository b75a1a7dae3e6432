import {
  assertNever,
  errorFor,
  PochtaError,
  SUCCESS_TEXT,
  type AckFrame,
  type ControlFrame,
  type ErrorAnswer,
  type ListenFrame,
  type NackFrame,
  type Payload,
  type PeekFrame,
  type RequestFrame,
  type RequestId,
  type SendFrame,
  type SubscribeFrame,
  type SuccessAnswer,
  type TerminateFrame,
  type TouchFrame,
  type TransactionFrame,
} from '@pochta/protocol';
import type { Connection } from '../connection';
import type { ReplyPart } from '../requests/request-party';
import type { GroupOptions } from '../subscriptions/subscription';
import { transactionParts } from './transaction-parts';

export type Answer = SuccessAnswer | ErrorAnswer;

/** An answer, and what may have to wait until it is on its way. */
export interface Handled {
  readonly answer: Answer;
  /**
   * `subscribe`: begins to push; the subscription pushes nothing before. Calls back once, when all that the topic held
   * has been pushed, or the subscription was closed.
   */
  readonly start?: (onCaughtUp?: () => void) => void;
}

/** Frames of the one-topic shorthand are the connection's business: only their form differs. */
export type ActionFrame = Exclude<ControlFrame, SendFrame | ListenFrame | PeekFrame>;

/**
 * Does what a frame asks for: at once, where nothing has to be waited for. Never throws nor rejects. `undefined`: there is no
 * answer in line (`reply`), or it comes through `answerLater`, out of line and perhaps in parts (`request`).
 */
export function handleFrame(
  connection: Connection,
  frame: ActionFrame,
  answerLater: (answer: Answer) => void,
): Dispatched {
  const refused = (error: unknown): Handled => ({ answer: errorAnswer(error, frame.id) });
  try {
    const handled = dispatch(connection, frame, answerLater);
    return handled instanceof Promise ? handled.catch(refused) : handled;
  } catch (error) {
    return refused(error);
  }
}

export function errorAnswer(error: unknown, id?: RequestId): ErrorAnswer {
  const known = error instanceof PochtaError ? error : errorFor('INTERNAL', undefined, { cause: error });
  const { code, message, sequences } = known;
  return sequences === undefined
    ? { type: 'error', id, code, message }
    : { type: 'error', id, code, message, sequences };
}

/** What an answer has for a message where there is none. */
const NO_MESSAGE: Payload = { bytes: Buffer.from('null') };

/** `undefined` has been seen to at once; what takes time has an answer in line. */
type Dispatched = Handled | undefined | Promise<Handled>;

function dispatch(
  connection: Connection,
  frame: ActionFrame,
  answerLater: (answer: Answer) => void,
): Dispatched {
  switch (frame.action) {
    case 'subscribe':
      return subscribe(connection, frame);
    case 'unsubscribe':
      connection.unsubscribe({ name: frame.subscription, topic: frame.topic, group: frame.group });
      return success('unsubscribe', frame.id);
    case 'get':
      return get(connection, frame.topic, frame.id);
    case 'request':
      connection.request(frame, (part) => answerLater(replyAnswer(part, frame)));
      return undefined;
    case 'respond':
      connection.respond(frame.topic);
      return success('respond', frame.id);
    case 'unrespond':
      connection.unrespond(frame.topic);
      return success('unrespond', frame.id);
    case 'reply':
      connection.reply(frame);
      return undefined;
    case 'cancel':
      connection.cancel(frame.id);
      return success('cancel', frame.id);
    case 'ping':
      return success('ping', frame.id);
    case 'ack':
    case 'nack':
    case 'terminate':
    case 'touch':
      return settle(connection, frame);
    case 'transaction':
      return transact(connection, frame);
    case 'auth':
      throw errorFor('NOT_SUPPORTED', 'auth is not supported: every peer is anonymous');
    default:
      return assertNever(frame);
  }
}

async function subscribe(connection: Connection, frame: SubscribeFrame): Promise<Handled> {
  const subscription = await connection.subscribe({
    topic: frame.topic,
    from: frame.from,
    name: frame.subscription,
    meta: frame.meta,
    group: groupOf(frame),
  });
  return {
    answer: {
      type: 'success',
      id: frame.id,
      message: SUCCESS_TEXT.subscribe,
      subscription: subscription.name,
      epoch: subscription.epoch,
      sequence: subscription.sequence,
      time: subscription.time,
      ackDeadline: subscription.ackDeadline,
    },
    start: (onCaughtUp) => subscription.start(onCaughtUp),
  };
}

function groupOf(frame: SubscribeFrame): GroupOptions | undefined {
  const { group: name, prefetch, ackDeadline, maxDeliveries, backoff } = frame;
  if (name === undefined) return undefined;
  const asked = { ackDeadline, maxDeliveries, backoffMin: backoff?.min, backoffMax: backoff?.max };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  return { name, prefetch, config: Object.fromEntries(given) };
}

async function settle(
  connection: Connection,
  frame: AckFrame | NackFrame | TerminateFrame | TouchFrame,
): Promise<Handled> {
  await connection.settle(frame);
  return success(frame.action, frame.id);
}

async function transact(connection: Connection, frame: TransactionFrame): Promise<Handled> {
  await connection.transact(transactionParts(frame));
  return success('transaction', frame.id);
}

async function get(connection: Connection, topic: string, id: RequestId | undefined): Promise<Handled> {
  const message = await connection.get(topic);
  if (message !== undefined) return { answer: { type: 'success', id, message } };
  return { answer: { type: 'success', id, message: 'No messages', code: 'NO_MESSAGES' } };
}

function success(action: keyof typeof SUCCESS_TEXT, id: RequestId | undefined): Handled {
  return { answer: { type: 'success', id, message: SUCCESS_TEXT[action] } };
}

function replyAnswer(part: ReplyPart, { id }: RequestFrame): Answer {
  if ('error' in part) return { type: 'error', id, code: part.error.code, message: part.error.message };
  if ('end' in part) return { type: 'success', id, message: NO_MESSAGE, end: true };
  return { type: 'success', id, message: part.message, ...(part.more && { more: true }) };
}
