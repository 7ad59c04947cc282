/** What becomes of a statement that cannot be interrupted. */
export interface StuckStatements {
  /** From the interrupt on. */
  readonly afterMs: number;
  readonly report: () => void;
}

/**
 * Runs work, and tells of it when it still goes on so long after its signal was aborted. The engine looks for an interrupt
 * between rows and never while it computes one value, which can take hours (`levenshtein` of two long texts): its thread
 * is lost to all others until then.
 */
export async function toldWhenStuck<T>(
  work: () => Promise<T>,
  { signal, stuck: { afterMs, report } }: { readonly signal: AbortSignal; readonly stuck: StuckStatements },
): Promise<T> {
  let isDone = false;
  const onAbort = () => {
    AbortSignal.timeout(afterMs).addEventListener('abort', () => {
      if (!isDone) report();
    });
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work();
  } finally {
    isDone = true;
    signal.removeEventListener('abort', onAbort);
  }
}
