/** A copy of an object literal without the fields that are `undefined`. */
export function presentFields<T extends object>(fields: T): T {
  const present: Partial<T> = {};
  // Keys are those of a literal in this library, never a peer's.
  for (const key in fields) if (fields[key] !== undefined) present[key] = fields[key];
  return present as T;
}
