import { describe, expect, test } from 'vitest';
import { type Exploration, explore } from './checker.ts';
import { type Budget, type Planted, protocolModel } from './protocol-model.ts';

const wide: Budget = { changes: 2, deaths: 1, lostAnswers: 1, notes: 0, sweeps: 0, nonces: 6 };
const worlds: Record<string, Budget> = {
  'deaths and lost answers': wide,
  'entries that do not move the cursor': { ...wide, changes: 1, notes: 1 },
  'a sweep that frees old numbers': { ...wide, lostAnswers: 0, sweeps: 1 },
  'a sweep, and puts that arrive late': { ...wide, sweeps: 1 },
};

function run(planted: Planted, budget: Budget): Exploration {
  return explore(protocolModel({ planted, budget }), { statesMax: 1_500_000 });
}

function print(name: string, { states, rests, counterexample }: Exploration): void {
  if (counterexample === null) {
    console.log(`${name}: ${states} states, ${rests} rests, all right`);
    return;
  }
  const steps = counterexample.steps.map((step, index) => `  ${index + 1}. ${step}`).join('\n');
  console.log(`${name}: ${counterexample.wrong}, after\n${steps}`);
}

describe('the commit protocol, every interleaving of two workers', () => {
  test.each(Object.entries(worlds))(
    'loses nothing, repeats nothing, never goes back (I-1, I-2, I-3): %s',
    (name, budget) => {
      const explored = run('none', budget);
      print(name, explored);
      expect(explored.counterexample).toBeNull();
      expect(explored.states).toBeGreaterThan(5_000);
      expect(explored.rests).toBeGreaterThan(0);
    },
  );
});

describe('a planted bug is found', () => {
  test.each<[Planted, RegExp]>([
    ['put-without-if-absent', /not what its writer was told|two workers|the data holds|twice/],
    ['publish-without-sequence', /published sequence falls/],
    ['cursor-before-data', /the cursor says 1 and the data holds nothing|never arrived/],
    ['put-again-without-looking', /twice/],
    ['lost-answer-not-read-back', /twice/],
    ['no-look-at-checkpoints', /two workers|not what its writer was told/],
  ])('%s (I-2, I-3)', (planted, wrong) => {
    const budget = planted === 'no-look-at-checkpoints' ? worlds['a sweep that frees old numbers'] : wide;
    const explored = run(planted, budget ?? wide);
    print(planted, explored);
    expect(explored.counterexample?.wrong).toMatch(wrong);
    expect(explored.counterexample?.steps.length).toBeLessThan(20);
  });
});
