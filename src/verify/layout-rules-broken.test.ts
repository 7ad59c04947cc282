import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { incrementalLake, memoryLake, replicaLake } from '../../test/kit/handmade-layouts.ts';
import { verifyLayout } from './layout-rules.ts';

/** What may stand where something else was. */
const WORDS = ['', 'null', '""', '"', '{}', '[]', ',', '\n', '\r', '\u0000', '1', 'true', 'Id', '\uFEFF', '%', '..'];

test('whatever a file is changed to, the check ends in a report and not in a failure', async () => {
  const { signal } = new AbortController();
  const change = fc.record({
    isIncremental: fc.boolean(),
    file: fc.nat(),
    at: fc.nat(),
    cut: fc.constantFrom(0, 1, 7, 200),
    word: fc.constantFrom(...WORDS),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ isIncremental, file, at, cut, word }) => {
      const files = isIncremental ? incrementalLake() : replicaLake();
      const paths = [...files.keys()];
      const path = paths[file % paths.length] ?? '';
      const text = files.get(path) ?? '';
      const from = at % (text.length + 1);
      files.set(path, text.slice(0, from) + word + text.slice(from + cut));
      const clock = new FakeClock({ auto: true });
      const report = await verifyLayout({ lake: memoryLake(files), atRest: true, clock, signal });
      expect(report.clean).toBe(report.layout.problems.length === 0);
    }),
    { numRuns: 40 },
  );
});
