import type { FrameSink, PeerCodec } from './codec';
import type { Answer, GapFrame, Publish, PushFrame, Request } from './frames';
import { opaqueBytes, readOpaque } from './payload';

/** Opaque bytes travel as base64, and say so. */
interface Encoded {
  readonly encoding?: 'base64';
}

type Line = (Answer & Encoded & { readonly type?: undefined }) | (PushFrame & Encoded) | GapFrame;

/** JSON lines, written and read by this tool alone: what they say is not seen through the eyes of the product. */
export const jsonLines: PeerCodec = {
  preface: new Uint8Array(),
  frame: (request) => line(request),
  publishes: (publishes) => Buffer.concat(publishes.map(line)),
  createDecoder: (sink) => {
    let rest: Buffer = EMPTY;
    return (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        const bytes = chunk.subarray(start, end);
        readLine(rest.length === 0 ? bytes : Buffer.concat([rest, bytes]), sink);
        rest = EMPTY;
        start = end + 1;
      }
      if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
    };
  },
};

const EMPTY = Buffer.alloc(0);
const BASE64 = 'base64';
/** Characters of nonsense that are told. */
const TOLD = 200;

function line(request: Request): Buffer {
  return Buffer.from(`${JSON.stringify(fieldsOf(request))}\n`);
}

function fieldsOf(request: Request): object {
  if (request.action === 'publish') return publishFields(request);
  if (request.action !== 'transaction') return request;
  return { ...request, operations: request.operations.map(fieldsOf) };
}

function publishFields(publish: Publish): object {
  if (publish.contentType === undefined) return publish;
  return { ...publish, message: opaqueBytes(publish.message).toString(BASE64), encoding: BASE64 };
}

function readLine(bytes: Buffer, sink: FrameSink): void {
  let frame: Line;
  try {
    frame = JSON.parse(bytes.toString('utf8')) as Line;
    if (frame.type !== 'gap' && frame.encoding === BASE64)
      frame = { ...frame, message: readOpaque(Buffer.from(frame.message as string, BASE64)) };
  } catch {
    return sink.onNonsense(`not JSON: ${bytes.toString('utf8').slice(0, TOLD)}`);
  }
  if (frame.type === 'push') sink.onPush(frame);
  else if (frame.type === 'gap') sink.onGap(frame);
  else sink.onAnswer(frame);
}
