import { afterEach, expect, test } from 'vitest';
import type { Column } from '../../src/core/shape.ts';
import { settle } from '../kit/clock.ts';
import { CrateEnvironment, type CrateOptions } from './crate-environment.ts';
import { CrateWorld } from './crate-world.ts';

const signal = new AbortController().signal;

const worlds: CrateWorld[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

function id(number: number): string {
  return `crate-${String(number).padStart(5, '0')}`;
}

/** Something that passes at once, until it is held. */
function holdable(): { readonly pass: () => Promise<void>; hold(): void; release(): void } {
  let gate = Promise.resolve();
  let release = () => {};
  return {
    pass: () => gate,
    hold: () => {
      gate = new Promise(resolve => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}

function worldOf(rows: number, options: Partial<CrateOptions> = {}): CrateWorld {
  const environment = new CrateEnvironment({ pageSize: 4, tokenMintedAt: 'last-page', ...options });
  for (let number = 0; number < rows; number += 1) environment.put(id(number), `first ${number}`);
  const world = new CrateWorld(environment);
  worlds.push(world);
  return world;
}

test('rows created while the narrow pass reads are no candidates for deletion: nobody is asked (I-6)', async () => {
  let born = 0;
  const world: CrateWorld = worldOf(1_200, {
    pageSize: 300,
    onRequest: request => {
      if (request.read !== 'narrow' || request.link === null) return;
      for (let n = 0; n < 400; n += 1) {
        born += 1;
        world.environment.put(`a-born-${born}`, 'born behind the reader');
      }
    },
  });
  const process = world.start();
  await world.until('post-processing ended or a person was asked', () => {
    const { label } = process.runner.status();
    return label === 'Active' || label === 'Paused';
  });
  expect(born).toBeGreaterThan(1_000);
  expect(process.runner.status().error).toBeNull();
  await process.runner.stop();
});

test('rows deleted while the narrow pass reads are deleted once: whoever sees every delete sees no second one (I-2)', async () => {
  const world: CrateWorld = worldOf(12, {
    onRequest: request => {
      if (request.read !== 'narrow' || request.link === null) return;
      // One that the narrow pass has shown.
      world.environment.remove(id(1));
    },
  });
  const process = world.start();
  await world.until('post-processing ended', () => process.runner.status().label === 'Active');
  await world.untilEqual(process);
  expect(world.environment.rows()).toHaveLength(11);
  expect(process.runner.state?.deletesCommitted).toBe(1);
  await process.runner.stop();
});

test('a row read again in the middle of a delta lends its version to no delete of that delta: a row made again stays (I-4)', async () => {
  // Page by page: [rows a b], [rows c and x], [deletes x and p], [deletes q and y].
  let pages = 0;
  const folds = holdable();
  const environment: CrateEnvironment = new CrateEnvironment({
    pageSize: 2,
    tokenMintedAt: 'last-page',
    keepsTombstones: true,
    onRequest: ({ read, link }) => {
      if (read !== 'delta' || link?.split(' ').length !== 3) return;
      pages += 1;
      if (pages !== 2) return;
      // After the delta's bound, before the page is read that sends x to be read again.
      environment.put('y', 'made again');
      environment.put('x', 'changed after y was made again');
    },
  });
  const world = new CrateWorld(environment, { onFold: folds.pass });
  worlds.push(world);
  for (const name of ['x', 'p', 'q', 'y', 'z']) environment.put(name, 'first');
  const process = world.start();
  await world.untilEqual(process);
  // A fold between the two deltas would forget the delete.
  folds.hold();
  for (const name of ['x', 'p', 'q', 'y']) environment.remove(name);
  for (const name of ['a', 'b', 'c', 'x']) environment.put(name, 'second');
  await world.until('the change of x is committed', async () =>
    (await world.committedRows()).some(row => row.text === 'changed after y was made again'),
  );
  await world.pass(10);
  folds.release();
  await world.untilEqual(process);
  expect(pages).toBeGreaterThan(2);
  expect((await world.committedRows()).find(row => row.id === 'y')?.text).toBe('made again');
  await process.runner.stop();
});

test('a page that names itself as the next one is a fault, not an endless read', async () => {
  const world = worldOf(3);
  const page = world.environment.page.bind(world.environment);
  world.environment.page = async request => {
    if (request.read !== 'full') return page(request);
    world.environment.requests.push(`full ${request.link ?? 'first'}`);
    const rows = world.environment.rows();
    return (async function* () {
      yield new TextEncoder().encode(JSON.stringify({ value: rows, '@odata.nextLink': 'again' }));
    })();
  };
  const process = world.start();
  await world.until('it is noticed', () => process.runner.status().error?.code === 'source/answer-broken');
  expect(process.runner.state?.pending.length).toBeLessThan(3);
  await process.runner.stop();
});

test('a clock that is set back an hour stops neither polls nor publication for an hour, and no sink date goes back', async () => {
  const world = worldOf(3);
  const process = world.start();
  await world.untilEqual(process);
  const nowMs = world.clock.nowMs.bind(world.clock);
  world.clock.nowMs = () => nowMs() - 3_600_000;
  world.environment.put(id(1), 'changed after the step');
  // `until` lets 2,000 seconds pass at most, less than the step.
  await world.untilEqual(process);
  const entries = await Promise.all(
    (await process.store.list('.lakelink/crate/log', { signal })).map(({ path }) => process.store.read(path, signal)),
  );
  const sinks = entries.flatMap(bytes => {
    const { sinkAt } = JSON.parse(new TextDecoder().decode(bytes ?? undefined)) as { sinkAt?: string };
    return sinkAt === undefined ? [] : [sinkAt];
  });
  expect(sinks.length).toBeGreaterThan(2);
  expect(sinks).toEqual([...sinks].sort());
  await process.runner.stop();
});

test('a full read that begins in post-processing does not settle with the narrow pages of the one before (I-6)', async () => {
  let metadataId = 'first';
  let stepMs = 0;
  const world: CrateWorld = worldOf(7, {
    onRequest: ({ read, link }) => {
      if (read === 'narrow' && link === null && metadataId === 'first') {
        // The column is removed and made again, and the definition is read anew at the next step.
        metadataId = 'second';
        stepMs = 3_600_000;
      }
      if (read === 'full' && link !== null && metadataId === 'second') {
        metadataId = 'second again';
        world.environment.put(id(0), 'changed behind the second full read');
      }
    },
  });
  const { clock, environment } = world;
  const nowMs = clock.nowMs.bind(clock);
  clock.nowMs = () => nowMs() + stepMs;
  const shape = await environment.shape();
  environment.shape = async () => ({ ...shape, columns: [{ ...text, metadataId: metadataId.slice(0, 6) }] });
  const page = environment.page.bind(environment);
  environment.page = async request => {
    const answer = await page(request);
    if (request.read !== 'narrow' || request.link !== null || metadataId !== 'second') return answer;
    // Its first page is on its way while the next full read begins, and arrives after the spool was cleared.
    while (process.runner.state?.generation === 0) await settle();
    await settle();
    return answer;
  };
  const process = world.start();
  await world.untilEqual(process);
  expect(process.runner.state?.generation).toBe(1);
  await process.runner.stop();
});

const text: Column = {
  name: 'text',
  kind: 'string',
  property: 'text',
  typeProperty: null,
  attributeType: 'String',
  attributeTypeName: 'StringType',
  maxLength: 100,
  precision: null,
  targets: [],
  optionSet: null,
  metadataId: '',
};
