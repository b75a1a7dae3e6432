import type { PochtaError } from '../errors/pochta-error';
import { invalidField } from '../json-lines/field-checks';
import { ByteReader } from './byte-reader';
import { ControlFrameReader } from './control-frame-reader';
import { JsonCheck } from './json-check';
import { PublishReader } from './publish-reader';

const BY_DEPTH = new Map<number, SharedReaders>();

/**
 * What all decoders read frames with. Each frame is read in one go, and nothing of it is kept for the next, so one set is
 * enough for thousands of connections, most of which are silent.
 */
export class SharedReaders {
  readonly fields = new ByteReader();
  readonly json: JsonCheck;
  /** For a payload that is nested deeper than a frame may be. */
  readonly tooDeep: PochtaError;
  readonly control: ControlFrameReader;

  private constructor(maxDepth: number) {
    // In JSON lines the frame itself is the first level.
    this.json = new JsonCheck(maxDepth - 1);
    this.tooDeep = invalidField('message', `must not be nested deeper than ${maxDepth - 1} levels`);
    this.control = new ControlFrameReader(this.newPublishReader(), this.json, this.tooDeep);
  }

  static of(maxDepth: number): SharedReaders {
    let readers = BY_DEPTH.get(maxDepth);
    if (readers === undefined) BY_DEPTH.set(maxDepth, (readers = new SharedReaders(maxDepth)));
    return readers;
  }

  /** For one connection, whose topics it remembers. */
  newPublishReader(): PublishReader {
    return new PublishReader(this.json, this.tooDeep);
  }

  /** Holds no bytes any more: a connection may be silent for long. */
  release(): void {
    this.fields.release();
    this.json.release();
  }
}
