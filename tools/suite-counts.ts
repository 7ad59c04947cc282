export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addUp(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Counts of a suite from vitest's JSON report. A suite without a report, without a test that ran, or that exits with a
 * code of its own although no test failed (a file that cannot be loaded, an error outside of tests) is a failure.
 */
export function countsOf({
  report,
  exit,
  maySkipAll,
}: {
  readonly report: string | null;
  readonly exit: number;
  readonly maySkipAll: boolean;
}): Counts & { readonly complaint: string | null } {
  const found = report === null ? null : parseReport(report);
  if (found === null) return { passed: 0, failed: 1, skipped: 0, complaint: 'no report was written' };
  if (found.failed === 0 && exit !== 0)
    return { ...found, failed: 1, complaint: `failed outside of its tests, exit ${exit}` };
  const ran = found.passed + found.failed;
  if (ran > 0 || (maySkipAll && found.skipped > 0)) return { ...found, complaint: null };
  return { ...found, failed: 1, complaint: 'no test ran' };
}

function parseReport(report: string): Counts | null {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(report) as Record<
      string,
      unknown
    >;
    if (typeof numPassedTests !== 'number' || typeof numFailedTests !== 'number') return null;
    const skipped = Number(numPendingTests ?? 0) + Number(numTodoTests ?? 0);
    return { passed: numPassedTests, failed: numFailedTests, skipped };
  } catch {
    return null;
  }
}
