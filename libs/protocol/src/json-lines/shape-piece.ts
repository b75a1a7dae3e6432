/** What a scanner knows behind a piece, and behind its value if it has one. */
export interface ShapeState {
  readonly depth: number;
  readonly deepest: number;
  /** Bit `d` is set when level `d` is an object, and not an array. */
  readonly levels: number;
  /** The field whose value is under way at depth 1, or was last; -1 when it is none that is known. */
  readonly field: number;
  readonly present: number;
  readonly presentBeyond: number;
}

/** Where values of the object's own fields begin and end within a piece. Fields are -1 where there is none. */
export interface PieceMarks {
  /** An object or array that begins. */
  opens: number;
  opensAt: number;
  /** One that ends. */
  closes: number;
  closesAt: number;
  /** One that is in the piece as a whole. */
  whole: number;
  wholeFrom: number;
  wholeTo: number;
}

/** The bytes between two values, or before the first one, or behind the last. */
export class ShapePiece {
  /** The ways on behind the value, the one taken last first. */
  ways: ShapePiece | undefined;
  /** Another way on behind the piece before. */
  sibling: ShapePiece | undefined;

  constructor(
    readonly length: number,
    /** Whether the object ends with the piece; a value follows otherwise. */
    readonly isLast: boolean,
    /** The field whose value follows, when it is one of the object's own; -1 otherwise. */
    readonly valueField: number,
    readonly marks: PieceMarks | undefined,
    readonly behind: ShapeState,
    /** The first of its words. */
    readonly word: number,
  ) {}

  /** Notes where fields begin and end in the piece, which is at `at`. */
  note(at: number, starts: Int32Array, ends: Int32Array): void {
    const marks = this.marks!;
    if (marks.closes >= 0) ends[marks.closes] = at + marks.closesAt;
    if (marks.opens >= 0) starts[marks.opens] = at + marks.opensAt;
    if (marks.whole >= 0) {
      starts[marks.whole] = at + marks.wholeFrom;
      ends[marks.whole] = at + marks.wholeTo;
    }
  }

  /** The way is tried first from now on. */
  prefer(way: ShapePiece): void {
    let before = this.ways!;
    while (before.sibling !== way) before = before.sibling!;
    before.sibling = way.sibling;
    way.sibling = this.ways;
    this.ways = way;
  }

  /** Adds a way, the first from now on. Forgets the last when there are more than `most`. */
  add(way: ShapePiece, most: number): void {
    let last: ShapePiece | undefined = this.ways;
    for (let count = 2; count < most && last !== undefined; count++) last = last.sibling;
    if (last !== undefined) last.sibling = undefined;
    way.sibling = this.ways;
    this.ways = way;
  }
}
