import {
  BinaryBrokerFrameDecoder,
  BinaryClientFrameEncoder,
  clientPreface,
  MessageBatchBuilder,
  messageAttributes,
  type BrokerFrame,
  type BrokerFrameSink,
  type ClientFrame,
  type MessageBatch,
  type Payload as WirePayload,
  type PublishFrame,
  type Push,
  type RequestId,
} from '@pochta/protocol';
import type { FrameSink, PeerCodec } from './codec';
import type { Answer, Publish, PushFrame, Request } from './frames';
import { opaqueBytes, readOpaque } from './payload';

const ENCODER = new BinaryClientFrameEncoder();
const PUBLISHED = { status: 'success', message: 'Published' } as const;

/** Binary frames: publishes that travel together are one frame, or a few where they are long. */
export const binaryFrames: PeerCodec = {
  preface: clientPreface(),
  frame: (request) => ENCODER.frame(wireFrame(request)),
  publishes: (publishes) => {
    const ids = publishes.map(({ id }) => id).filter((id): id is RequestId => id !== undefined);
    return ENCODER.publishes(publishes[0].topic, batchOf(publishes), ids.length > 0 ? ids : undefined);
  },
  createDecoder: (sink) => {
    const decoder = new BinaryBrokerFrameDecoder();
    const translation = new Translation(sink);
    return (chunk) => decoder.decode(chunk, translation);
  },
};

/** Tells a sink of the tool's what a decoder finds. */
class Translation implements BrokerFrameSink {
  constructor(private readonly sink: FrameSink) {}

  onConfirms(count: number): void {
    for (let i = 0; i < count; i++) this.sink.onAnswer(PUBLISHED);
  }

  onPush(push: Push): void {
    let message: unknown;
    try {
      message = valueOf(push);
    } catch {
      return this.sink.onNonsense(`an unreadable payload: ${JSON.stringify(push)}`);
    }
    const { topic, contentType, sequence, timestamp, epoch } = push;
    const { group, key, priority, headers, deliveryCount } = push;
    const meta = { epoch, group, key, priority, headers, deliveryCount };
    const frame: PushFrame = {
      type: 'push',
      topic,
      message,
      contentType,
      sequence: sequence!,
      timestamp: timestamp!,
      ...meta,
    };
    this.sink.onPush(frame);
  }

  onFrame(frame: BrokerFrame): void {
    if (frame.type === 'gap') return this.sink.onGap(frame);
    if (frame.type === 'error') {
      const { publishes = 1, type: _, ...error } = frame;
      for (let i = 0; i < publishes; i++) this.sink.onAnswer({ status: 'error', ...error });
    } else if (frame.type === 'success') this.#onSuccess(frame);
    else this.sink.onNonsense(`a frame for nobody: ${JSON.stringify(frame)}`);
  }

  onFatal(error: Error): void {
    this.sink.onNonsense(error.message);
  }

  #onSuccess(frame: Extract<BrokerFrame, { type: 'success' }>): void {
    const { type: _, message, ...others } = frame;
    let answer: Answer;
    try {
      answer = {
        status: 'success',
        ...others,
        message: typeof message === 'string' ? message : valueOf(message),
      };
    } catch {
      return this.sink.onNonsense(`an unreadable answer: ${JSON.stringify(frame)}`);
    }
    this.sink.onAnswer(answer);
  }
}

function wireFrame(request: Request): ClientFrame {
  if (request.action === 'publish') return publishFrame(request);
  if (request.action === 'request')
    return { ...request, message: { bytes: Buffer.from(JSON.stringify(request.message)) } };
  if (request.action !== 'transaction') return request;
  const operations = request.operations.map((operation) =>
    operation.action === 'ack' ? operation : publishFrame(operation),
  );
  return { ...request, operations };
}

function publishFrame({ contentType, ...publish }: Publish): PublishFrame {
  return { ...publish, message: { bytes: bytesOf(publish.message, contentType), contentType } };
}

function batchOf(publishes: readonly Publish[]): MessageBatch {
  const builder = new MessageBatchBuilder();
  for (const publish of publishes) {
    const bytes = bytesOf(publish.message, publish.contentType);
    const { headers, key, priority, delay, deliverAt, ttl, contentType } = publish;
    const options = { headers, key, priority, delay, deliverAt, ttl };
    builder.add(bytes, 0, bytes.length, messageAttributes(options, contentType), publish.messageId);
  }
  return builder.build();
}

function bytesOf(payload: Publish['message'], contentType: string | undefined): Buffer {
  return contentType === undefined ? Buffer.from(JSON.stringify(payload)) : opaqueBytes(payload);
}

/** Throws for bytes that are not what they should be. */
function valueOf({ bytes, contentType }: WirePayload): unknown {
  if (contentType !== undefined) return readOpaque(bytes);
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
}
