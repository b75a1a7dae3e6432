/** What `protobufjs` tells of a message type that was loaded or reflected, as far as it is needed here. */
export interface ReflectedType {
  readonly fieldsArray: readonly ReflectedField[];
}

interface ReflectedField {
  readonly name: string;
  readonly type: string;
  readonly repeated: boolean;
  readonly map: boolean;
  readonly resolvedType: Partial<ReflectedType> | null;
}

/** A number that its field has no room for. */
interface OutOfRange {
  readonly field: string;
  readonly type: string;
  readonly value: number;
}

type Range = readonly [lowest: number, highest: number];

const INT32: Range = [-(2 ** 31), 2 ** 31 - 1];
const UINT32: Range = [0, 2 ** 32 - 1];
const INT64: Range = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
const UINT64: Range = [0, Number.MAX_SAFE_INTEGER];

/** Of numbers; a 64-bit integer beyond them is not exact, and has to be a bigint. */
const RANGES: Readonly<Record<string, Range | undefined>> = {
  int32: INT32,
  sint32: INT32,
  sfixed32: INT32,
  uint32: UINT32,
  fixed32: UINT32,
  int64: INT64,
  sint64: INT64,
  sfixed64: INT64,
  uint64: UINT64,
  fixed64: UINT64,
};

/**
 * The first number of a verified message that its field has no room for: `protobufjs` would write what is left of it when
 * it is cut to its bits. `undefined` when there is none, or the type tells nothing of its fields.
 */
export function outOfRange(
  { fieldsArray = [] }: Partial<ReflectedType>,
  message: { readonly [field: string]: unknown },
  path = '',
): OutOfRange | undefined {
  for (const field of fieldsArray) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    const at = `${path}${field.name}`;
    const found = field.repeated || field.map ? amongElements(field, value, at) : inField(field, value, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function amongElements(field: ReflectedField, elements: object, at: string): OutOfRange | undefined {
  for (const [key, element] of Object.entries(elements)) {
    const found = inField(field, element, `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function inField(field: ReflectedField, value: unknown, at: string): OutOfRange | undefined {
  if (field.resolvedType !== null) {
    if (typeof value !== 'object') return undefined;
    return outOfRange(field.resolvedType, value as { readonly [name: string]: unknown }, `${at}.`);
  }
  const range = RANGES[field.type];
  if (range === undefined || typeof value !== 'number') return undefined;
  return value < range[0] || value > range[1] ? { field: at, type: field.type, value } : undefined;
}
