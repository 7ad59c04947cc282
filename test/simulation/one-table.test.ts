import { afterEach, expect, test } from 'vitest';
import { CrateEnvironment, type CrateOptions } from './crate-environment.ts';
import { type CrateProcess, CrateWorld, ProcessDied } from './crate-world.ts';

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

function worldOf(
  rows: number,
  { blind = false, ...options }: Partial<CrateOptions> & { blind?: boolean } = {},
): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page', ...options });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const world = new CrateWorld(environment, { blind });
  worlds.push(world);
  return world;
}

/** How often each request was made, rows read one by one left out. */
function asked(world: CrateWorld): Map<string, number> {
  const counts = new Map<string, number>();
  for (const request of world.environment.requests) {
    if (!request.startsWith('row ')) counts.set(request, (counts.get(request) ?? 0) + 1);
  }
  return counts;
}

test('a table arrives, and then every create, update and delete (R 24, R 30)', async () => {
  const world = worldOf(10);
  const process = world.start();
  await world.untilEqual(process);
  world.environment.put(id(3), 'changed');
  world.environment.put(id(11), 'new');
  world.environment.remove(id(5));
  await world.untilEqual(process);
  expect(await world.committedRows()).toHaveLength(10);
  expect(world.spool.size).toBe(0);
  await process.runner.stop();
});

/** After the first page was read: a row of it changes, one goes, and one is born before the reader's place. */
function changingBehindTheReader(
  tokenMintedAt: CrateOptions['tokenMintedAt'],
  world: { blind?: boolean } = {},
): CrateWorld {
  const changing: CrateWorld = worldOf(12, {
    tokenMintedAt,
    blind: world.blind ?? false,
    onRequest: (request, count) => {
      if (count !== 2 || request.read !== 'full') return;
      changing.environment.put(id(1), 'changed behind the reader');
      changing.environment.remove(id(2));
      changing.environment.put(`${id(0)}-born`, 'born behind the reader');
    },
  });
  return changing;
}

for (const tokenMintedAt of ['first-page', 'last-page'] as const) {
  test(`changes made during the initial sync arrive when the token is minted at the ${tokenMintedAt} (I-6)`, async () => {
    const world = changingBehindTheReader(tokenMintedAt);
    const process = world.start();
    await world.untilEqual(process);
    expect((await world.committedRows()).find(row => row.id === id(1))?.text).toBe('changed behind the reader');
    await process.runner.stop();
  });
}

test('control: with a narrow pass that finds nothing the same history loses all three changes', async () => {
  const world = changingBehindTheReader('last-page', { blind: true });
  const process = world.start();
  await world.until('the table is active', () => process.runner.status().label === 'Active');
  const texts = new Map((await world.committedRows()).map(row => [row.id, row.text]));
  expect([texts.get(id(1)), texts.has(id(2)), texts.has(`${id(0)}-born`)]).toEqual(['first 1', true, false]);
  await process.runner.stop();
});

test('a row created and deleted between two polls leaves nothing, one deleted and created again is there', async () => {
  const world = worldOf(3);
  const process = world.start();
  await world.untilEqual(process);
  world.environment.put('brief', 'never seen');
  world.environment.remove('brief');
  world.environment.remove(id(1));
  world.environment.put(id(1), 'born again');
  await world.untilEqual(process);
  expect((await world.committedRows()).map(row => row.text)).toContain('born again');
  await process.runner.stop();
});

test('after an expired change token nothing is lost, and rows deleted in the gap go too (I-6)', async () => {
  const world = worldOf(9);
  const first = world.start();
  await world.untilEqual(first);
  await first.runner.stop();
  world.environment.put(id(2), 'changed in the gap');
  world.environment.remove(id(4));
  world.environment.expireTokens();
  const second = world.start();
  await world.untilEqual(second);
  expect((await world.committedRows()).map(row => row.id)).not.toContain(id(4));
  await second.runner.stop();
});

test('when a full read no longer shows many rows a person is asked, and answers (I-6)', async () => {
  const world = worldOf(1_500, { pageSize: 500 });
  const first = world.start();
  await world.untilEqual(first);
  await first.runner.stop();
  for (let number = 0; number < 1_200; number += 1) world.environment.remove(id(number));
  world.environment.expireTokens();
  const second = world.start();
  await world.until('the table is paused', () => second.runner.status().error?.code === 'sync/too-many-deletes');
  expect(await world.committedRows()).toHaveLength(1_500);
  second.runner.confirmDeletes();
  await world.untilEqual(second);
  await second.runner.stop();
});

test('a page is asked once, and once more only by a process that died while it was on its way', async () => {
  const world = worldOf(30);
  const process = world.start();
  await world.untilEqual(process);
  await process.runner.stop();
  const full = [...asked(world)].filter(([request]) => request.startsWith('full') || request.startsWith('narrow'));
  expect(full).not.toEqual([]);
  for (const [request, times] of full) expect([request, times]).toEqual([request, 1]);
});

/** The life that is swept: an initial sync with changes in its middle, updates, deletes, an expired token. */
async function live(world: CrateWorld, start: () => CrateProcess): Promise<CrateProcess> {
  let process = start();
  const restartWhenDead = async (settled: (process: CrateProcess) => Promise<void>) => {
    for (;;) {
      const alive = process;
      try {
        await settled(alive);
        return;
      } catch (failure) {
        if (!(failure instanceof ProcessDied)) throw failure;
        await alive.runner.stop();
        process = start();
      }
    }
  };
  await restartWhenDead(alive => world.untilEqual(alive));
  world.environment.put(id(1), 'second');
  world.environment.remove(id(2));
  await restartWhenDead(alive => world.untilEqual(alive));
  world.environment.remove(id(3));
  world.environment.expireTokens();
  await restartWhenDead(alive => world.untilEqual(alive));
  return process;
}

function freshWorld(): CrateWorld {
  const world: CrateWorld = worldOf(7, {
    onRequest: (request, count) => {
      if (count === 2 && request.read === 'full') world.environment.put(id(0), 'changed meanwhile');
    },
  });
  return world;
}

test('killed at any store call, before or after it took effect, a restart loses nothing and repeats nothing (I-2)', async () => {
  const calm = freshWorld();
  const calls: CrateProcess[] = [];
  await (
    await live(calm, () => {
      const process = calm.start();
      calls.push(process);
      return process;
    })
  ).runner.stop();
  const total = calls.reduce((sum, { store }) => sum + store.calls.length, 0);
  expect(total).toBeGreaterThan(40);
  for (let call = 1; call <= total; call += 1) {
    for (const fault of ['die', 'apply-then-die'] as const) {
      const world = freshWorld();
      let starts = 0;
      const process = await live(world, () => {
        starts += 1;
        return world.start(starts === 1 ? [{ call, do: fault }] : []);
      });
      await process.runner.stop();
      for (const [request, times] of asked(world)) {
        if (request.startsWith('full'))
          expect([call, fault, request, times]).toEqual([
            call,
            fault,
            request,
            expect.toSatisfy((n: number) => n <= 2),
          ]);
      }
    }
  }
}, 120_000);

test('a lost answer of any store call is neither a lost nor a repeated row (I-2)', async () => {
  for (let call = 1; call <= 80; call += 1) {
    const world = freshWorld();
    const process = world.start([{ call, do: 'apply-then-fail' }]);
    await world.untilEqual(process);
    await process.runner.stop();
  }
}, 60_000);
