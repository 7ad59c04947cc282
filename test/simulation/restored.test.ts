import { afterEach, expect, test } from 'vitest';
import { CrateEnvironment, type CrateOptions } from './crate-environment.ts';
import { type CrateProcess, CrateWorld, ProcessDied } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

const HOUR = 3_700;

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

function worldOf(rows: number, options: Partial<CrateOptions> = {}): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page', ...options });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const world = new CrateWorld(environment);
  worlds.push(world);
  return world;
}

/** Between the restore point and the restore: two rows change, one goes and, if `born`, one comes; all is in the lake. */
async function liveOn(world: CrateWorld, process: CrateProcess, { born }: { readonly born: boolean }): Promise<void> {
  if (born) world.environment.put('born later', 'gone with the restore');
  world.environment.put(id(1), 'changed after the restore point');
  world.environment.put(id(2), 'changed after the restore point');
  world.environment.remove(id(3));
  await world.untilEqual(process);
}

const asks = (process: CrateProcess) => process.runner.status().error?.code === 'sync/restored-deletes';

test('a restored environment is found by a row whose version went back, and read again without a person (I-9)', async () => {
  const world = worldOf(9);
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  await liveOn(world, process, { born: false });
  restore();
  await world.pass(HOUR);
  await world.untilEqual(process);
  expect(process.runner.state).toMatchObject({ epoch: 1, restoring: false });
  expect((await world.committedRows()).map(row => row.text)).toContain('first 3');
  await process.runner.stop();
});

test('a row that a restored environment does not have stays until a person says so (I-9)', async () => {
  const world = worldOf(9);
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  await liveOn(world, process, { born: true });
  restore();
  await world.pass(HOUR);
  await world.until('a person is asked', () => asks(process));
  expect((await world.committedRows()).map(row => row.id)).toContain('born later');
  await world.pass(HOUR);
  expect((await world.committedRows()).map(row => row.id)).toContain('born later');
  process.runner.confirmDeletes();
  await world.untilEqual(process);
  expect((await world.committedRows()).map(row => row.id)).not.toContain('born later');
  // The word was for that question: later reads ask anew.
  expect(process.runner.state?.restoring).toBe(false);
  await process.runner.stop();
});

test('a question outlives its process', async () => {
  const world = worldOf(9);
  const first = world.start();
  await world.untilEqual(first);
  const restore = world.environment.restorePoint();
  await liveOn(world, first, { born: true });
  await first.runner.stop();
  restore();
  const second = world.start();
  await world.until('a person is asked', () => asks(second));
  await second.runner.stop();
  const third = world.start();
  await world.until('a person is asked', () => asks(third));
  expect(third.runner.state?.epoch).toBe(1);
  third.runner.confirmDeletes();
  await world.untilEqual(third);
  await third.runner.stop();
});

test('rows that are only new, and are gone with the restore, show it when no change says that they were deleted (I-9)', async () => {
  const world = worldOf(2);
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  for (const name of ['a', 'b', 'c', 'd']) world.environment.put(`born later ${name}`, 'gone with the restore');
  await world.untilEqual(process);
  restore();
  await world.pass(HOUR);
  await world.until('a person is asked', () => asks(process));
  expect(await world.committedRows()).toHaveLength(6);
  process.runner.confirmDeletes();
  await world.untilEqual(process);
  await process.runner.stop();
});

test('control: rows of the highest versions that are really deleted are no restore', async () => {
  const world = worldOf(9);
  const process = world.start();
  await world.untilEqual(process);
  for (let hour = 0; hour < 3; hour += 1) {
    world.environment.put('newest', `hour ${hour}`);
    await world.untilEqual(process);
    await world.pass(HOUR - 60);
    world.environment.remove('newest');
    world.environment.remove(id(8 - hour));
    await world.untilEqual(process);
    await world.pass(120);
  }
  await world.pass(2 * HOUR);
  expect(process.runner.state).toMatchObject({ epoch: 0, generation: 0 });
  expect(world.environment.requests.some(request => request.startsWith('version '))).toBe(true);
  await process.runner.stop();
});

