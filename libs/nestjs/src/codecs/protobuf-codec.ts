import { unfit, unreadable, textOf } from './codec-errors';
import type { PayloadCodec } from './payload-codec';
import { checkProtobuf, type MessageShape } from './protobuf-check';
import { exactLongs, longsOfBigints } from './protobuf-longs';
import { outOfRange, type ReflectedType } from './protobuf-ranges';

/** A message type of `protobufjs`: a `Type` that was loaded or reflected, or a class that its `pbjs` generated. */
export interface ProtobufType {
  verify(message: { readonly [field: string]: unknown }): string | null;
  create(properties?: { readonly [field: string]: unknown }): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options?: { readonly defaults?: boolean }): object;
}

/**
 * Protocol Buffers, by a message type of `protobufjs`.
 *
 * Decoding gives plain objects: fields that are absent have their defaults, as the wire does not tell the two apart, save
 * `optional` fields and those of a `oneof`, which are left out, and messages, which are `null`. 64-bit integers are
 * numbers where those are exact, and `bigint`s beyond; both can be written. Enums are their numbers, `bytes` a
 * `Uint8Array`.
 *
 * Encoding throws `VALIDATION_FAILED`, which names the field, for a value that does not fit the type. Whether an integer
 * fits its 32 bits is known of types that were loaded or reflected only, not of generated classes. Decoding throws it for
 * bytes that are no such message, and, of types that were loaded or reflected, for what has a million fields more than
 * bytes, absent ones included.
 */
export function protobuf(type: ProtobufType): PayloadCodec {
  return {
    contentType: 'application/x-protobuf',
    encode(value) {
      const fitting = fit(type, value);
      try {
        // Copied: the writer cuts its bytes from a buffer that it shares with others.
        return Uint8Array.prototype.slice.call(type.encode(type.create(fitting)).finish());
      } catch (error) {
        throw unfit(`cannot be written: ${textOf(error)}`, undefined, error);
      }
    },
    decode(bytes) {
      try {
        checkProtobuf(type as Partial<MessageShape>, bytes);
        return exactLongs(type.toObject(type.decode(bytes), { defaults: true }));
      } catch (error) {
        throw unreadable('the Protobuf message of its topic', error);
      }
    },
  };
}

type Fields = { readonly [field: string]: unknown };

function fit(type: ProtobufType, value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw unfit('must be an object');
  const given = value as Fields;
  if (verify(type, given) === null) return inRange(type, given);
  const fields = longsOfBigints(given) as Fields;
  const problem = verify(type, fields);
  if (problem === null) return inRange(type, fields);
  // "lines.quantity: integer expected"
  const [, field, expected] = /^([^:]+): (.*) expected$/.exec(problem) ?? [];
  throw field === undefined ? unfit(`does not fit: ${problem}`) : unfit(`must be of type ${expected}`, field);
}

function verify(type: ProtobufType, fields: Fields): string | null {
  try {
    return type.verify(fields);
  } catch (error) {
    return textOf(error);
  }
}

function inRange(type: ProtobufType, fields: Fields): Fields {
  const found = outOfRange(type as Partial<ReflectedType>, fields);
  if (found === undefined) return fields;
  throw unfit(`must be of type ${found.type}, which has no ${found.value}`, found.field);
}
