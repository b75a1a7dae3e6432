import type { Answer, GapFrame, Publish, PushFrame, Request } from './frames';

/** Hears what a connection's decoder finds, in the order of the bytes. */
export interface FrameSink {
  /** Of confirms that came as a count, one call each. */
  onAnswer(answer: Answer): void;
  onPush(push: PushFrame): void;
  onGap(gap: GapFrame): void;
  /** Something that cannot be. */
  onNonsense(text: string): void;
}

/** What a peer speaks. */
export interface PeerCodec {
  /** The first bytes on each connection. */
  readonly preface: Uint8Array;
  frame(request: Request): Uint8Array;
  /** Publishes to one topic that travel together, in as few frames as the codec has for them; at least one. */
  publishes(publishes: readonly Publish[]): Uint8Array;
  /** A connection's decoder: to be called with every chunk. */
  createDecoder(sink: FrameSink): (chunk: Buffer) => void;
}
