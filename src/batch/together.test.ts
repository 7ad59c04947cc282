import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answer,
  column,
  countingIds,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import type { Batcher } from '../core/batcher.ts';
import type { PageSpool, SpooledPage } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { openSpool } from './spool.ts';
import { literal } from './sql.ts';

const signal = new AbortController().signal;
const shape = shapeOf([column('name', 'string'), column('weight', 'decimal', { precision: 4 })]);
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-together-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

test('pages of a full read become one batch with the rows of each', async () => {
  const result = await together([row(1, 'one'), row(2, 'two')], [row(3, 'three')], []);
  expect(result?.file?.rows).toBe(3);
  expect(result).toMatchObject({ highWater: '3', newest: { id: guid(3), version: '3' }, repaired: 0, quarantined: [] });
  expect(await namesIn(result?.file?.path)).toEqual(['one', 'three', 'two']);
});

test('a row that two pages show is there once, as its newest version (I-4)', async () => {
  const older = row(1, 'older');
  const result = await together([older, row(2, 'two')], [row(1, 'newer', { version: 9 })]);
  expect(result?.file?.rows).toBe(2);
  expect(await namesIn(result?.file?.path)).toEqual(['newer', 'two']);
});

test('pages without rows make no file', async () => {
  expect(await together([], [])).toMatchObject({ file: null, highWater: null });
});

test.each([
  ['a NUL', row(2, 'a\\u0000b')],
  ['a bare fraction', row(2, 'two', { weight: '1.5' })],
  ['a value that does not fit', row(2, 'two', { weight: '"many"' })],
  ['a property that no column explains', `{"new":1,${row(2, 'two').slice(1)}`],
  ['a lone surrogate', row(2, '\\ud800')],
])('%s in any of the pages sends them one by one', async (_what, odd) => {
  expect(await together([row(1, 'one')], [odd])).toBeNull();
});

async function together(...pages: readonly (readonly string[])[]) {
  const spooled: SpooledPage[] = [];
  for (const rows of pages) {
    made += 1;
    const key = pageKey({ read: 'full', address: `page ${made}` });
    spooled.push(await spool.receive(key, inPieces(answer(rows)), signal));
  }
  const { chain: _chain, settled: _settled, ...rest } = requestRest;
  return batcher.buildTogether({ shape, pages: spooled, ...rest }, signal);
}

function row(n: number, name: string, { version = n, weight = '"1.5"' } = {}): string {
  return `{"@odata.etag":"W/\\"${version}\\"","accountid":"${guid(n)}","name":"${name}","weight":${weight},"versionnumber":${version}}`;
}

async function namesIn(path = ''): Promise<unknown[]> {
  const sql = `SELECT name FROM read_parquet(${literal(path)}) ORDER BY name`;
  return (await engine.session(session => session.runAll(sql))).map(({ name }) => name);
}
