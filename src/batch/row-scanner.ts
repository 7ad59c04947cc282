import {
  BACKSLASH,
  CHARACTER_BYTES_MAX,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  characterLength,
  closes,
  isLiteral,
  isSpace,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-bytes.ts';
import { type LineSink, RowCopy } from './row-copy.ts';
import { RowKeys } from './row-keys.ts';

/** A row that was set aside: its bytes in the page, and its id or `#<position>`. */
export interface AsideRow {
  readonly start: number;
  readonly end: number;
  readonly id: string;
}

const REPLACEMENT = Buffer.from('\ufffd');
const NOTHING = Buffer.alloc(0);
const QUOTE_BYTES = Buffer.from('"');
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** Longer keys and numbers, and deeper values, are no data of ours: the row is set aside. */
const TOKEN_BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 512;

/** What may come next inside a row. */
type Expect = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

/** Between rows: before `[`, before a row or `]`, behind a row, behind `]`. */
type Between = 'start' | 'first' | 'row' | 'behind-row' | 'done';

/**
 * Reads a JSON array byte by byte and writes each object of it as a line. Memory follows the chunk, not the row: a row
 * that turns out broken is taken back from the sink. It never throws for what it reads.
 */
export class RowScanner {
  readonly aside: AsideRow[] = [];
  rows = 0;
  repaired = 0;
  longestRowBytes = 0;

  readonly #keys: RowKeys;
  readonly #rowBytesMax: number;
  readonly #copy: RowCopy;

  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes of the page before `#bytes`. */
  #base = 0;
  #final = false;
  #bad = false;

  #between: Between = 'start';
  #inRow = false;
  #broken = false;
  #open: number[] = [];
  #expect: Expect = 'value';
  #inString = false;
  #stringIsKey = false;
  #stringRepaired = false;

  #rowStart = 0;
  #rowPosition = 0;
  #rowRepairedBefore = 0;

  constructor({
    idProperty,
    rowBytesMax,
    out,
  }: { readonly idProperty: string; readonly rowBytesMax: number; readonly out: LineSink }) {
    this.#keys = new RowKeys(idProperty);
    this.#rowBytesMax = rowBytesMax;
    this.#copy = new RowCopy(out);
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), chunk]) : chunk;
    this.#base += this.#at;
    this.#at = 0;
    this.#copy.turn(this.#bytes);
    this.#run();
  }

  /** No more bytes come. False when the array was not closed, or something else followed it. */
  end(): boolean {
    this.#final = true;
    this.#run();
    return this.#between === 'done' && !this.#bad && this.#at >= this.#bytes.length;
  }

  #run(): void {
    while (this.#at < this.#bytes.length && !this.#bad) {
      const at = this.#at;
      const inRow = this.#inRow;
      const broken = this.#broken;
      this.#step();
      // Nothing moved: a token goes on in the next chunk.
      if (this.#at === at && this.#inRow === inRow && this.#broken === broken) break;
    }
    this.#copy.upTo(this.#at);
    if (this.#inRow && !this.#broken && this.#base + this.#at - this.#rowStart > this.#rowBytesMax) this.#breakRow();
  }

  #step(): void {
    if (!this.#inRow) this.#stepBetween();
    else if (this.#broken) this.#stepBroken();
    else if (this.#inString) this.#stepString();
    else this.#stepToken();
  }

  // Between rows.

  #stepBetween(): void {
    const byte = this.#bytes[this.#at];
    if (isSpace(byte)) {
      this.#at += 1;
      return;
    }
    switch (this.#between) {
      case 'start':
        this.#bad = byte !== OPEN_ARRAY;
        this.#between = 'first';
        this.#at += 1;
        return;
      case 'first':
      case 'row':
        if (byte === CLOSE_ARRAY && this.#between === 'first') {
          this.#between = 'done';
          this.#at += 1;
        } else if (byte === COMMA || byte === CLOSE_ARRAY) this.#bad = true;
        else this.#beginRow(byte);
        return;
      case 'behind-row':
        this.#bad = byte !== COMMA && byte !== CLOSE_ARRAY;
        this.#between = byte === COMMA ? 'row' : 'done';
        this.#at += 1;
        return;
      case 'done':
        this.#bad = true;
    }
  }

  #beginRow(byte: number | undefined): void {
    this.#inRow = true;
    this.#broken = false;
    this.#rowStart = this.#base + this.#at;
    this.#rowRepairedBefore = this.repaired;
    this.#keys.beginRow();
    this.#open = [];
    this.#inString = false;
    this.#copy.beginRow(this.#at);
    if (byte === OPEN_OBJECT) {
      this.#open.push(OPEN_OBJECT);
      this.#expect = 'key-or-end';
      this.#at += 1;
    } else this.#breakRow();
  }

  #endRow(): void {
    this.#inRow = false;
    this.#between = 'behind-row';
    const position = this.#rowPosition;
    this.#rowPosition += 1;
    const end = this.#base + this.#at;
    if (this.#broken) {
      this.aside.push({ start: this.#rowStart, end, id: this.#keys.id ?? `#${position}` });
      return;
    }
    this.rows += 1;
    this.longestRowBytes = Math.max(this.longestRowBytes, this.#copy.endRow(this.#at));
  }

  // A row that will be set aside: only its end is looked for.

  #breakRow(): void {
    this.#broken = true;
    this.repaired = this.#rowRepairedBefore;
    this.#copy.undoRow();
  }

  #stepBroken(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length) {
      const byte = bytes[this.#at];
      if (this.#inString) {
        if (byte === BACKSLASH) {
          if (this.#at + 1 >= bytes.length) {
            if (this.#final) this.#at = bytes.length;
            return;
          }
          this.#at += 1;
        } else if (byte === QUOTE) this.#inString = false;
        this.#at += 1;
        continue;
      }
      if (this.#open.length === 0 && (byte === COMMA || byte === CLOSE_ARRAY)) {
        this.#endRow();
        return;
      }
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open.push(byte);
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#bad ||= !closes(this.#open.pop(), byte);
      // Brackets that do not match: no row's end can be trusted.
      if (this.#bad) return;
      this.#at += 1;
    }
  }

  // Tokens.

  #stepToken(): void {
    const byte = this.#bytes[this.#at];
    if (isSpace(byte)) {
      this.#replace(1, NOTHING); // a row stays one line
      return;
    }
    switch (byte) {
      case QUOTE:
        this.#beginString();
        return;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#openValue(byte);
        return;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#closeValue(byte);
        return;
      case COLON:
        this.#take('colon', 'value');
        return;
      case COMMA:
        this.#take('comma-or-end', this.#open.at(-1) === OPEN_OBJECT ? 'key' : 'value');
        return;
      default:
        this.#literal();
        return;
    }
  }

  /** A separator where it is expected, else the row is broken. */
  #take(expected: Expect, next: Expect): void {
    if (this.#expect === expected) {
      this.#expect = next;
      this.#at += 1;
    } else this.#breakRow();
  }

  #openValue(byte: number): void {
    if (!this.#expectsValue() || this.#open.length >= DEPTH_MAX) {
      this.#breakRow();
      return;
    }
    this.#open.push(byte);
    this.#expect = byte === OPEN_OBJECT ? 'key-or-end' : 'value-or-end';
    this.#at += 1;
  }

  #closeValue(byte: number): void {
    const empty: Expect = byte === CLOSE_OBJECT ? 'key-or-end' : 'value-or-end';
    if (!closes(this.#open.at(-1), byte) || (this.#expect !== 'comma-or-end' && this.#expect !== empty)) {
      this.#breakRow();
      return;
    }
    this.#open.pop();
    this.#expect = 'comma-or-end';
    this.#at += 1;
    if (this.#open.length === 0) this.#endRow();
  }

  #expectsValue(): boolean {
    return this.#expect === 'value' || this.#expect === 'value-or-end';
  }

  #literal(): void {
    let end = this.#at;
    while (end < this.#bytes.length && isLiteral(this.#bytes[end])) end += 1;
    if (end - this.#at > TOKEN_BYTES_MAX || end === this.#at || !this.#expectsValue()) {
      this.#breakRow();
      return;
    }
    if (end === this.#bytes.length && !this.#final) return;
    const text = this.#bytes.toString('latin1', this.#at, end);
    const isWord = text === 'true' || text === 'false' || text === 'null';
    if (!isWord && !NUMBER.test(text)) {
      this.#breakRow();
      return;
    }
    this.#expect = 'comma-or-end';
    if (isWord) this.#at = end;
    else if (this.#open.length === 1) this.#quoteNumber(end);
    else if (Number.isFinite(Number(text))) this.#at = end;
    else this.#breakRow();
  }

  /** As a text a number keeps its digits; DuckDB would take them through a double. */
  #quoteNumber(end: number): void {
    this.#copy.replace(this.#at, this.#at, QUOTE_BYTES);
    this.#copy.replace(end, end, QUOTE_BYTES);
    this.#at = end;
  }

  // Strings.

  #beginString(): void {
    const isKey = this.#expect === 'key' || this.#expect === 'key-or-end';
    if (!isKey && !this.#expectsValue()) {
      this.#breakRow();
      return;
    }
    const atTop = this.#open.length === 1;
    if (isKey && atTop) {
      const end = this.#stringEnd();
      if (end === null) return;
      if (end === -1 || !this.#keys.take(this.#bytes, this.#at, end)) {
        this.#breakRow();
        return;
      }
    }
    if (!isKey && atTop && this.#keys.idComes) {
      const end = this.#stringEnd();
      if (end === null) return;
      if (end !== -1) this.#keys.takeId(this.#bytes.toString('latin1', this.#at + 1, end - 1));
    }
    this.#inString = true;
    this.#stringIsKey = isKey;
    this.#stringRepaired = false;
    this.#at += 1;
  }

  /** Behind the closing quote of the string that begins here; null when it is not here yet, -1 when it is too long. */
  #stringEnd(): number | null {
    let at = this.#at + 1;
    while (at < this.#bytes.length) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
      if (at - this.#at > TOKEN_BYTES_MAX) return -1;
    }
    return this.#final ? -1 : null;
  }

  #stepString(): void {
    const bytes = this.#bytes;
    let at = this.#at;
    let byte = bytes[at] ?? QUOTE;
    while (byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH) {
      at += 1;
      if (at >= bytes.length) break;
      byte = bytes[at] ?? QUOTE;
    }
    this.#at = at;
    if (at >= bytes.length) return;
    if (byte === QUOTE) this.#endString();
    else if (this.#final || at + CHARACTER_BYTES_MAX <= bytes.length) this.#character(byte);
    // Else the character may go on in the next chunk.
  }

  #character(byte: number): void {
    if (byte > 0 && byte < 0x20) {
      this.#control(byte);
      return;
    }
    const length = characterLength(this.#bytes, this.#at);
    if (length > 0) this.#at += length;
    else if (length < 0) this.#repair(-length);
    else this.#breakRow();
  }

  #endString(): void {
    this.#inString = false;
    this.#expect = this.#stringIsKey ? 'colon' : 'comma-or-end';
    if (this.#stringRepaired) this.repaired += 1;
    this.#at += 1;
  }

  /** A bare control character is no JSON but its meaning is plain: it is written as an escape. */
  #control(byte: number): void {
    this.#replace(1, Buffer.from(`\\u${byte.toString(16).padStart(4, '0')}`));
  }

  #repair(length: number): void {
    this.#replace(length, REPLACEMENT);
    this.#stringRepaired = true;
  }

  #replace(length: number, by: Buffer): void {
    this.#copy.replace(this.#at, this.#at + length, by);
    this.#at += length;
  }
}
