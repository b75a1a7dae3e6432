/** `,"name":value` for each field of a literal that is not `undefined`. */
export function members(fields: object): string {
  let text = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) text += `,"${name}":${JSON.stringify(value)}`;
  }
  return text;
}
