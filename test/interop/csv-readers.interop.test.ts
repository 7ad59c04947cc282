import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import type { EnvironmentAccess } from '../../src/verify/transport.ts';
import { FakeClock } from '../kit/clock.ts';
import { crateCsv, cratePair } from '../kit/crate-rows.ts';
import { HandmadeLake } from '../kit/handmade-lake.ts';
import { crateShape } from '../kit/lake-parquet.ts';
import { TinyEnvironment } from '../kit/tiny-environment.ts';
import { openSyncedWorld, type World } from '../kit/world.ts';
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

describe('a lake of the whole program, its texts full of what breaks readers', () => {
  let world: World;
  let access: EnvironmentAccess;

  beforeAll(async () => {
    world = await openSyncedWorld({ rows: 3_000, hostile: 0.5 });
    const { environmentUrl: url, authorityUrl, tenantId, clientId, clientSecret } = await world.request({ tables: [] });
    access = { url, tenantId, clientId, clientSecret, authority: authorityUrl ?? undefined };
  });
  afterAll(async () => world.stop());

  test('Python and DuckDB find the same rows in every table by model.json alone, and they are the environment’s', async () => {
    const root = world.lakePath;
    const python = await readByPython(root);
    const duckDb = await readByDuckDb(root);
    const own = await readEnvironment({ root, access, clock: systemClock, signal });
    expect(Object.keys(python).length).toBeGreaterThan(10);
    expect(Object.values(python).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(2_000);
    for (const [table, read] of Object.entries(python)) {
      expect({ table, ...duckDb[table] }).toEqual({ table, rows: read.rows, texts: read.texts });
      expect({ table, ...own[table] }).toEqual({ table, rows: read.rows, values: read.values });
    }
  });
});
