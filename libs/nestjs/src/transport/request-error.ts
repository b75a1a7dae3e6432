import type { Logger } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { ResponderError } from '@pochta/client';
import { PochtaError } from '@pochta/protocol';
import { UNKNOWN_EXCEPTION_TEXT } from './failure';

/** Code of an error reply whose message is JSON: what the handler's `RpcException` holds, as under Nest's own transports. */
export const RPC_EXCEPTION = 'RPC_EXCEPTION';

/**
 * What a requester is told of the error with which a handler ended, after Nest's exception filters: a `PochtaError` with
 * its code, what else an `RpcException` holds as JSON. Nothing of an error that is not meant for others: it is logged.
 */
export function requestError(thrown: unknown, logger: Logger): Error {
  if (thrown instanceof PochtaError || thrown instanceof ResponderError) return thrown;
  if (thrown instanceof RpcException) return rpcException({ status: 'error', message: thrown.message });
  if (thrown instanceof Error) {
    logger.error(thrown);
    return rpcException({ status: 'error', message: UNKNOWN_EXCEPTION_TEXT });
  }
  return rpcException(thrown);
}

function rpcException(value: unknown): ResponderError {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A cycle, or a big integer.
  }
  return new ResponderError(
    RPC_EXCEPTION,
    json ?? JSON.stringify({ status: 'error', message: UNKNOWN_EXCEPTION_TEXT }),
  );
}
