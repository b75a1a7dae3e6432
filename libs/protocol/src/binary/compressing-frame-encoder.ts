import type { FrameEncoder, PublishOutcome, PublishRun, PushStyle } from '../codec';
import type { BrokerFrame } from '../frames';
import type { StoredBatch } from '../message-batch';
import { compressFrames } from './compressed-frames';
import type { Compression } from './compression';

/**
 * Binary frames for peers that have agreed on a compression. What is encoded once is compressed once, however many of
 * them it goes to. Confirms are short, and go as they are.
 */
export class CompressingFrameEncoder implements FrameEncoder {
  readonly name: string;

  constructor(
    private readonly frames: FrameEncoder,
    private readonly compression: Compression,
  ) {
    this.name = `${frames.name}+${compression.name}`;
  }

  confirms(run: PublishRun, outcomes?: readonly PublishOutcome[]): Uint8Array {
    return this.frames.confirms(run, outcomes);
  }

  pushes(batch: StoredBatch, style: PushStyle, deliveryCount?: number): readonly Uint8Array[] {
    const pieces = this.frames.pushes(batch, style, deliveryCount);
    const whole = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    const compressed = compressFrames(whole, this.compression);
    return compressed === whole ? pieces : [compressed];
  }

  frame(frame: BrokerFrame): Uint8Array {
    return compressFrames(this.frames.frame(frame), this.compression);
  }
}
