import {
  BinaryFrameEncoder,
  brokerPreface,
  errorFor,
  JsonLinesFrameEncoder,
  MessageBatch,
  MessageBatchBuilder,
  type StoredBatch,
} from '@pochta/protocol';
import { CODECS, type CodecName } from './codecs';
import { opaqueBytes, OPAQUE } from './payload';

const ENCODERS = { 'json-lines': new JsonLinesFrameEncoder(), binary: new BinaryFrameEncoder() };
const PREFACES = { 'json-lines': Buffer.alloc(0), binary: brokerPreface(1024) };
/** A line that ends too early, and a confirm that does. */
const TORN = { 'json-lines': Buffer.from('{"type":\n'), binary: Buffer.from([2, 0, 0, 0, 0x81, 1]) };
const STYLE = { meta: true, subscription: 's', epoch: 'e' };
const PAYLOAD = { m: 'a-1', pad: 'xy' };

/** What a peer hears when the broker says all that, in one chunk or byte by byte. */
function heard(codec: CodecName, said: readonly Uint8Array[], size = Infinity): unknown[] {
  const all: unknown[] = [];
  const decode = CODECS[codec].createDecoder({
    onAnswer: (answer) => all.push(answer),
    onPush: ({ message, contentType, sequence, key }) => all.push({ message, contentType, sequence, key }),
    onGap: ({ from, to, reason }) => all.push({ from, to, reason }),
    onNonsense: () => all.push('nonsense'),
  });
  const bytes = Buffer.concat([PREFACES[codec], ...said]);
  for (let at = 0; at < bytes.length; at += size) decode(bytes.subarray(at, at + size));
  return all;
}

function stored(messages: MessageBatch): StoredBatch {
  return { topic: 't', firstSequence: 5, timestamp: 1, messages };
}

describe.each(['json-lines', 'binary'] as const)('%s', (codec) => {
  const encoder = ENCODERS[codec];

  it('each publish has an answer of its own, also where many are answered together', () => {
    const builder = new MessageBatchBuilder();
    for (let i = 0; i < 5; i++) builder.add(Buffer.from('1'), 0, 1);
    const run = { count: 5, batches: [{ topic: 't', messages: builder.build() }], ids: undefined };
    const full = errorFor('TOPIC_FULL');
    const said = encoder.confirms(run, [undefined, undefined, full, full, undefined]);
    const stands = heard(codec, [said]).map((answer) => (answer as { status: string }).status);
    expect(stands).toEqual(['success', 'success', 'error', 'error', 'success']);
  });

  it('payloads come as values, also opaque ones, however the bytes are cut', () => {
    const builder = new MessageBatchBuilder();
    const json = Buffer.from(JSON.stringify(PAYLOAD));
    const opaque = opaqueBytes(PAYLOAD);
    builder.add(json, 0, json.length, { key: 'k' });
    builder.add(opaque, 0, opaque.length, { contentType: OPAQUE });
    const gap = encoder.frame({ type: 'gap', topic: 't', from: 7, to: 9, reason: 'taken' });
    const said = [...encoder.pushes(stored(builder.build()), STYLE), gap];
    const all = heard(codec, said);
    expect(all).toEqual([
      { message: PAYLOAD, contentType: undefined, sequence: 5, key: 'k' },
      { message: PAYLOAD, contentType: OPAQUE, sequence: 6, key: undefined },
      { from: 7, to: 9, reason: 'taken' },
    ]);
    expect(heard(codec, said, 1)).toEqual(all);
  });

  it('opaque bytes that have changed are nonsense', () => {
    const damaged = opaqueBytes(PAYLOAD).subarray(1);
    const said = encoder.pushes(stored(MessageBatch.of(damaged, { contentType: OPAQUE })), STYLE);
    expect(heard(codec, said)).toEqual(['nonsense']);
  });

  it('so is what is no frame', () => {
    expect(heard(codec, [TORN[codec]])).toEqual(['nonsense']);
  });
});
