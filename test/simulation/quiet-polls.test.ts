import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { CrateEnvironment } from './crate-environment.ts';
import { CrateWorld } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function worldOf(rows: number): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page' });
  for (let number = 0; number < rows; number += 1) environment.put(`crate-${number}`, `first ${number}`);
  const world = new CrateWorld(environment);
  worlds.push(world);
  return world;
}

/** Requests of the next so many seconds, by their first word. */
async function requestsOf(world: CrateWorld, seconds: number): Promise<Map<string, number>> {
  const before = world.environment.requests.length;
  await world.pass(seconds);
  const counts = new Map<string, number>();
  for (const request of world.environment.requests.slice(before)) {
    const word = request.split(' ')[0] ?? '';
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

test('a quiet table asks together with others and reads no page; a change arrives all the same (R 24)', async () => {
  const world = worldOf(3);
  const process = world.start();
  await world.untilEqual(process);
  await requestsOf(world, 20);
  const quiet = await requestsOf(world, 100);
  expect([...quiet.keys()]).toEqual(['changes']);
  expect(quiet.get('changes')).toBeLessThan(30);
  world.environment.put('crate-1', 'changed');
  world.environment.remove('crate-2');
  await world.untilEqual(process);
  await process.runner.stop();
});

test('a quiet table still renews its cursor by a page when it is due', async () => {
  const world = worldOf(3);
  const process = world.start();
  await world.untilEqual(process);
  const before = process.runner.state?.cursor;
  world.environment.passOver();
  const requests = await requestsOf(world, 3_700);
  expect(process.runner.state?.cursor).not.toEqual(before);
  expect(requests.get('delta')).toBeGreaterThan(0);
  expect(requests.get('delta')).toBeLessThan(10);
  await process.runner.stop();
});

test('where tables cannot be asked together, each is asked by itself (I-8)', async () => {
  const world = worldOf(3);
  world.environment.changes = async () => {
    throw new Fault('source/refused');
  };
  const process = world.start();
  await world.untilEqual(process);
  expect((await requestsOf(world, 60)).get('delta')).toBeGreaterThan(10);
  world.environment.put('crate-1', 'changed');
  await world.untilEqual(process);
  expect(process.runner.status().error).toBeNull();
  await process.runner.stop();
});

test('a token that expires while its table is quiet begins a full read (I-6)', async () => {
  const world = worldOf(3);
  const process = world.start();
  await world.untilEqual(process);
  await requestsOf(world, 30);
  world.environment.remove('crate-0');
  world.environment.expireTokens();
  await world.untilEqual(process);
  expect(process.runner.state?.generation).toBe(1);
  await process.runner.stop();
});

test('a definition is read anew at its time, and may then be one that another table asked for', async () => {
  const world = worldOf(3);
  const shape = await world.environment.shape();
  const asked: unknown[] = [];
  world.environment.shape = async (...args: readonly unknown[]) => {
    asked.push(args[2]);
    return shape;
  };
  const process = world.start();
  await world.untilEqual(process);
  await requestsOf(world, 3_700);
  expect(asked).toEqual([{}, { maxAgeMs: 60_000 }]);
  await process.runner.stop();
});
