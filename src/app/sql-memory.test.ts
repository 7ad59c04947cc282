import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchMemory } from './sql-memory.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MB = 1_048_576;

test('the process of SQL clients ends once when it takes far more memory than its queries may use', () => {
  let residentMb = 2_000;
  const lines: string[] = [];
  const line = (sentence: string) => lines.push(sentence);
  let ends = 0;
  watchMemory({
    memoryMb: 512,
    residentBytes: () => residentMb * MB,
    log: { debug: line, info: line, warn: line, error: line },
    end: () => {
      ends += 1;
    },
  });
  vi.advanceTimersByTime(10_000);
  expect(ends).toBe(0);
  residentMb = 2_100;
  vi.advanceTimersByTime(10_000);
  expect(ends).toBe(1);
  expect(lines).toEqual(['sql endpoint takes more memory than it may; it ends']);
});
