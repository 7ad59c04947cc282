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

/** Where the scanner's lines go. */
export interface LineSink {
  readonly position: number;
  /** Takes a copy of these bytes. */
  write(bytes: Buffer, from: number, to: number): void;
  rewind(position: number): void;
}

/** A row that was set aside: its bytes in the page, and its id or `#<position>`. */
export interface AsideRow {
  readonly start: number;
  readonly end: number;
  readonly id: string;
}

const REPLACEMENT = Buffer.from('\ufffd');
const LINE_END = Buffer.from('\n');
const QUOTE_BYTES = Buffer.from('"');
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const GUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** Longer keys and numbers, and deeper values, are no data of ours: the row is set aside. */
const TOKEN_BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 512;

const KNOWN_KEYS_MAX = 10_000;

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

  readonly #idProperty: string;
  readonly #rowBytesMax: number;
  readonly #out: LineSink;

  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Bytes of the page before `#bytes`. */
  #base = 0;
  /** Start of what is not yet copied, in `#bytes`; -1 when nothing is being copied. */
  #copyFrom = -1;
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
  #rowOutStart = 0;
  #rowRepairedBefore = 0;
  readonly #keys = new Set<string>();
  #key = '';
  /** Keys of earlier rows, by their bytes. */
  readonly #knownKeys = new Map<string, string>();
  #id: string | null = null;
  #deletedId: string | null = null;

  constructor({
    idProperty,
    rowBytesMax,
    out,
  }: { readonly idProperty: string; readonly rowBytesMax: number; readonly out: LineSink }) {
    this.#idProperty = idProperty;
    this.#rowBytesMax = rowBytesMax;
    this.#out = out;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), chunk]) : chunk;
    this.#base += this.#at;
    this.#at = 0;
    this.#run();
  }

  /** No more bytes come. False when the array was not closed, or something else followed it. */
  end(): boolean {
    this.#final = true;
    this.#run();
    return this.#between === 'done' && !this.#bad && this.#at >= this.#bytes.length;
  }

  #run(): void {
    if (this.#inRow && !this.#broken) this.#copyFrom = this.#at;
    while (this.#at < this.#bytes.length && !this.#bad) {
      const at = this.#at;
      const inRow = this.#inRow;
      const broken = this.#broken;
      this.#step();
      // Nothing moved: a token goes on in the next chunk.
      if (this.#at === at && this.#inRow === inRow && this.#broken === broken) break;
    }
    this.#copyUpTo(this.#at);
    if (this.#inRow && !this.#broken && this.#rowBytes() > this.#rowBytesMax) this.#breakRow();
  }

  #step(): void {
    if (!this.#inRow) this.#stepBetween();
    else if (this.#broken) this.#stepBroken();
    else if (this.#inString) this.#stepString();
    else this.#stepToken();
  }

  #rowBytes(): number {
    return this.#base + this.#at - this.#rowStart;
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
    this.#rowOutStart = this.#out.position;
    this.#rowRepairedBefore = this.repaired;
    this.#keys.clear();
    this.#id = null;
    this.#deletedId = null;
    this.#open = [];
    this.#inString = false;
    this.#copyFrom = this.#at;
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
      this.aside.push({ start: this.#rowStart, end, id: this.#id ?? this.#deletedId ?? `#${position}` });
      return;
    }
    this.#copyUpTo(this.#at);
    this.#copyFrom = -1;
    this.#out.write(LINE_END, 0, 1);
    this.rows += 1;
    this.longestRowBytes = Math.max(this.longestRowBytes, this.#out.position - this.#rowOutStart);
  }

  // A row that will be set aside: only its end is looked for.

  #breakRow(): void {
    this.#broken = true;
    this.#copyFrom = -1;
    this.repaired = this.#rowRepairedBefore;
    this.#out.rewind(this.#rowOutStart);
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
      this.#drop(1);
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
    this.#copyUpTo(this.#at);
    this.#out.write(QUOTE_BYTES, 0, 1);
    this.#copyFrom = this.#at;
    this.#copyUpTo(end);
    this.#out.write(QUOTE_BYTES, 0, 1);
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
      if (end === -1 || !this.#takeKey(end)) {
        this.#breakRow();
        return;
      }
    }
    if (!isKey && atTop && (this.#key === this.#idProperty || this.#key === 'id')) {
      const end = this.#stringEnd();
      if (end === null) return;
      if (end !== -1) this.#takeId(this.#bytes.toString('latin1', this.#at + 1, end - 1));
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

  /** DuckDB refuses a page in which an object names a property twice. */
  #takeKey(end: number): boolean {
    const raw = this.#bytes.toString('latin1', this.#at, end);
    const known = this.#knownKeys.get(raw);
    const key = known ?? parseKey(this.#bytes.toString('utf8', this.#at, end));
    if (key === null || this.#keys.has(key)) return false;
    if (known === undefined && this.#knownKeys.size < KNOWN_KEYS_MAX) this.#knownKeys.set(raw, key);
    this.#key = key;
    this.#keys.add(key);
    return true;
  }

  #takeId(text: string): void {
    if (!GUID.test(text)) return;
    if (this.#key === this.#idProperty) this.#id = text.toLowerCase();
    else this.#deletedId = text.toLowerCase();
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
    this.#copyUpTo(this.#at);
    this.#out.write(Buffer.from(`\\u${byte.toString(16).padStart(4, '0')}`), 0, 6);
    this.#at += 1;
    this.#copyFrom = this.#at;
  }

  #repair(length: number): void {
    this.#copyUpTo(this.#at);
    this.#out.write(REPLACEMENT, 0, REPLACEMENT.length);
    this.#at += length;
    this.#copyFrom = this.#at;
    this.#stringRepaired = true;
  }

  // Copying.

  #copyUpTo(end: number): void {
    if (this.#copyFrom === -1) return;
    if (end > this.#copyFrom) this.#out.write(this.#bytes, this.#copyFrom, end);
    this.#copyFrom = end;
  }

  /** Leaves bytes out: white space between tokens, so that a row stays one line. */
  #drop(length: number): void {
    this.#copyUpTo(this.#at);
    this.#at += length;
    this.#copyFrom = this.#at;
  }
}

function parseKey(text: string): string | null {
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}
