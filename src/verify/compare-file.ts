import type { LakeReader } from './lake-reader.ts';

/** What the bytes of a CSV file say of it, before an engine reads it. */
export interface FileForm {
  readonly path: string;
  /** How its first line ends: the engine has to be told, since it guesses wrong where quoted texts hold the other one. */
  readonly lineEnd: 'lf' | 'crlf';
  /** A quoted text holds a line end. */
  readonly hasQuotedLineEnds: boolean;
  /** A quoted text is left open at its end: it was cut off. */
  readonly openQuote: boolean;
  /** Fields of its last line where that has no end, and of the line before; null where there is none. */
  readonly unended: { readonly fields: number; readonly before: number | null } | null;
  readonly isEmpty: boolean;
}

const [QUOTE, COMMA, CR, LF] = [0x22, 0x2c, 0x0d, 0x0a];

/** Follows the bytes of a CSV file. */
class FormReader {
  #inQuotes = false;
  #last = 0;
  #sizeBytes = 0;
  #commas = 0;
  #before: number | null = null;
  #lineEnd: FileForm['lineEnd'] | null = null;
  #hasQuotedLineEnds = false;

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) this.#inQuotes = !this.#inQuotes;
      else if (this.#inQuotes) {
        if (byte === LF || byte === CR) this.#hasQuotedLineEnds = true;
      } else if (byte === COMMA) this.#commas += 1;
      else if (byte === LF) this.#endLine(at === 0 ? this.#last : (bytes[at - 1] ?? 0));
    }
    this.#last = bytes.at(-1) ?? this.#last;
    this.#sizeBytes += bytes.length;
  }

  form(path: string): FileForm {
    const ended = this.#sizeBytes === 0 || this.#last === LF;
    return {
      path,
      lineEnd: this.#lineEnd ?? 'lf',
      hasQuotedLineEnds: this.#hasQuotedLineEnds,
      openQuote: this.#inQuotes,
      unended: ended ? null : { fields: this.#commas + 1, before: this.#before },
      isEmpty: this.#sizeBytes === 0,
    };
  }

  #endLine(byteBefore: number): void {
    this.#lineEnd ??= byteBefore === CR ? 'crlf' : 'lf';
    // An empty line is none.
    if (this.#commas > 0) this.#before = this.#commas + 1;
    this.#commas = 0;
  }
}

/** Reads a file's bytes once. An engine takes a file that was cut off inside quotes for one with an empty last cell. */
export async function readForm(lake: LakeReader, path: string, signal: AbortSignal): Promise<FileForm> {
  const reader = new FormReader();
  for await (const bytes of lake.open(path)) {
    signal.throwIfAborted();
    reader.push(bytes);
  }
  return reader.form(path);
}

/**
 * Whether a file was cut off, in words; null when nothing says so. The last line of a whole file may lack its end, but
 * lines of a file never get shorter, and a cut one does.
 */
export function formProblem({ path, openQuote, unended }: FileForm, columns: number): string | null {
  if (openQuote) return `${path} is cut off: a quoted text is left open; copy it again`;
  if (unended === null || unended.fields >= (unended.before ?? columns)) return null;
  return `${path} is cut off in its last line; copy it again`;
}
