import type { ClientFrameEncoder } from '../client-codec';
import { assertNever, type ClientFrame, type Payload, type PublishFrame, type RequestId } from '../frames';
import type { MessageAttributes, MessageBatch } from '../message-batch';
import { members } from './json-members';
import { joinLines } from './object-values';
import { encodingMembers, isJson, wireBytes, wireLengthOf, writeBase64 } from './opaque-payload';

const LF = 0x0a;
const CLOSE = Buffer.from('}\n');

/** Bytes or JSON text of one frame, in order. */
type Part = string | Uint8Array;

/** Encodes what a client asks as JSON lines. */
export class JsonLinesClientFrameEncoder implements ClientFrameEncoder {
  readonly name = 'json-lines';

  publishes(topic: string, batch: MessageBatch, ids?: readonly RequestId[]): Uint8Array {
    // {"action":"publish","topic":T,"message":M[,"encoding":"base64","contentType":C][,"id":I][,"headers":H]...} LF
    const prefix = Buffer.from(`{"action":"publish","topic":${JSON.stringify(topic)},"message":`);
    const suffixes = publishSuffixes(batch, ids);
    let size = batch.count * (prefix.length + CLOSE.length) + wireLengthOf(batch);
    if (suffixes !== undefined) for (const suffix of suffixes) size += Buffer.byteLength(suffix);
    const out = Buffer.allocUnsafe(size);
    let at = 0;
    for (let index = 0; index < batch.count; index++) {
      at += prefix.copy(out, at);
      const payload = batch.payload(index);
      if (isJson(batch.attributes?.[index]?.contentType)) {
        out.set(payload, at);
        joinLines(out.subarray(at, at + payload.length));
        at += payload.length;
      } else at = writeBase64(payload, out, at);
      if (suffixes !== undefined) at += out.write(suffixes[index], at);
      at += CLOSE.copy(out, at);
    }
    return out;
  }

  frame(frame: ClientFrame): Uint8Array {
    const parts: Part[] = [];
    member(parts, '{', 'action', frame.action === 'peek' ? 'get' : frame.action);
    writeFields(parts, frame);
    parts.push('}');
    const bytes = Buffer.concat([
      ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)),
      Buffer.of(LF),
    ]);
    joinLines(bytes.subarray(0, bytes.length - 1));
    return bytes;
  }
}

/** What follows the payload of each message; `undefined` when nothing follows any. */
function publishSuffixes(batch: MessageBatch, ids?: readonly RequestId[]): string[] | undefined {
  const { attributes, messageIds } = batch;
  if (attributes === undefined && messageIds === undefined && ids === undefined) return undefined;
  return Array.from({ length: batch.count }, (_, index) => {
    const of: MessageAttributes = attributes?.[index] ?? {};
    const { contentType, headers, key, priority, delay, deliverAt, ttl } = of;
    const others = members({
      id: ids?.[index],
      headers,
      key,
      priority,
      delay,
      deliverAt,
      ttl,
      messageId: messageIds?.[index],
    });
    return encodingMembers(contentType) + others;
  });
}

/** The fields behind `action`, in the order of the table of actions. */
function writeFields(parts: Part[], frame: ClientFrame): void {
  switch (frame.action) {
    case 'publish':
      return writePublish(parts, frame);
    case 'request': {
      const { topic, headers, timeout, id } = frame;
      parts.push(members({ topic }));
      payload(parts, 'message', frame.message);
      parts.push(members({ headers, timeout, id }));
      return;
    }
    case 'reply': {
      const { correlationId, error, more, id } = frame;
      parts.push(members({ correlationId }));
      if (frame.message !== undefined) payload(parts, 'message', frame.message);
      parts.push(members({ error, more, id }));
      return;
    }
    case 'send':
      return payload(parts, 'text', frame.text);
    case 'transaction': {
      parts.push(',"operations":[');
      frame.operations.forEach((operation, index) => {
        member(parts, index === 0 ? '{' : ',{', 'action', operation.action);
        writeFields(parts, operation);
        parts.push('}');
      });
      parts.push(']', members({ id: frame.id }));
      return;
    }
    case 'subscribe':
    case 'unsubscribe':
    case 'get':
    case 'ack':
    case 'nack':
    case 'terminate':
    case 'touch':
    case 'respond':
    case 'unrespond':
    case 'cancel':
    case 'auth':
    case 'ping':
    case 'listen':
    case 'peek': {
      const { action: _, ...fields } = frame;
      parts.push(members(fields));
      return;
    }
    default:
      assertNever(frame);
  }
}

function writePublish(parts: Part[], frame: PublishFrame): void {
  const { headers, key, priority, delay, deliverAt, ttl, messageId, id } = frame;
  parts.push(members({ topic: frame.topic }));
  payload(parts, 'message', frame.message);
  parts.push(members({ headers, key, priority, delay, deliverAt, ttl, messageId, id }));
}

function payload(parts: Part[], name: string, message: Payload): void {
  parts.push(`,"${name}":`, wireBytes(message), encodingMembers(message.contentType));
}

function member(parts: Part[], before: string, name: string, value: unknown): void {
  parts.push(`${before}"${name}":${JSON.stringify(value)}`);
}
