import type { PushStyle } from '../codec';
import type { MessageBatch, StoredBatch } from '../message-batch';
import { forEachPart } from './batch-parts';
import { ByteWriter } from './byte-writer';
import {
  ATTRIBUTES,
  CONTENT_TYPE,
  FRAME_TARGET,
  GROUP,
  META,
  PUSH,
  WITH_CONTENT_TYPE,
  WITH_HEADERS,
  WITH_KEY,
  WITH_PRIORITY,
} from './layout';
import {
  commonContentType,
  countAttributes,
  writeAttributes,
  type AttributeColumn,
} from './message-attributes';

const HEAD_ROOM = 1024;
/** Payloads of so many bytes are sent from where they lie: a piece more costs less than the copy. */
const APART_FROM = 8 * 1024;

/**
 *     flags  u32 count  text topic  [META]  [GROUP]  [text contentType]  u32 ends[count]  [attributes]  payloads
 *     META  = varint first sequence, varint timestamp, text epoch, text subscription
 *     GROUP = text group, varint delivery count
 *
 * A batch of many bytes goes out as several frames, one behind the other. The payloads of each are one move, or none.
 */
export function encodePushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): Uint8Array[] {
  const { messages } = batch;
  const withMeta = style.meta || style.group !== undefined;
  const contentType = commonContentType(messages);
  const told = attributesTold(messages, withMeta, contentType);
  const isApart = messages.byteLength >= APART_FROM;
  const writer = new ByteWriter((isApart ? 0 : messages.byteLength) + 4 * messages.count + HEAD_ROOM);
  /** Where in what is written the payloads of each frame belong. */
  const places: { readonly at: number; readonly payloads: Uint8Array }[] = [];
  forEachPart(messages, told, FRAME_TARGET, (from, to) => {
    const column = told !== undefined && countAttributes(told, from, to) > 0 ? told : undefined;
    writer.begin(PUSH);
    writer.u8(
      (withMeta ? META : 0) |
        (style.group === undefined ? 0 : GROUP) |
        (contentType === undefined ? 0 : CONTENT_TYPE) |
        (column === undefined ? 0 : ATTRIBUTES),
    );
    writer.u32(to - from);
    writer.text(batch.topic);
    if (withMeta) {
      writer.varint(batch.firstSequence + from);
      writer.varint(batch.timestamp);
      writer.text(style.epoch);
      writer.text(style.subscription);
    }
    if (style.group !== undefined) {
      writer.text(style.group);
      writer.varint(deliveryCount ?? 0);
    }
    if (contentType !== undefined) writer.text(contentType);
    writer.ends(messages, from, to);
    if (column !== undefined) writeAttributes(writer, column, from, to);
    const payloads = messages.lentBytes.subarray(messages.start(from), messages.end(to - 1));
    if (isApart) places.push({ at: writer.length, payloads });
    else writer.bytes(payloads);
    writer.end(isApart ? payloads.length : 0);
  });
  return pieces(writer.build(), places);
}

/** The written bytes with what belongs between them. */
function pieces(
  written: Uint8Array,
  places: readonly { readonly at: number; readonly payloads: Uint8Array }[],
): Uint8Array[] {
  if (places.length === 0) return [written];
  const found: Uint8Array[] = [];
  let last = 0;
  for (const { at, payloads } of places) {
    found.push(written.subarray(last, at), payloads);
    last = at;
  }
  return found;
}

function attributesTold(
  { attributes }: MessageBatch,
  withMeta: boolean,
  contentType: string | undefined,
): AttributeColumn | undefined {
  if (attributes === undefined) return undefined;
  const allowed =
    (contentType === undefined ? WITH_CONTENT_TYPE : 0) |
    (withMeta ? WITH_HEADERS | WITH_KEY | WITH_PRIORITY : 0);
  return allowed === 0 ? undefined : { attributes, messageIds: undefined, allowed };
}
