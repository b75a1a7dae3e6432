import type { FrameEncoder, PublishOutcome, PublishRun, PushStyle } from '../codec';
import { assertNever, type BrokerFrame, type ErrorAnswer, type SuccessAnswer } from '../frames';
import { JsonLinesFrameEncoder } from '../json-lines/frame-encoder';
import type { StoredBatch } from '../message-batch';
import { ByteWriter } from './byte-writer';
import { DONE_TEXTS } from './done-texts';
import {
  CONFIRM,
  CONTENT_TYPE,
  DONE,
  END,
  ERROR,
  FORWARDED_CANCEL,
  FORWARDED_REQUEST,
  HEADERS,
  JSON_FRAME,
  MESSAGE,
  MORE,
  PUBLISHES,
  SEQUENCES,
} from './layout';
import { encodePushes } from './push-encoding';
import { writeSequences } from './sequence-ranges';

const PUBLISHED = 0;
/** A peer that does not read keeps the whole of it with each frame, so it is not larger than Node's own pool. */
const SLAB_BYTES = 8 * 1024;
const JSON_LINES = new JsonLinesFrameEncoder();

/** Encodes what the broker says as binary frames. */
export class BinaryFrameEncoder implements FrameEncoder {
  readonly name = 'binary';
  /** Frames of all connections lie in it one behind the other: a buffer for each would cost more than to write it. */
  readonly #writer = new ByteWriter(SLAB_BYTES);

  confirms(run: PublishRun, outcomes?: readonly PublishOutcome[]): Uint8Array {
    const writer = this.#writer;
    const { count, ids } = run;
    let at = 0;
    while (at < count) {
      const error = outcomes?.[at];
      const id = ids?.[at];
      let end = at + 1;
      if (outcomes === undefined && ids === undefined) end = count;
      else if (id === undefined)
        while (end < count && ids?.[end] === undefined && isSame(outcomes?.[end], error)) end++;
      if (error !== undefined)
        writeError(writer, {
          type: 'error',
          id,
          code: error.code,
          message: error.message,
          publishes: end - at,
        });
      else if (id === undefined) {
        writer.begin(CONFIRM);
        writer.u32(end - at);
        writer.end();
      } else {
        writer.begin(DONE);
        writer.id(id);
        writer.u8(PUBLISHED);
        writer.end();
      }
      at = end;
    }
    return writer.build();
  }

  pushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): readonly Uint8Array[] {
    return encodePushes(batch, style, deliveryCount);
  }

  frame(frame: BrokerFrame): Uint8Array {
    const writer = this.#writer;
    switch (frame.type) {
      case 'success':
        if (!writeSuccess(writer, frame)) writeJson(writer, JSON_LINES.frame(frame));
        break;
      case 'error':
        writeError(writer, frame);
        break;
      case 'gap':
        writeJson(writer, JSON_LINES.frame(frame));
        break;
      case 'request': {
        const { topic, correlationId, message, headers } = frame;
        const { contentType } = message;
        writer.begin(FORWARDED_REQUEST);
        writer.u8((contentType === undefined ? 0 : CONTENT_TYPE) | (headers === undefined ? 0 : HEADERS));
        writer.text(topic);
        writer.text(correlationId);
        if (headers !== undefined) writer.headers(headers);
        if (contentType !== undefined) writer.text(contentType);
        writer.bytes(message.bytes);
        writer.end();
        break;
      }
      case 'cancel':
        writer.begin(FORWARDED_CANCEL);
        writer.text(frame.correlationId);
        writer.end();
        break;
      default:
        return assertNever(frame);
    }
    return writer.build();
  }
}

function isSame(a: PublishOutcome, b: PublishOutcome): boolean {
  return a === b || (a !== undefined && b !== undefined && a.code === b.code && a.message === b.message);
}

/** A frame whose body is JSON text; `line` ends with a newline. */
export function writeJson(writer: ByteWriter, line: Uint8Array): void {
  writer.begin(JSON_FRAME);
  writer.bytes(line.subarray(1, line.length - 1));
  writer.end();
}

/** False when the answer says more than the frames for the usual ones can. */
function writeSuccess(writer: ByteWriter, frame: SuccessAnswer): boolean {
  const { id, message, more, end, subscription, epoch, sequence, time, ackDeadline, code } = frame;
  const rest = subscription ?? epoch ?? sequence ?? time ?? ackDeadline ?? code;
  if (rest !== undefined) return false;
  if (typeof message === 'string') {
    const text = DONE_TEXTS.indexOf(message);
    if (text < 0 || more !== undefined || end !== undefined) return false;
    writer.begin(DONE);
    writer.id(id);
    writer.u8(text);
  } else {
    const { bytes, contentType } = message;
    writer.begin(MESSAGE);
    writer.id(id);
    writer.u8((contentType === undefined ? 0 : CONTENT_TYPE) | (more ? MORE : 0) | (end ? END : 0));
    if (contentType !== undefined) writer.text(contentType);
    writer.bytes(bytes);
  }
  writer.end();
  return true;
}

function writeError(writer: ByteWriter, { id, code, message, publishes = 1, sequences }: ErrorAnswer): void {
  const listed = sequences !== undefined && sequences.length > 0;
  writer.begin(ERROR);
  writer.id(id);
  writer.u8((publishes > 1 ? PUBLISHES : 0) | (listed ? SEQUENCES : 0));
  writer.text(code);
  writer.text(message);
  if (publishes > 1) writer.varint(publishes);
  if (listed) writeSequences(writer, sequences);
  writer.end();
}
