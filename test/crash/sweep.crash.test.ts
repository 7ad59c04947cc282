import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { Chance } from '../kit/chance.ts';
import { type PlainProgram, plainProgram } from '../kit/plain-program.ts';
import { Plan, sitesOf } from './sweep-plan.ts';
import type { OutputShape } from './sweep-readers.ts';
import { runSweep, STEPS } from './sweep-run.ts';

/** A run is named by its seed: LAKELINK_CRASH_SEED repeats its choices. LAKELINK_CRASH=all dies at every call there is. */
const seed = Number(process.env.LAKELINK_CRASH_SEED ?? Math.floor(Math.random() * 1e9));
const everyCall = process.env.LAKELINK_CRASH === 'all';
/** Beside every distinct site once. */
const MORE_PASSES = 8;
/** Runs for sites that did not come again where they were expected. */
const RUNS_MORE_MAX = 2;

const shapes: readonly OutputShape[] = ['in place', 'append only', 'incremental folders'];

let plain: PlainProgram;
beforeAll(async () => {
  plain = await plainProgram(['src', 'test/crash']);
}, 120_000);
afterAll(() => plain?.close());

describe.concurrent('the service dies by kill -9 at calls of the store, writes of the ledger and HTTP exchanges', () => {
  for (const [number, shape] of shapes.entries()) {
    test(
      `${shape}: at every distinct call at least once, and no version is lost, told twice or left unreadable (I-1, I-2)`,
      async () => {
        const program = plain.fileOf('test/crash/sweep-child.ts');
        const chance = new Chance(seed + number);
        const beganMs = systemClock.nowMs();
        const listed = await runSweep({ shape, program, seed: seed + number, plan: null, again: false });
        const seconds = () => Math.round((systemClock.nowMs() - beganMs) / 1_000);
        const calls = [...listed.passed.values()].reduce((sum, times) => sum + times, 0);
        console.log(`${shape}: ${sitesOf(listed.passed).size} sites, ${calls} calls without a death, ${seconds()} s`);
        const plan = new Plan(listed.passed, { steps: STEPS, chance, more: everyCall ? 'all' : MORE_PASSES });
        const outcomes = [listed];
        for (let run = 0; run === 0 || (run <= RUNS_MORE_MAX && plan.untriedSites.length > 0); run += 1) {
          outcomes.push(await runSweep({ shape, program, seed: seed + number + run, plan, again: run > 0 }));
        }
        const all = (what: 'lost' | 'repeated' | 'unreadable') => outcomes.flatMap(outcome => outcome[what]);
        const deaths = outcomes.reduce((sum, outcome) => sum + outcome.deaths, 0);
        const passes = plan.planned - plan.untriedPasses;
        console.log(
          `${shape}: LAKELINK_CRASH_SEED=${seed}, ${deaths} deaths, sites tried ${plan.tried.size} / ${plan.sites}, ` +
            `calls tried ${passes} / ${plan.planned} chosen of ${calls}; ${outcomes.length} runs, ${seconds()} s: ` +
            `${all('lost').length} lost, ${all('repeated').length} repeated, ${all('unreadable').length} unreadable`,
        );
        expect({
          lost: all('lost').slice(0, 10),
          repeated: all('repeated').slice(0, 10),
          unreadable: all('unreadable').slice(0, 10),
        }).toEqual({ lost: [], repeated: [], unreadable: [] });
        expect(plan.untriedSites).toEqual([]);
      },
      everyCall ? 24 * 3_600_000 : 1_200_000,
    );
  }
});
