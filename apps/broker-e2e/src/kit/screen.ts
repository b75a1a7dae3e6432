const ESCAPE = '\x1b';
/** An escape sequence, or one character. */
const STEP = new RegExp(`${ESCAPE}\\[\\??(\\d*)([A-Za-z])|[^]`, 'gu');
/** The beginning of an escape sequence at the end of a text. */
const CUT = new RegExp(`${ESCAPE}(\\[\\??\\d*)?$`);

/** What a terminal shows after all that was written to it: as much of one as the chat and readline make use of. */
export class Screen {
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The beginning of an escape sequence whose rest has not come yet. */
  #cut = '';

  constructor(private readonly columns: number) {}

  /** The rows, without the spaces at their ends. */
  get rows(): string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  /** The row the cursor is in. */
  get line(): string {
    return this.rows[this.#row];
  }

  write(text: string): void {
    const whole = this.#cut + text;
    this.#cut = CUT.exec(whole)?.[0] ?? '';
    this.#show(whole.slice(0, whole.length - this.#cut.length));
  }

  #show(text: string): void {
    for (const [whole, count, command] of text.matchAll(STEP)) {
      if (command !== undefined) this.#command(command, count === '' ? undefined : Number(count));
      else this.#character(whole);
    }
  }

  #character(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#moveTo(this.#row + 1);
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1);
    else {
      if (this.#column === this.columns) {
        this.#moveTo(this.#row + 1);
        this.#column = 0;
      }
      this.#rows[this.#row][this.#column] = character;
      this.#column += 1;
    }
  }

  #command(command: string, count: number | undefined): void {
    switch (command) {
      case 'A':
        return this.#moveTo(Math.max(0, this.#row - (count ?? 1)));
      case 'B':
        return this.#moveTo(this.#row + (count ?? 1));
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + (count ?? 1));
        return;
      case 'D':
        this.#column = Math.max(0, this.#column - (count ?? 1));
        return;
      case 'G':
        this.#column = (count ?? 1) - 1;
        return;
      case 'J':
        this.#rows.length = this.#row + 1;
        return void (this.#rows[this.#row].length = Math.min(this.#column, this.#rows[this.#row].length));
      case 'K':
        return void (this.#rows[this.#row].length = Math.min(this.#column, this.#rows[this.#row].length));
      case 'm':
      case 'h':
      case 'l':
        return;
      default:
        throw new Error(`The screen does not know the command ${command}`);
    }
  }

  #moveTo(row: number): void {
    while (this.#rows.length <= row) this.#rows.push([]);
    this.#row = row;
  }
}
