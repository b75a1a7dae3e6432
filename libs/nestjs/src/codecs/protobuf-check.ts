/** What `protobufjs` tells of a message type that was loaded or reflected, as far as it is needed here. */
export interface MessageShape {
  readonly fieldsArray: readonly unknown[];
  readonly fieldsById: { readonly [id: number]: FieldShape | undefined };
}

interface FieldShape {
  readonly map?: boolean;
  /** Of a message or an enum, once it is resolved. */
  readonly resolvedType?: Partial<MessageShape> | null;
  resolve?(): unknown;
}

/** Bytes that cannot make so much of themselves that it would be worth to look: at two a message. */
const HARMLESS = 4096;
/** Fields, of all messages together, that there may be more than bytes: absent ones have defaults, which take room too. */
const MAX_ABSENT_FIELDS = 1_000_000;
/** Levels of a message; `protobufjs` has as many. */
const MAX_DEPTH = 100;
/** Bytes of the longest integer, of 64 bits at 7 a byte. */
const MAX_INTEGER_BYTES = 10;

/**
 * Checks that the bytes do not make too much, before anything is made of them: two say an empty message, and the decoder
 * makes an object with all fields of its type. Throws a `RangeError`. Leaves it to the decoder to find all else.
 */
export function checkProtobuf(type: Partial<MessageShape>, bytes: Uint8Array): void {
  if (bytes.length <= HARMLESS || type.fieldsById === undefined) return;
  new Walk(bytes).passMessage(type as MessageShape, bytes.length, 0);
}

class Walk {
  #at = 0;
  #fields: number;
  /** By map field, the type of its entries. */
  readonly #entries = new Map<FieldShape, MessageShape>();

  constructor(private readonly bytes: Uint8Array) {
    this.#fields = bytes.length + MAX_ABSENT_FIELDS;
  }

  /** Up to `end`, or up to the end of the group. */
  passMessage(type: MessageShape, end: number, level: number, isGroup = false): void {
    if (level > MAX_DEPTH) throw new RangeError(`it has more than ${MAX_DEPTH} levels`);
    this.#fields -= 1 + type.fieldsArray.length;
    if (this.#fields < 0) throw new RangeError('it has too many fields');
    while (this.#at < end) {
      const tag = this.#integer(end);
      if ((tag & 7) === 4 && isGroup) return;
      this.#passField(this.#typeOf(type.fieldsById[tag >>> 3]), tag & 7, end, level);
    }
  }

  #passField(type: MessageShape | undefined, wireType: number, end: number, level: number): void {
    switch (wireType) {
      case 0:
        this.#integer(end);
        return;
      case 1:
        return this.#skip(8, end);
      case 2: {
        const length = this.#integer(end);
        const from = this.#at;
        this.#skip(length, end);
        if (type === undefined) return;
        this.#at = from;
        return this.passMessage(type, from + length, level + 1);
      }
      case 3:
        return this.passMessage(type ?? UNKNOWN, end, level + 1, true);
      case 5:
        return this.#skip(4, end);
      default:
        throw new RangeError(`there is no wire type ${wireType}`);
    }
  }

  #typeOf(field: FieldShape | undefined): MessageShape | undefined {
    if (field === undefined) return undefined;
    field.resolve?.();
    const { resolvedType } = field;
    const type = resolvedType?.fieldsById === undefined ? undefined : (resolvedType as MessageShape);
    if (field.map !== true) return type;
    const known = this.#entries.get(field);
    if (known !== undefined) return known;
    const entry = { fieldsArray: [1, 2], fieldsById: { 2: { resolvedType: type } } };
    this.#entries.set(field, entry);
    return entry;
  }

  #skip(length: number, end: number): void {
    if (length > end - this.#at) throw new RangeError('it is cut off');
    this.#at += length;
  }

  /** Not exact when it is large, which is enough to refuse it as a length. */
  #integer(end: number): number {
    let value = 0;
    let unit = 1;
    for (let i = 0; i < MAX_INTEGER_BYTES; i++) {
      if (this.#at >= end) throw new RangeError('it is cut off');
      const byte = this.bytes[this.#at++];
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      unit *= 128;
    }
    throw new RangeError(`an integer has more than ${MAX_INTEGER_BYTES} bytes`);
  }
}

const UNKNOWN: MessageShape = { fieldsArray: [], fieldsById: {} };
