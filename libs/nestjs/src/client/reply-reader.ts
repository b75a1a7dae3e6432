import { ResponderError } from '@pochta/client';

/** The code of an error reply that carries what a Nest handler's exception said, as JSON text in its message. */
export const RPC_EXCEPTION = 'RPC_EXCEPTION';

/** What a requester is told: what the handler's exception said, as with any of Nest's transports, or the `PochtaError`. */
export function replyError(error: unknown): unknown {
  if (!(error instanceof ResponderError) || error.responderCode !== RPC_EXCEPTION) return error;
  try {
    return JSON.parse(error.message) as unknown;
  } catch {
    return error;
  }
}
