import { checkAvro } from './avro-check';
import { textOf, unfit, unreadable } from './codec-errors';
import type { PayloadCodec } from './payload-codec';

/** A type of `avsc`, as `Type.forSchema` makes it. */
export interface AvroType {
  readonly typeName: string;
  toBuffer(value: unknown): Buffer;
  fromBuffer(bytes: Buffer): unknown;
  isValid(
    value: unknown,
    options: { readonly errorHook: (path: string[], value: unknown, type: AvroType) => void },
  ): boolean;
}

/**
 * Avro's binary encoding of one value, without its schema, by a type of `avsc`.
 *
 * Encoding throws `VALIDATION_FAILED`, which names the field, for a value that does not fit the schema; decoding throws
 * it for bytes that are no such value, and for what has more than 100 levels, or a million values without bytes too many.
 */
export function avro(type: AvroType): PayloadCodec {
  return {
    contentType: 'application/avro',
    encode(value) {
      try {
        return type.toBuffer(value);
      } catch (error) {
        throw misfit(type, value, error);
      }
    },
    decode(bytes) {
      try {
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        checkAvro(type, buffer);
        return type.fromBuffer(buffer);
      } catch (error) {
        throw unreadable('the Avro value of its topic', error);
      }
    },
  };
}

/** The error that names the first field that does not fit. */
function misfit(type: AvroType, value: unknown, cause: unknown): Error {
  let found: { field: string; type: AvroType } | undefined;
  try {
    type.isValid(value, { errorHook: (path, _value, at) => (found ??= { field: path.join('.'), type: at }) });
  } catch {
    // A value without end: the cause says so.
  }
  if (found === undefined) return unfit(`does not fit the schema: ${textOf(cause)}`, undefined, cause);
  return unfit(`must be of type ${found.type.typeName}`, found.field || undefined, cause);
}
