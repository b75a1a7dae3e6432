/**
 * What a handler may return in place of a value: JSON text, which goes on the wire as it is. It must be JSON without line breaks between its
 * tokens. For what would lose something as a value, such as numbers with more digits than a JavaScript number has.
 */
export class JsonText {
  constructor(readonly text: string) {}
}
