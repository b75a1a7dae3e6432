import { RawPayload } from '@pochta/client';

/** The payload of a value as that was when it was given, which is not there yet: its check, or its codec, takes a while. */
export class LatePayload {
  constructor(
    /** Rejects with what the check or the codec has to say. */
    readonly ready: Promise<unknown>,
    /** Bytes; 0 while the codec is at it. */
    readonly size: number,
  ) {
    // Whoever has given it up does not wait for it.
    ready.catch(() => undefined);
  }
}

/** Bytes of what the client is to send, as far as they are written. */
export function sizeOf(payload: unknown): number {
  return payload instanceof RawPayload ? payload.bytes.length : 0;
}
