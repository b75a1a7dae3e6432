import type { ClientFrameEncoder, MessageIdSeries } from '../client-codec';
import { assertNever, type ClientFrame, type PublishFrame, type RequestId } from '../frames';
import type { MessageAttributes, MessageBatch } from '../message-batch';
import { FrameText } from './frame-text';
import { members } from './json-members';
import { joinLines } from './object-values';
import { encodingMembers, isJson, wireLengthOf, writeBase64 } from './opaque-payload';

const CLOSE = Buffer.from('}\n');

/** Encodes what a client asks as JSON lines. */
export class JsonLinesClientFrameEncoder implements ClientFrameEncoder {
  readonly name = 'json-lines';

  publishes(
    topic: string,
    batch: MessageBatch,
    ids?: readonly RequestId[],
    series?: MessageIdSeries,
  ): Uint8Array {
    // {"action":"publish","topic":T,"message":M[,"encoding":"base64","contentType":C][,"id":I][,"headers":H]...} LF
    const prefix = Buffer.from(`{"action":"publish","topic":${JSON.stringify(topic)},"message":`);
    const suffixes = publishSuffixes(batch, ids, series);
    let size = batch.count * (prefix.length + CLOSE.length) + wireLengthOf(batch);
    if (suffixes !== undefined) for (const suffix of suffixes) size += Buffer.byteLength(suffix);
    const out = Buffer.allocUnsafe(size);
    let at = 0;
    for (let index = 0; index < batch.count; index++) {
      at += prefix.copy(out, at);
      const payload = batch.payload(index);
      if (isJson(batch.attributes?.[index]?.contentType)) {
        out.set(payload, at);
        joinLines(out, at, at + payload.length);
        at += payload.length;
      } else at = writeBase64(payload, out, at);
      if (suffixes !== undefined) at += out.write(suffixes[index], at);
      at += CLOSE.copy(out, at);
    }
    return out;
  }

  frame(frame: ClientFrame): Uint8Array {
    const text = new FrameText();
    text.add(`{"action":"${frame.action === 'peek' ? 'get' : frame.action}"`);
    writeFields(text, frame);
    text.add('}');
    return text.build();
  }
}

/** What follows the payload of each message; `undefined` when nothing follows any. */
function publishSuffixes(
  batch: MessageBatch,
  ids: readonly RequestId[] | undefined,
  series: MessageIdSeries | undefined,
): string[] | undefined {
  const { attributes, messageIds } = batch;
  if ((attributes ?? messageIds ?? ids ?? series) === undefined) return undefined;
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
      messageId: series === undefined ? messageIds?.[index] : series.prefix + series.numbers[index],
    });
    return encodingMembers(contentType) + others;
  });
}

/** The fields behind `action`, in the order of the table of actions. */
function writeFields(text: FrameText, frame: ClientFrame): void {
  switch (frame.action) {
    case 'publish':
      return writePublish(text, frame);
    case 'request': {
      const { topic, headers, timeout, id } = frame;
      text.add(members({ topic }));
      text.payload('message', frame.message);
      text.add(members({ headers, timeout, id }));
      return;
    }
    case 'reply': {
      const { correlationId, error, more, id } = frame;
      text.add(members({ correlationId }));
      if (frame.message !== undefined) text.payload('message', frame.message);
      text.add(members({ error, more, id }));
      return;
    }
    case 'send':
      return text.payload('text', frame.text);
    case 'transaction': {
      text.add(',"operations":[');
      frame.operations.forEach((operation, index) => {
        text.add(`${index === 0 ? '' : ','}{"action":"${operation.action}"`);
        writeFields(text, operation);
        text.add('}');
      });
      text.add(`]${members({ id: frame.id })}`);
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
      text.add(members(fields));
      return;
    }
    default:
      assertNever(frame);
  }
}

function writePublish(text: FrameText, frame: PublishFrame): void {
  const { headers, key, priority, delay, deliverAt, ttl, messageId, id } = frame;
  text.add(members({ topic: frame.topic }));
  text.payload('message', frame.message);
  text.add(members({ headers, key, priority, delay, deliverAt, ttl, messageId, id }));
}