test('the first change after a restore is enough to look, also long before the hour', async () => {
  const world = worldOf(9);
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  await liveOn(world, process, { born: false });
  for (let change = 0; change < 20; change += 1) world.environment.put(id(5), `change ${change}`);
  await world.untilEqual(process);
  restore();
  await world.pass(30);
  world.environment.put(id(6), 'the first change after the restore');
  const sinceMs = world.clock.nowMs();
  await world.untilEqual(process);
  expect(world.clock.nowMs() - sinceMs).toBeLessThan(120_000);
  expect(process.runner.state?.epoch).toBe(1);
  await process.runner.stop();
});

test('a token from the future that is refused begins a new epoch, not only a new read (I-9)', async () => {
  const world = worldOf(9, { refusesFuture: true });
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  await liveOn(world, process, { born: false });
  await world.pass(30);
  restore();
  await world.untilEqual(process);
  expect(process.runner.state).toMatchObject({ epoch: 1, generation: 1 });
  await process.runner.stop();
});

test('after a restore a delete takes no version of the time before: a row made again under its id arrives (I-4, I-9)', async () => {
  const world = worldOf(9);
  const process = world.start();
  await world.untilEqual(process);
  const restore = world.environment.restorePoint();
  for (let change = 0; change < 50; change += 1) world.environment.put(id(1), `change ${change}`);
  await world.untilEqual(process);
  restore();
  await world.pass(HOUR);
  await world.untilEqual(process);
  world.environment.remove(id(4));
  await world.untilEqual(process);
  world.environment.put(id(4), 'made again');
  await world.untilEqual(process);
  expect((await world.committedRows()).find(row => row.id === id(4))?.text).toBe('made again');
  await process.runner.stop();
});

test('a restore in the middle of a full read begins another one', async () => {
  let restore = () => {};
  const world: CrateWorld = worldOf(20, {
    onRequest: ({ read, link }) => {
      if (read !== 'full' || link !== id(11)) return;
      restore();
      restore = () => {};
    },
  });
  const first = world.start();
  await world.untilEqual(first);
  restore = world.environment.restorePoint();
  for (let number = 0; number < 20; number += 1) world.environment.put(id(number), 'changed after the restore point');
  await world.untilEqual(first);
  world.environment.expireTokens();
  await world.pass(HOUR);
  await world.untilEqual(first);
  expect(first.runner.state?.epoch).toBe(1);
  await first.runner.stop();
});

/** A life with a restore between two processes, the second of which may be killed; answers its store calls until all is done. */
async function lifeWithRestore(dieAfter: number | null): Promise<number> {
  const world = worldOf(5);
  const first = world.start();
  await world.untilEqual(first);
  const restore = world.environment.restorePoint();
  await liveOn(world, first, { born: true });
  await first.runner.stop();
  restore();
  let process = world.start(dieAfter === null ? [] : [{ call: dieAfter, do: 'apply-then-die' }]);
  const isDead = () => process.runner.status().error?.message.includes('the process died') === true;
  for (let isConfirmed = false; ; ) {
    try {
      if (!isConfirmed) {
        await world.until('a person is asked', () => asks(process) || isDead());
        expect((await world.committedRows()).map(row => row.id)).toContain('born later');
      }
      isConfirmed = asks(process);
      process.runner.confirmDeletes();
      await world.untilEqual(process);
      break;
    } catch (failure) {
      if (!(failure instanceof ProcessDied)) throw failure;
      await process.runner.stop();
      process = world.start();
      // The word may have died with the process.
      await world.until('asked again, or done', () => asks(process) || process.runner.state?.restoring === false);
      isConfirmed = !asks(process);
    }
  }
  expect(process.runner.state?.epoch).toBe(1);
  await process.runner.stop();
  await world.close();
  return process.store.calls.length;
}

test('killed after any store call since a restore, the lake becomes the environment and no row goes unasked (I-2, I-9)', async () => {
  const calls = await lifeWithRestore(null);
  expect(calls).toBeGreaterThan(40);
  for (let call = 1; call <= calls; call += 1) await lifeWithRestore(call);
}, 60_000);
