import type * as msgpack from '@msgpack/msgpack';
import { neededPackage } from '../optional-package';
import { textOf, unfit, unreadable } from './codec-errors';
import { checkMessagePack, MAX_DEPTH } from './message-pack-check';
import type { PayloadCodec } from './payload-codec';

/**
 * How values that MessagePack has no type for are written and read: an `ExtensionCodec` of `@msgpack/msgpack`. Said in
 * types of our own, since those who use no MessagePack do not have that package.
 */
export interface MessagePackExtensions {
  /** Gives `null` for what is no value of these extensions. */
  tryToEncode(value: unknown, context: undefined): MessagePackExtension | null;
  decode(data: Uint8Array, type: number, context: undefined): unknown;
}

/** A value of such a type; `data` may also be a function that gives it, when it is known where it will be. */
export interface MessagePackExtension {
  readonly type: number;
  readonly data: Uint8Array | ((position: number) => Uint8Array);
}

export interface MessagePackOptions {
  /**
   * 64-bit integers are read as `bigint`, and `bigint`s written as such. Default false: they are read as numbers, which
   * beyond 2^53 are not exact, and a `bigint` is refused.
   */
  readonly bigints?: boolean;
  /** Default: timestamps, which are `Date`s. */
  readonly extensions?: MessagePackExtensions;
}

/**
 * MessagePack, by `@msgpack/msgpack`. As in JSON, properties that are `undefined` are left out; unlike in JSON, bytes
 * (`Uint8Array`) and `Date`s are kept as they are.
 *
 * Throws `INVALID_CONFIG` when the package is missing. Encoding and decoding throw `VALIDATION_FAILED`: for values that
 * MessagePack cannot say, for bytes that are not one whole value, and for more than 100 levels of arrays and maps.
 */
export function messagePack({ bigints = false, extensions }: MessagePackOptions = {}): PayloadCodec {
  const { Decoder, Encoder } = neededPackage<typeof msgpack>('@msgpack/msgpack', 'messagePack()');
  const options = { useBigInt64: bigints, extensionCodec: extensions, context: undefined };
  const encoder = new Encoder({ ...options, ignoreUndefined: true, maxDepth: MAX_DEPTH });
  const decoder = new Decoder(options);
  return {
    contentType: 'application/msgpack',
    selfDescribing: true,
    encode(value) {
      try {
        return encoder.encode(value);
      } catch (error) {
        throw unfit(`must be a value that MessagePack has: ${textOf(error)}`, undefined, error);
      }
    },
    decode(bytes) {
      try {
        checkMessagePack(bytes);
        return decoder.decode(bytes);
      } catch (error) {
        throw unreadable('MessagePack', error);
      }
    },
  };
}
