import type { Log } from './log.ts';

/** How often the memory of the process is looked at, milliseconds. */
const LOOK_MS = 200;
/** What the process needs beside what its queries may use: code, clients, results on their way, and some slack. */
const BESIDE_MB = 1_536;

/**
 * Ends this process when it takes far more memory than its queries may use. The engine counts what it sorts and joins,
 * not the texts that one expression makes (`repeat('x', 100000000)`), and cannot be interrupted while it makes them. The
 * service starts the process again within seconds; without this the system would end one of its choice.
 */
export function watchMemory(options: {
  /** What the engine may use. */
  readonly memoryMb: number;
  readonly residentBytes: () => number;
  readonly log: Log;
  readonly end: () => void;
}): () => void {
  const mostMb = options.memoryMb + BESIDE_MB;
  const timer = setInterval(() => {
    const nowMb = Math.round(options.residentBytes() / 1_048_576);
    if (nowMb <= mostMb) return;
    clearInterval(timer);
    options.log.error('sql endpoint takes more memory than it may; it ends', {
      mb: nowMb,
      reason: `more than ${mostMb} MB`,
    });
    options.end();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
