/** Matches an error of that code, and more of it. */
export function withCode(code: string, more: object = {}): unknown {
  return expect.objectContaining({ code, ...more });
}
