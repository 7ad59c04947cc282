import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answer,
  built,
  column,
  countingIds,
  deletedRow,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import type { Batcher, BuildRequest } from '../core/batcher.ts';
import type { Witness } from '../core/commit.ts';
import type { PageKey, PageSpool, SpooledPage } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { openSpool } from './spool.ts';

const signal = new AbortController().signal;
const shape = shapeOf([column('name', 'string')]);
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-witness-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

let pages = 0;

async function pageOf(rows: readonly string[], more: Partial<PageKey> = {}): Promise<SpooledPage> {
  pages += 1;
  return spool.receive(pageKey({ address: `page ${pages}`, ...more }), inPieces(answer(rows)), signal);
}

async function build(rows: readonly string[], more: Partial<BuildRequest> = {}) {
  return built(await batcher.build({ ...requestRest, shape, page: await pageOf(rows), ...more }, signal));
}

function row(n: number, version: number): string {
  return `{"accountid":"${guid(n)}","versionnumber":${version}}`;
}

function watch(n: number, version: number): Witness {
  return { id: guid(n), version: `${version}` };
}

test('a batch tells its newest row, and which watched rows it deletes or shows anew (I-9)', async () => {
  const result = await build([row(1, 900), row(2, 1000), deletedRow(guid(3)), deletedRow(guid(4))], {
    deleteVersion: '2000',
    watched: [watch(4, 1_500), watch(1, 900), watch(9, 1), watch(2, 999)],
  });
  expect(result).toMatchObject({ newest: { id: guid(2), version: '1000' } });
  expect([...(result.gone ?? [])].sort()).toEqual([guid(2), guid(4)]);
  expect(await build([deletedRow(guid(3))])).toMatchObject({ newest: null, gone: [] });
});

test('a row that was lifted over a delete is told with the version that the environment knows (I-9)', async () => {
  const first = await build([deletedRow(guid(1))], { deleteVersion: '5000' });
  const again = await build([row(1, 900)], {
    chain: [first.file.path],
    settled: { gone: [], page: await pageOf([row(1, 900)], { read: 'rows' }) },
  });
  expect(again.newest).toEqual({ id: guid(1), version: '900' });
});

test('a row that was found gone when read again is no witness', async () => {
  const result = await build([row(1, 900), row(2, 800), deletedRow(guid(1))], {
    settled: { gone: [guid(1)], page: null },
    watched: [watch(1, 900)],
  });
  expect(result.gone).toEqual([guid(1)]);
  expect(result.newest?.id).not.toBe(guid(1));
});

test('rows of an earlier epoch are behind when they are shown, and gone when they are not, whatever their version (I-9)', async () => {
  const earlier = await build([row(1, 9_000), row(2, 8_000), row(3, 7_000)], { epoch: 0 });
  const now = await build([row(2, 10)], { epoch: 1 });
  const batches = [earlier, now].map(({ file }, at) => ({ path: file.path, sequence: at + 1, epoch: at }));
  const narrow = await pageOf([row(1, 5), row(2, 10)], { read: 'narrow' });
  const request = { shape, image: [], batches, pages: [narrow], knownThrough: '10', epoch: 1 };
  expect(await batcher.compareNarrow(request, signal)).toMatchObject({
    behind: [guid(1)],
    vanished: [guid(3)],
    live: 3,
  });
});
