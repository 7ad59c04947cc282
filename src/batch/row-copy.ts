/** Where the scanner's lines go. */
export interface LineSink {
  readonly position: number;
  /** Takes a copy of these bytes. */
  write(bytes: Buffer, from: number, to: number): void;
  rewind(position: number): void;
}

const LINE_END = Buffer.from('\n');

/** Copies the row being scanned into the sink, in long runs; what differs is written between them. */
export class RowCopy {
  readonly #out: LineSink;
  #bytes: Buffer = Buffer.alloc(0);
  /** Start of what is not yet copied; -1 between rows and in a row that is set aside. */
  #from = -1;
  #rowStart = 0;

  constructor(out: LineSink) {
    this.#out = out;
  }

  /** The next bytes; what goes on being copied begins with the first of them. */
  turn(bytes: Buffer): void {
    this.#bytes = bytes;
    if (this.#from !== -1) this.#from = 0;
  }

  beginRow(at: number): void {
    this.#rowStart = this.#out.position;
    this.#from = at;
  }

  upTo(end: number): void {
    if (this.#from === -1) return;
    if (end > this.#from) this.#out.write(this.#bytes, this.#from, end);
    this.#from = end;
  }

  /** Writes these bytes in the place of what stands between `at` and `end`. */
  replace(at: number, end: number, by: Buffer): void {
    this.upTo(at);
    this.#out.write(by, 0, by.length);
    this.#from = end;
  }

  /** Ends the line and answers its length. */
  endRow(end: number): number {
    this.upTo(end);
    this.#from = -1;
    this.#out.write(LINE_END, 0, 1);
    return this.#out.position - this.#rowStart;
  }

  /** Takes the row back. */
  undoRow(): void {
    this.#from = -1;
    this.#out.rewind(this.#rowStart);
  }
}
