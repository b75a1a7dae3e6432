import type { ControlFrame, FrameSink, PochtaError, PublishRun, RequestId } from '../src/index';

/** What a decoder said, one entry a frame, payloads as text. */
export type DecoderEvent =
  | {
      readonly publish: string;
      readonly message: string;
      readonly id?: RequestId;
      readonly messageId?: string;
      readonly attributes?: unknown;
    }
  | { readonly frame: ControlFrame }
  | { readonly refused: string; readonly text: string; readonly field?: string; readonly id?: RequestId }
  | { readonly fatal: string };

/** Writes down what a decoder says, so that the same frames give the same events however they were cut. */
export class RecordingSink implements FrameSink {
  readonly events: DecoderEvent[] = [];
  readonly runs: PublishRun[] = [];

  onPublishes(run: PublishRun): void {
    this.runs.push(run);
    const next = run.batches.map(() => 0);
    for (let frame = 0; frame < run.count; frame++) {
      const batch = run.batchOf?.[frame] ?? 0;
      const { topic, messages } = run.batches[batch];
      const index = next[batch]++;
      const event = {
        publish: topic,
        message: Buffer.from(messages.payload(index)).toString('utf8'),
        id: run.ids?.[frame],
        messageId: messages.messageIds?.[index],
        attributes: messages.attributes?.[index],
      };
      this.events.push(JSON.parse(JSON.stringify(event)) as DecoderEvent);
    }
    run.batches.forEach(({ messages }, batch) => {
      if (messages.count !== next[batch]) throw new Error('a run has messages that no frame published');
    });
  }

  onFrame(frame: ControlFrame): void {
    this.events.push({ frame });
  }

  onRefused(error: PochtaError, id?: RequestId, publishes = 1): void {
    const { code, message, field } = error;
    for (let count = 0; count < publishes; count++) {
      this.events.push({
        refused: code,
        text: message,
        ...(field === undefined ? {} : { field }),
        ...(id === undefined ? {} : { id }),
      });
    }
  }

  onFatal(error: PochtaError): void {
    this.events.push({ fatal: error.code });
  }
}
