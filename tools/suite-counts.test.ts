import { describe, expect, test } from 'vitest';
import { addUp, closingLine, countsOf } from './suite-counts.ts';

const report = (passed: number, failed: number, skipped = 0) =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, numTodoTests: 0 });

describe('a suite', () => {
  test.each([
    [
      'passes',
      { report: report(3, 0, 1), exit: 0, maySkipAll: false },
      { passed: 3, failed: 0, skipped: 1, complaint: null },
    ],
    [
      'fails by its tests',
      { report: report(3, 2), exit: 1, maySkipAll: false },
      { passed: 3, failed: 2, skipped: 0, complaint: null },
    ],
    [
      'that ran no test failed',
      { report: report(0, 0), exit: 0, maySkipAll: false },
      { passed: 0, failed: 1, skipped: 0, complaint: 'no test ran' },
    ],
    [
      'that skipped all failed',
      { report: report(0, 0, 4), exit: 0, maySkipAll: false },
      { passed: 0, failed: 1, skipped: 4, complaint: 'no test ran' },
    ],
    [
      'may skip all where its material is absent',
      { report: report(0, 0, 4), exit: 0, maySkipAll: true },
      { passed: 0, failed: 0, skipped: 4, complaint: null },
    ],
    [
      'without a report failed',
      { report: null, exit: 1, maySkipAll: false },
      { passed: 0, failed: 1, skipped: 0, complaint: 'no report was written' },
    ],
    [
      'that fails outside of its tests failed',
      { report: report(3, 0), exit: 1, maySkipAll: false },
      { passed: 3, failed: 1, skipped: 0, complaint: 'failed outside of its tests, exit 1' },
    ],
  ])('%s', (_, given, expected) => {
    expect(countsOf(given)).toEqual(expected);
  });
});

test('the closing line names skipped tests only where there are some', () => {
  expect(closingLine(addUp({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 }))).toBe(
    '3 passed, 1 failed',
  );
  expect(closingLine({ passed: 3, failed: 0, skipped: 2 })).toBe('3 passed, 0 failed, 2 skipped');
});
