import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Lines that are kept; the file is cut back to this at the next start. */
export const HISTORY_MAX = 1_000;
/** A longer line is a paste. */
const LINE_MAX = 4_000;

/** Lines that were typed, kept in a file that only its owner reads. A history that cannot be kept keeps nobody from working. */
export interface History {
  /** Newest first. */
  readonly lines: readonly string[];
  add(line: string): void;
}

export function openHistory(path: string): History {
  const kept = readLines(path);
  if (kept.length > HISTORY_MAX) rewrite(path, kept.slice(-HISTORY_MAX));
  return {
    lines: kept.slice(-HISTORY_MAX).reverse(),
    add: line => {
      if (line.length > LINE_MAX || /[\r\n]/.test(line)) return;
      try {
        appendFileSync(path, `${line}\n`, { mode: 0o600 });
      } catch {
        // See above.
      }
    },
  };
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '');
  } catch {
    return [];
  }
}

function rewrite(path: string, lines: readonly string[]): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${lines.join('\n')}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  } catch {
    // The longer one stays.
  }
}
