/** `,"name":value` for each field of a literal that is not `undefined`. */
export function members(fields: object): string {
  let text = '';
  // Written for every answer: a loop over the names makes no arrays, and digits need no JSON.
  for (const name in fields) {
    const value = (fields as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined)
      text += `,"${name}":${Number.isInteger(value) ? String(value) : JSON.stringify(value)}`;
  }
  return text;
}
