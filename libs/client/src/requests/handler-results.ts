import { errorFor } from '@pochta/protocol';
import type { OpenRequest } from './open-request';
import type { ReplyError, ReplyHandler, RequestHandler } from './requests';
import type { TopicResponder } from './topic-responder';

type Handle = (request: OpenRequest, responder: TopicResponder) => void;
type OnFailed = (topic: string, error: unknown) => void;

/** Replies with what the handler returns, yields or throws. The responder works until the handler is done. */
export function replyWithResults(handler: RequestHandler, onFailed: OnFailed): Handle {
  return (request, responder) => {
    let result: unknown;
    try {
      result = handler(request);
      if (!isLater(result)) return request.send(result);
    } catch (error) {
      return refuse(request, error, onFailed);
    }
    responder.enter();
    void follow(result, request)
      .catch((error: unknown) => refuse(request, error, onFailed))
      .finally(() => responder.leave());
  };
}

/** Leaves the reply to the handler; only what it throws is replied here. */
export function leaveToHandler(handler: ReplyHandler, onFailed: OnFailed): Handle {
  return (request) => {
    try {
      const result: unknown = handler(request, request);
      // It should return nothing; but an async function does as well, and what it throws must not end the process.
      if (isPromise(result)) result.then(undefined, (error: unknown) => refuse(request, error, onFailed));
    } catch (error) {
      refuse(request, error, onFailed);
    }
  };
}

async function follow(result: unknown, request: OpenRequest): Promise<void> {
  const value: unknown = await result;
  if (!isAsyncIterable(value)) return request.send(value);
  for await (const part of value) {
    if (request.over) return;
    request.part(part);
  }
  request.end();
}

/** An error behind the reply is told here; one after nobody waits any more is most likely about just that. */
function refuse(request: OpenRequest, error: unknown, onFailed: OnFailed): void {
  if (request.cancelled) return;
  if (request.over) return onFailed(request.topic, error);
  try {
    request.fail(error instanceof Error ? error : ({ message: String(error) } satisfies ReplyError));
  } catch (failure) {
    onFailed(request.topic, failure);
    // What cannot be read or sent is an error all the same, and somebody waits for it.
    request.fail(errorFor('REQUEST_FAILED'));
  }
}

function isLater(result: unknown): boolean {
  return isPromise(result) || isAsyncIterable(result);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
