import type { LakeReader } from './lake-reader.ts';

/** What the bytes of a CSV file say of it, before an engine reads it. */
export interface FileForm {
  readonly path: string;
  /** How its first line ends: the engine has to be told, since it guesses wrong where quoted texts hold the other one. */
  readonly lineEnd: 'lf' | 'crlf';
  /** A quoted text is left open at its end: it was cut off. */
  readonly openQuote: boolean;
  /** Its last line has an end. */
  readonly endsInLine: boolean;
  readonly isEmpty: boolean;
}

const [QUOTE, CR, LF] = [0x22, 0x0d, 0x0a];

/** Reads a file's bytes once. An engine takes a file that was cut off inside quotes for one with an empty last cell. */
export async function readForm(lake: LakeReader, path: string, signal: AbortSignal): Promise<FileForm> {
  let inQuotes = false;
  let last = 0;
  let sizeBytes = 0;
  let lineEnd: FileForm['lineEnd'] | null = null;
  for await (const bytes of lake.open(path)) {
    signal.throwIfAborted();
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) inQuotes = !inQuotes;
      else if (byte === LF && lineEnd === null && !inQuotes) {
        lineEnd = (at === 0 ? last : bytes[at - 1]) === CR ? 'crlf' : 'lf';
      }
    }
    last = bytes.at(-1) ?? last;
    sizeBytes += bytes.length;
  }
  return { path, lineEnd: lineEnd ?? 'lf', openQuote: inQuotes, endsInLine: last === LF, isEmpty: sizeBytes === 0 };
}

/**
 * What is wrong with a table's files. A last line without an end is how some programs write, and also how a file looks
 * that was cut off: it is the former only when no file of the lake has one.
 */
export function formProblems(
  forms: readonly FileForm[],
  { noneEndsInLine }: { readonly noneEndsInLine: boolean },
): string[] {
  return forms.flatMap(form => {
    if (form.isEmpty) return [];
    if (form.openQuote) return [`${form.path} is cut off: a quoted text is left open`];
    if (form.endsInLine || noneEndsInLine) return [];
    return [`${form.path} may be cut off: its last line has no end; copy it again`];
  });
}
