import { ByteCache } from '../byte-cache';
import { invalidField } from '../json-lines/field-checks';
import { Push, PushFrame, type PushMeta } from '../push';
import { textOf, type ByteReader } from './byte-reader';
import { readEnds } from './ends';
import { ATTRIBUTES, CONTENT_TYPE, GROUP, META } from './layout';
import { readAttributes, type WrittenAttributes } from './message-attributes';

const REMEMBERED_TEXTS = 16;
const ENDS = invalidField('ends', 'must ascend to the length of the payloads');
const ENTRIES = invalidField('attributes', 'must be of messages of the frame');

/** Reads frames of pushes; see `push-encoding.ts` for their grammar. */
export class PushReader {
  readonly #texts = new ByteCache(REMEMBERED_TEXTS, textOf);

  /** Throws `INVALID_FRAME`. */
  read(reader: ByteReader, sink: { onPush(push: Push): void }): void {
    const flags = reader.flags(META | GROUP | CONTENT_TYPE | ATTRIBUTES);
    const count = reader.u32();
    if (4 * count > reader.end - reader.at) throw ENDS;
    const topic = this.#text(reader);
    const firstSequence = (flags & META) === 0 ? undefined : reader.varint();
    const meta = firstSequence === undefined ? undefined : this.#meta(reader, flags);
    const contentType = (flags & CONTENT_TYPE) === 0 ? undefined : this.#text(reader);
    const ends = readEnds(reader.bytes, reader.skip(4 * count), count);
    if (ends === undefined) throw ENDS;
    const own = (flags & ATTRIBUTES) === 0 ? undefined : readOwn(reader, count);
    const payloads = reader.rest();
    if (payloads.length !== (count === 0 ? 0 : ends[count - 1])) throw ENDS;
    const frame = new PushFrame(topic, payloads, contentType, meta);
    for (let index = 0, start = 0; index < count; index++) {
      const end = ends[index];
      const sequence = firstSequence === undefined ? undefined : firstSequence + index;
      sink.onPush(new Push(frame, start, end, sequence, own?.[index]));
      start = end;
    }
  }

  #meta(reader: ByteReader, flags: number): PushMeta {
    const timestamp = reader.varint();
    const epoch = this.#text(reader);
    const subscription = this.#text(reader);
    if ((flags & GROUP) === 0) return { timestamp, epoch, subscription };
    return { timestamp, epoch, subscription, group: this.#text(reader), deliveryCount: reader.varint() };
  }

  #text(reader: ByteReader): string {
    const length = reader.varint();
    const start = reader.skip(length);
    return this.#texts.get(reader.bytes, start, start + length);
  }
}

function readOwn(reader: ByteReader, count: number): WrittenAttributes[] {
  const own: WrittenAttributes[] = [];
  if (!readAttributes(reader, count, (index, fields) => (own[index] = fields))) throw ENTRIES;
  return own;
}
