import { DEFAULT_LIMITS, errorFor } from '@pochta/protocol';

/** A line of the input, without its end. */
interface InputLine {
  /** From 1 on. */
  readonly number: number;
  readonly bytes: Buffer;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The lines of a stream of bytes but the blank ones. Throws `FRAME_TOO_LARGE`, which names the line, for one that is longer
 * than a frame may be.
 */
export async function* inputLines(
  input: AsyncIterable<Buffer>,
  longest: number = DEFAULT_LIMITS.maxFrameBytes,
): AsyncGenerator<InputLine> {
  let number = 1;
  let begun: Buffer[] = [];
  let held = 0;
  const line = (end: Buffer): InputLine => ({ number: number++, bytes: withoutReturn([...begun, end]) });
  for await (const chunk of input) {
    let start = 0;
    for (let end; (end = chunk.indexOf(NEWLINE, start)) !== -1; start = end + 1) {
      if (held + end - start > longest) throw tooLong(number, longest);
      const whole = line(chunk.subarray(start, end));
      if (!isBlank(whole.bytes)) yield whole;
      begun = [];
      held = 0;
    }
    held += chunk.length - start;
    if (held > longest) throw tooLong(number, longest);
    begun.push(chunk.subarray(start));
  }
  const last = line(Buffer.alloc(0));
  if (!isBlank(last.bytes)) yield last;
}

/** All of a stream, in one piece. Throws `FRAME_TOO_LARGE`. */
export async function wholeInput(
  input: AsyncIterable<Buffer>,
  longest: number = DEFAULT_LIMITS.maxFrameBytes,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.length;
    if (length > longest) throw errorFor('FRAME_TOO_LARGE', `the input is longer than ${longest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong(number: number, longest: number): Error {
  return errorFor('FRAME_TOO_LARGE', `line ${number}: it is longer than ${longest} bytes`);
}

function withoutReturn(parts: Buffer[]): Buffer {
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
  return bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09);
}
