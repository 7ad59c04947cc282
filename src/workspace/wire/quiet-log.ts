import type { Clock } from '../../core/clock.ts';
import type { WireLog } from './connection.ts';

const WINDOW_MS = 60_000;
const LINES_PER_WINDOW = 20;

/** A log in which one kind of line cannot drown the others: in a minute so many of a level and code, the rest are counted. */
export function quietLog(log: WireLog, clock: Clock): WireLog {
  const windows = new Map<string, { readonly sinceMs: number; lines: number }>();
  return (level, sentence, fields) => {
    // Both come from lists in the code, so these are few.
    const kind = `${level} ${fields.code ?? sentence}`;
    const nowMs = clock.nowMs();
    const window = windows.get(kind);
    if (window !== undefined && nowMs - window.sinceMs < WINDOW_MS) {
      window.lines += 1;
      if (window.lines <= LINES_PER_WINDOW) log(level, sentence, fields);
      return;
    }
    const omitted = (window?.lines ?? 0) - LINES_PER_WINDOW;
    windows.set(kind, { sinceMs: nowMs, lines: 1 });
    log(level, sentence, omitted > 0 ? { ...fields, omitted } : fields);
  };
}
