import { CLIENT_FIELDS, F } from './client-frame-fields';
import { JsonScanner } from './json-scanner';
import { ObjectValues } from './object-values';

/**
 * What the frames of clients are read with. Most connections of many are silent, and one that only says what it listens
 * to needs none between two chunks: one reader is handed around among those. A connection that has more to read with it
 * keeps the one that it has, and another is made for the next.
 */
export class LineReader {
  static #spare: LineReader | undefined;

  readonly scanner = new JsonScanner(CLIENT_FIELDS, F.action);
  readonly values = new ObjectValues(this.scanner);

  private constructor() {}

  /** Nobody else has it until it is given back. */
  static take(): LineReader {
    const reader = LineReader.#spare ?? new LineReader();
    LineReader.#spare = undefined;
    return reader;
  }

  /** Only between frames. Holds no bytes any more. */
  giveBack(): void {
    this.values.release();
    LineReader.#spare = this;
  }
}
