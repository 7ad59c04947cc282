/** A field as it stood: its text, and whether it was quoted (an unquoted empty field is null). */
export interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/** What is wrong with a file, and at which row (from 1). */
export class CsvProblem extends Error {
  constructor({ row, problem }: { readonly row: number; readonly problem: string }) {
    super(`row ${row}: ${problem}`);
    this.name = 'CsvProblem';
  }
}

/** Where the reader stands: before a field, in a bare one, inside quotes, or after a quote that may be the closing one. */
type Place = 'start' | 'bare' | 'quoted' | 'after-quote';

/**
 * Reads our CSV dialect and nothing wider: comma, `"` doubled, rows end in `\n` (also the last), UTF-8 without BOM,
 * quotes only around whole fields, no NUL. Anything else is a `CsvProblem`.
 */
export class CsvReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #place: Place = 'start';
  #text = '';
  #fields: Field[] = [];
  #row = 1;

  /** The rows that are complete with these bytes. */
  push(bytes: Uint8Array): Field[][] {
    const rows: Field[][] = [];
    this.#read(this.#decode(bytes), rows);
    return rows;
  }

  /** Checks that the file ended with a row. */
  end(): void {
    if (this.#decode(new Uint8Array(), true) !== '') throw this.#problem('not UTF-8');
    if (this.#place !== 'start' || this.#fields.length > 0) throw this.#problem('the file ends inside a row');
  }

  #decode(bytes: Uint8Array, last = false): string {
    try {
      return this.#decoder.decode(bytes, { stream: !last });
    } catch {
      throw this.#problem('not UTF-8');
    }
  }

  #read(text: string, rows: Field[][]): void {
    if (text.includes('\u0000')) throw this.#problem('a NUL');
    if (this.#row === 1 && text.startsWith('\uFEFF') && this.#fields.length === 0)
      throw this.#problem('a byte order mark');
    for (let at = 0; at < text.length; ) {
      at = this.#place === 'quoted' ? this.#inQuotes(text, at) : this.#outside(text, at, rows);
    }
  }

  /** Takes everything up to the next quote. */
  #inQuotes(text: string, from: number): number {
    const quote = text.indexOf('"', from);
    this.#text += text.slice(from, quote === -1 ? text.length : quote);
    if (quote === -1) return text.length;
    this.#place = 'after-quote';
    return quote + 1;
  }

  #outside(text: string, at: number, rows: Field[][]): number {
    const character = text.charAt(at);
    switch (character) {
      case '"':
        if (this.#place === 'bare') throw this.#problem('a quote inside a bare field');
        if (this.#place === 'after-quote') this.#text += '"';
        this.#place = 'quoted';
        return at + 1;
      case ',':
        this.#endField();
        return at + 1;
      case '\n':
        this.#endField();
        rows.push(this.#fields);
        this.#fields = [];
        this.#row += 1;
        return at + 1;
      case '\r':
        throw this.#problem('a carriage return outside quotes');
      default:
        if (this.#place === 'after-quote') throw this.#problem('text after a closing quote');
        return this.#inBare(text, at);
    }
  }

  /** Takes a bare field's text up to the next character that means something. */
  #inBare(text: string, from: number): number {
    let end = from + 1;
    while (end < text.length && !',\n\r"'.includes(text.charAt(end))) end += 1;
    this.#text += text.slice(from, end);
    this.#place = 'bare';
    return end;
  }

  #endField(): void {
    this.#fields.push({ text: this.#text, quoted: this.#place === 'after-quote' });
    this.#text = '';
    this.#place = 'start';
  }

  #problem(problem: string): CsvProblem {
    return new CsvProblem({ row: this.#row, problem });
  }
}
