import { mix } from '../plan/random';

/** The payload of every message that the tool publishes. */
export interface Payload {
  /** The message's id. */
  readonly m: string;
  /** The transaction that published it. */
  readonly t?: number;
  /** Makes messages differ in length, and shows by the message's id whether it is whole. */
  readonly pad?: string;
}

/** The content type of opaque payloads. */
export const OPAQUE = 'application/x-faults';
/** Turns ASCII into bytes that are neither JSON nor UTF-8, and back. */
const TURNED = 0x80;

/** The same letter over and over, which the message's id tells. */
export function padOf(id: string, length: number): string {
  return String.fromCharCode(0x61 + (mix(0, id) % 26)).repeat(length);
}

/** What an opaque payload says, as bytes that no JSON text has. Payloads are ASCII. */
export function opaqueBytes(payload: Payload): Buffer {
  return turned(Buffer.from(JSON.stringify(payload)));
}

/** The value of an opaque payload. Throws for bytes that are none. */
export function readOpaque(bytes: Uint8Array): unknown {
  return JSON.parse(turned(bytes).toString('latin1'));
}

/** The payload, if it is as the tool made it. */
export function wholePayload(value: unknown): Payload | undefined {
  const payload = value as Partial<Payload> | null;
  if (typeof payload?.m !== 'string') return undefined;
  const { m, t, pad = '' } = payload;
  return pad === padOf(m, pad.length) ? { m, t, pad } : undefined;
}

function turned(bytes: Uint8Array): Buffer {
  const others = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) others[i] = bytes[i] ^ TURNED;
  return others;
}
