import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CrateEnvironment } from './crate-environment.ts';
import { CrateWorld, ProcessDied } from './crate-world.ts';

/** What happens to the environment right before a request is answered, at random moments of whole histories. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), id: fc.integer({ min: 0, max: 14 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), id: fc.integer({ min: 0, max: 14 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), id: fc.constant(0) }) },
);

const history = fc.record({
  tokenMintedAt: fc.constantFrom('first-page' as const, 'last-page' as const),
  rows: fc.integer({ min: 0, max: 12 }),
  /** Before the n-th request: what happens. */
  happenings: fc.array(
    fc.record({ before: fc.integer({ min: 1, max: 40 }), what: fc.array(happening, { maxLength: 6 }) }),
    {
      maxLength: 12,
    },
  ),
  /** Store calls at which one process after another dies. */
  deaths: fc.array(fc.record({ call: fc.integer({ min: 1, max: 60 }), applied: fc.boolean() }), { maxLength: 3 }),
});

const name = (id: number) => `crate-${String(id).padStart(5, '0')}`;

test('whatever happens between any two requests, and whoever dies, environment and lake become equal (I-2, I-4, I-6)', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ tokenMintedAt, rows, happenings, deaths }) => {
      let words = 0;
      const environment: CrateEnvironment = new CrateEnvironment({
        pageSize: 3,
        tokenMintedAt,
        onRequest: (_, count) => {
          for (const { before, what } of happenings) {
            if (before !== count) continue;
            for (const { do: act, id } of what) {
              words += 1;
              if (act === 'put') environment.put(name(id), `word ${words}`);
              else if (act === 'remove') environment.remove(name(id));
              else environment.expireTokens();
            }
          }
        },
      });
      for (let id = 0; id < rows; id += 1) environment.put(name(id), `first ${id}`);
      const world = new CrateWorld(environment);
      for (const { call, applied } of [...deaths, null].map(death => death ?? { call: 0, applied: false })) {
        const process = world.start(call === 0 ? [] : [{ call, do: applied ? 'apply-then-die' : 'die' }]);
        try {
          await world.until('40 requests were made', async () => {
            if (process.runner.status().error?.message.includes('the process died') === true) throw new ProcessDied();
            return environment.requests.length > 40;
          });
          await world.untilEqual(process);
        } catch (failure) {
          if (!(failure instanceof ProcessDied)) throw failure;
        }
        await process.runner.stop();
      }
      expect((await world.committedRows()).length).toBe(environment.rows().length);
      await world.close();
    }),
    { numRuns: 40 },
  );
}, 60_000);
