import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import { CrateEnvironment } from './crate-environment.ts';
import { type CrateProcess, CrateWorld } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

/** A world whose folds wait while `hold.on`, or fail while `hold.failing`. */
function worldWithSlowFolds(rows: number) {
  const hold = { on: true, failing: false, folds: 0, waiting: 0, release: () => {} };
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page' });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const released: (() => void)[] = [];
  hold.release = () => {
    hold.on = false;
    for (const go of released.splice(0)) go();
  };
  const onFold = async () => {
    hold.folds += 1;
    if (hold.failing) throw new Fault('batch/engine', { reason: 'no memory' });
    if (!hold.on) return;
    hold.waiting += 1;
    await new Promise<void>(resolve => released.push(resolve));
    hold.waiting -= 1;
  };
  const world = new CrateWorld(environment, { onFold });
  worlds.push(world);
  return { world, environment, hold };
}

async function committedTexts(world: CrateWorld): Promise<string[]> {
  return (await world.committedRows()).map(({ text }) => text);
}

/** The initial sync is complete, and its first image is being folded. */
async function folding(world: CrateWorld, hold: { readonly waiting: number }, process: CrateProcess): Promise<void> {
  await world.until(
    'a fold is under way beside polls',
    () => hold.waiting > 0 && process.runner.status().label === 'Active',
  );
}

test('changes are committed while an image is folded, and are in the next one (R 24)', async () => {
  const { world, environment, hold } = worldWithSlowFolds(6);
  const process = world.start();
  await folding(world, hold, process);
  const sinceMs = world.clock.nowMs();
  environment.put(id(1), 'changed meanwhile');
  environment.remove(id(2));
  await world.until('the change is committed', async () => (await committedTexts(world)).includes('changed meanwhile'));
  expect(world.clock.nowMs() - sinceMs).toBeLessThan(8_000);
  expect(process.runner.status().pendingBatches).toBeGreaterThan(0);
  hold.release();
  await world.until('the first image is there', () => process.runner.state?.image !== null);
  // What came meanwhile is not in it, and stays pending.
  expect(process.runner.state?.pending.length).toBeGreaterThan(0);
  await world.untilEqual(process);
  await process.runner.stop();
});

test('a table counts as pending until what was folded is published', async () => {
  const { world, environment, hold } = worldWithSlowFolds(3);
  const process = world.start();
  await folding(world, hold, process);
  hold.release();
  await world.until('nothing is pending', () => process.runner.status().pendingBatches === 0);
  expect(world.publishedRows()).toHaveLength(3);
  environment.put(id(1), 'changed');
  await world.until('it was polled', async () => (await committedTexts(world)).includes('changed'));
  await world.until('nothing is pending', () => process.runner.status().pendingBatches === 0);
  expect(world.publishedRows().map(({ text }) => text)).toContain('changed');
  await process.runner.stop();
});

test('what is committed is published also while the environment does not answer', async () => {
  const { world, environment, hold } = worldWithSlowFolds(3);
  hold.release();
  const process = world.start();
  await world.untilEqual(process);
  environment.put(id(1), 'changed');
  await world.until('it is published', () => world.publishedRows().some(({ text }) => text === 'changed'));
  // The newest change comes too soon after a fold for another one.
  let newest = 'changed';
  const isPublished = () => world.publishedRows().some(({ text }) => text === newest);
  for (let n = 1; isPublished(); n += 1) {
    newest = `changed ${n}`;
    environment.put(id(2), newest);
    await world.until('it is committed', async () => (await committedTexts(world)).includes(newest));
  }
  const isDown = async () => {
    throw new Fault('source/unreachable', {});
  };
  Object.assign(environment, { page: isDown, changes: isDown, identity: isDown });
  await world.until('the newest change is published', isPublished);
  expect(process.runner.status().error).toMatchObject({ code: 'source/unreachable' });
  await process.runner.stop();
});

test('a full read that begins while an image is folded loses nothing, and the fold neither (I-6)', async () => {
  const { world, environment, hold } = worldWithSlowFolds(9);
  const process = world.start();
  await folding(world, hold, process);
  environment.remove(id(3));
  environment.put(id(4), 'changed in the gap');
  environment.expireTokens();
  await world.until('the full read is complete', () => {
    const { state } = process.runner;
    return state?.generation === 1 && state.cursor.at === 'running';
  });
  hold.release();
  await world.untilEqual(process);
  await process.runner.stop();
});

test('a restore while an image is folded wins over it (I-9)', async () => {
  const { world, environment, hold } = worldWithSlowFolds(9);
  const restore = environment.restorePoint();
  environment.put(id(1), 'changed after the restore point');
  const process = world.start();
  await folding(world, hold, process);
  restore();
  await world.pass(3_700);
  hold.release();
  await world.untilEqual(process);
  expect(process.runner.state?.epoch).toBe(1);
  await process.runner.stop();
});

test('a fold that fails is told, tried again less and less often, and recovers by itself', async () => {
  const { world, hold } = worldWithSlowFolds(5);
  hold.on = false;
  hold.failing = true;
  const process = world.start();
  await world.until('it is told', () => process.runner.status().error?.code === 'batch/engine');
  await world.pass(30);
  const before = hold.folds;
  await world.pass(60);
  expect(hold.folds - before).toBeGreaterThan(10);
  expect(hold.folds - before).toBeLessThan(80);
  hold.failing = false;
  await world.untilEqual(process);
  expect(process.runner.status().error).toBeNull();
  await process.runner.stop();
});

test('a stop in the middle of a fold waits for it, and readers see what is committed', async () => {
  const { world, environment, hold } = worldWithSlowFolds(5);
  const process = world.start();
  await folding(world, hold, process);
  environment.put(id(1), 'changed');
  await world.until('the change is committed', async () => (await committedTexts(world)).includes('changed'));
  const stopped = process.runner.stop();
  hold.release();
  await stopped;
  const image = process.runner.state?.image;
  expect(world.publishedRows()).toHaveLength(image == null ? 0 : image.rowCount);
  const next = world.start();
  await world.untilEqual(next);
  await next.runner.stop();
});

test('an initial sync is not published before it is complete, also when it stops halfway', async () => {
  const { world, hold } = worldWithSlowFolds(40);
  hold.release();
  const first = world.start();
  await world.until('some pages are there', () => (first.runner.state?.pending.length ?? 0) > 2);
  if (first.runner.state?.initialSyncCompletedIn === null) {
    await first.runner.stop();
    expect(world.publishedRows()).toEqual([]);
  }
  const second = world.start();
  await world.untilEqual(second);
  await second.runner.stop();
});
