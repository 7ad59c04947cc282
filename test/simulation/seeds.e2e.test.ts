import { test } from 'vitest';
import { chosenSeeds } from '../kit/chance.ts';
import { proveSeeds } from './seeds.ts';

test('1,000 worlds full of faults: nothing is lost and nothing repeated (I-1, I-2, I-3, I-4, I-6, I-8, R 24, R 30)', async () => {
  await proveSeeds(chosenSeeds(1_000));
}, 1_200_000);
