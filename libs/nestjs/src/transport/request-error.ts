import type { Logger } from '@nestjs/common';
import { RpcException } from '@nestjs/microservices';
import { ResponderError } from '@pochta/client';
import { PochtaError } from '@pochta/protocol';
import { exceptionReply } from '../handlers/rpc-exception';

/**
 * What a requester is told of the error with which a handler ended, after Nest's exception filters: a `PochtaError` with
 * its code, what else an `RpcException` holds as JSON. Nothing of an error that is not meant for others: it is logged.
 */
export function requestError(thrown: unknown, logger: Logger): Error {
  try {
    return toldOf(thrown, logger);
  } catch {
    // Getters and proxies may throw whatever is read of them.
    return exceptionReply();
  }
}

function toldOf(thrown: unknown, logger: Logger): Error {
  if (thrown instanceof PochtaError || thrown instanceof ResponderError) return thrown;
  if (thrown instanceof RpcException) return exceptionReply({ status: 'error', message: thrown.message });
  if (!(thrown instanceof Error)) return exceptionReply(thrown);
  logger.error(thrown);
  return exceptionReply();
}
