import type { Payload } from '../frames';
import { joinLines } from './object-values';
import { encodingMembers, wireBytes } from './opaque-payload';

/** Puts a client's frame together: its text, and the payloads in it, which are copied once, without line breaks. */
export class FrameText {
  #text = '';
  #bytes = 0;
  /** Text, payload, text, payload. */
  readonly #parts: (string | Uint8Array)[] = [];

  add(text: string): void {
    this.#text += text;
  }

  /** A member whose value is the payload, and what tells of its encoding. */
  payload(name: string, message: Payload): void {
    const bytes = wireBytes(message);
    this.#parts.push(`${this.#text},"${name}":`, bytes);
    this.#bytes += bytes.length;
    this.#text = encodingMembers(message.contentType);
  }

  /** The frame, with a newline behind it, and none in it. */
  build(): Buffer {
    const parts = this.#parts;
    const last = `${this.#text}\n`;
    let size = this.#bytes + Buffer.byteLength(last);
    for (let index = 0; index < parts.length; index += 2) size += Buffer.byteLength(parts[index]);
    const out = Buffer.allocUnsafe(size);
    let at = 0;
    for (const part of parts) {
      if (typeof part === 'string') at += out.write(part, at);
      else {
        out.set(part, at);
        joinLines(out, at, at + part.length);
        at += part.length;
      }
    }
    out.write(last, at);
    return out;
  }
}
