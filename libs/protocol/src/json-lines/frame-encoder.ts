import type { FrameEncoder, PublishOutcome, PublishRun, PushStyle } from '../codec';
import {
  assertNever,
  SUCCESS_TEXT,
  type BrokerFrame,
  type ErrorAnswer,
  type Payload,
  type SuccessAnswer,
} from '../frames';
import type { StoredBatch } from '../message-batch';
import { members } from './json-members';
import { encodingMembers, wireBytes } from './opaque-payload';
import { encodePushes } from './push-encoding';

const CONFIRM = `{"status":"success","message":"${SUCCESS_TEXT.publish}"}\n`;
const CONFIRM_OF = `{"status":"success","message":"${SUCCESS_TEXT.publish}","id":`;
/** Most confirms that are a slice of one constant; more are made when needed. */
const CONSTANT_CONFIRMS = 2048;
const CONFIRMS = Buffer.from(CONFIRM.repeat(CONSTANT_CONFIRMS), 'latin1');

/** Encodes what the broker says as JSON lines. */
export class JsonLinesFrameEncoder implements FrameEncoder {
  readonly name = 'json-lines';

  confirms(run: PublishRun, outcomes?: readonly PublishOutcome[]): Uint8Array {
    if (outcomes === undefined && run.ids === undefined) {
      if (run.count <= CONSTANT_CONFIRMS) return CONFIRMS.subarray(0, run.count * CONFIRM.length);
      return Buffer.from(CONFIRM.repeat(run.count), 'latin1');
    }
    let text = '';
    for (let index = 0; index < run.count; index++) {
      const error = outcomes?.[index];
      const id = run.ids?.[index];
      if (error !== undefined)
        text += errorLine({ type: 'error', id, code: error.code, message: error.message });
      else if (id === undefined) text += CONFIRM;
      // A number needs no JSON: none that is an id is written otherwise there.
      else text += `${CONFIRM_OF}${typeof id === 'number' ? id : JSON.stringify(id)}}\n`;
    }
    return Buffer.from(text, 'utf8');
  }

  pushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): readonly Uint8Array[] {
    return [encodePushes(batch, style, deliveryCount)];
  }

  frame(frame: BrokerFrame): Uint8Array {
    switch (frame.type) {
      case 'success':
        return successLine(frame);
      case 'error':
        return Buffer.from(errorLine(frame));
      case 'gap': {
        const { type, topic, from, to, reason, subscription, group, epoch } = frame;
        return line({ type, topic, from, to, reason, subscription, group, epoch });
      }
      case 'request': {
        const { type, topic, correlationId, message, headers } = frame;
        return line({ type, topic, correlationId }, message, { headers });
      }
      case 'cancel':
        return line({ type: frame.type, correlationId: frame.correlationId });
      default:
        return assertNever(frame);
    }
  }
}

function successLine(frame: SuccessAnswer): Buffer {
  const { message, code, id, subscription, epoch, sequence, time, ackDeadline, more, end } = frame;
  const rest = { code, id, subscription, epoch, sequence, time, ackDeadline, more, end };
  if (typeof message === 'string') return line({ status: 'success', message, ...rest });
  return line({ status: 'success' }, message, rest);
}

function errorLine({ message, code, id, sequences }: ErrorAnswer): string {
  return `{"status":"error"${members({ message, code, id, sequences })}}\n`;
}

/** One line: first members, the payload as `message`, and the members behind it. */
function line(first: object, message?: Payload, rest: object = {}): Buffer {
  const head = `{${members(first).slice(1)}`;
  if (message === undefined) return Buffer.from(`${head}}\n`);
  const before = `${head},"message":`;
  const behind = `${encodingMembers(message.contentType)}${members(rest)}}\n`;
  const payload = wireBytes(message);
  const out = Buffer.allocUnsafe(Buffer.byteLength(before) + payload.length + Buffer.byteLength(behind));
  const at = out.write(before);
  out.set(payload, at);
  out.write(behind, at + payload.length);
  return out;
}
