import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { EnvironmentAccess } from '../../src/verify/transport.ts';
import { FakeClock } from '../kit/clock.ts';
import { crateCsv, cratePair } from '../kit/crate-rows.ts';
import { HandmadeLake } from '../kit/handmade-lake.ts';
import { crateShape } from '../kit/lake-parquet.ts';
import { TinyEnvironment } from '../kit/tiny-environment.ts';
import { readByDuckDb, readByPython, readEnvironment } from './readers.ts';

const signal = new AbortController().signal;
const clock = new FakeClock({ auto: true });

describe('the readers themselves, over a lake made by hand', () => {
  const texts = ['plain', 'a "quoted" \\', '\r\n,\n\r', '\u2028 😀 ""', '', ' ', '\uFEFFmark'];

  async function threeReaders(change: (csv: string) => string) {
    await using environment = await TinyEnvironment.start(crateShape);
    await using lake = await HandmadeLake.create(crateShape);
    const pairs = texts.map((name, at) => cratePair(at + 1, { json: { name: JSON.stringify(name) }, cells: { name } }));
    for (const { id, json } of pairs) environment.rows.set(id, json);
    await lake.publish(change(pairs.map(crateCsv).join('')));
    const [python, duckDb, own] = await Promise.all([
      readByPython(lake.root),
      readByDuckDb(lake.root),
      readEnvironment({ root: lake.root, access: environment.access, clock, signal }),
    ]);
    return { python: python.crate, duckDb: duckDb.crate, environment: own.crate };
  }

  test('all find the same rows', async () => {
    const { python, duckDb, environment } = await threeReaders(csv => csv);
    expect(python?.rows).toBe(texts.length);
    expect(duckDb).toEqual({ rows: python?.rows, texts: python?.texts });
    expect(environment).toEqual({ rows: python?.rows, values: python?.values });
  });

  test('one changed digit makes the lake differ from the environment (the control)', async () => {
    const { python, duckDb, environment } = await threeReaders(csv =>
      csv.replace('922337203685477.5807', '922337203685477.5808'),
    );
    expect(duckDb?.texts).toBe(python?.texts);
    expect(environment?.values).not.toBe(python?.values);
  });
});

/** A lake made by the whole program: an embedded environment with hostile texts, synced, published and at rest. */
interface SyncedLake {
  readonly root: string;
  readonly access: EnvironmentAccess;
  stop(): Promise<void>;
}

const WORLD = new URL('../kit/world.ts', import.meta.url);
const world = existsSync(WORLD) ? ((await import(WORLD.href)) as { syncedLake(): Promise<SyncedLake> }) : null;

describe.skipIf(world === null)('a synced lake, by model.json alone', () => {
  let lake: SyncedLake;

  beforeAll(async () => {
    if (world !== null) lake = await world.syncedLake();
  });
  afterAll(async () => lake.stop());

  test('Python and DuckDB find the same rows in every table, and they are the environment’s', async () => {
    const python = await readByPython(lake.root);
    const duckDb = await readByDuckDb(lake.root);
    const own = await readEnvironment({ root: lake.root, access: lake.access, clock: systemClock, signal });
    expect(Object.keys(python).length).toBeGreaterThan(0);
    const found = Object.entries(python).map(([table, read]) => [table, read.rows, read.texts]);
    expect(Object.entries(duckDb).map(([table, read]) => [table, read.rows, read.texts])).toEqual(found);
    const values = Object.entries(python).map(([table, read]) => [table, read.rows, read.values]);
    expect(Object.entries(own).map(([table, read]) => [table, read.rows, read.values])).toEqual(values);
  });
});
