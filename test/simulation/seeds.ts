import { expect } from 'vitest';
import { type FaultKind, faultKinds } from './seeded-faults.ts';
import type { SeededOutput } from './seeded-process.ts';
import { type Outcome, runSeed } from './seeded-world.ts';

/** Seeds after which every kind of fault must have been played, else the run shows less than it says. */
const SEEDS_FOR_EVERY_KIND = 50;
const LINES_SHOWN = 60;

/**
 * Runs each seed's world; prints those in which something was lost or repeated. `LAKELINK_SEEDS=n` runs the first n,
 * `LAKELINK_SEED=n` replays one alone.
 */
export async function proveSeeds(seeds: readonly number[], output: SeededOutput | null = null): Promise<void> {
  const played = new Map<FaultKind, number>();
  const failed: number[] = [];
  let requests = 0;
  for (const seed of seeds) {
    const outcome = await runSeed(seed, {}, output);
    requests += outcome.requests;
    for (const [kind, times] of outcome.played) played.set(kind, (played.get(kind) ?? 0) + times);
    if (outcome.wrongs.length === 0) continue;
    failed.push(seed);
    if (failed.length === 1) console.error(story(outcome, output));
  }
  const faults = [...played.values()].reduce((sum, times) => sum + times, 0);
  console.info(`seeds ${seeds[0]} to ${seeds.at(-1)}: ${requests} requests, ${faults} faults, ${failed.length} failed`);
  expect(failed, 'seeds that lost or repeated something').toEqual([]);
  if (seeds.length >= SEEDS_FOR_EVERY_KIND) expect(faultKinds.filter(kind => !played.has(kind))).toEqual([]);
}

/** What went wrong, how to replay it, and of the history what speaks of the first wrong row and its table. */
function story({ seed, wrongs, history }: Outcome, output: SeededOutput | null): string {
  const file = output === null ? 'seeds' : 'output-shapes';
  const [table = '', id = ''] = /^(\w+): \w+: (?:lost|too much) (\S+)/.exec(wrongs[0] ?? '')?.slice(1) ?? [];
  const told = history.filter(line => line.includes(id) && line.includes(table)).slice(-LINES_SHOWN);
  return [
    `seed ${seed} went wrong; replay it with LAKELINK_SEED=${seed} npx vitest run --project unit test/simulation/${file}.test.ts${output === null ? '' : ` -t ${output}:`}`,
    ...wrongs.slice(0, 10),
    history[0],
    ...told,
  ].join('\n');
}
