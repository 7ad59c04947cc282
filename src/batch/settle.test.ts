import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answer,
  built,
  column,
  countingIds,
  deletedRow,
  fileRows,
  guid,
  inPieces,
  pageKey,
  requestRest,
  shapeOf,
} from '../../test/kit/batch-fixtures.ts';
import type { Batcher, BuildRequest } from '../core/batcher.ts';
import { lakeColumns, type TableShape } from '../core/shape.ts';
import type { PageKey, PageSpool, SpooledPage } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine, type Row } from './duckdb.ts';
import { openSpool } from './spool.ts';
import { ident } from './sql.ts';

const signal = new AbortController().signal;
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-settle-'));
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

async function build(shape: TableShape, rows: readonly string[], more: Partial<BuildRequest> = {}) {
  return batcher.build({ ...requestRest, shape, page: await pageOf(rows), ...more }, signal);
}

/** Every column as text, in the order of the file. */
async function readBack(path: string, shape: TableShape, more = ''): Promise<Row[]> {
  const names = [...lakeColumns(shape).map(({ name }) => name), '__version', '__epoch', '__deleted'];
  const columns = names.map(name => `${ident(name)}::VARCHAR AS ${ident(name)}`).join(', ');
  return engine.session(session => session.runAll(`SELECT ${columns} FROM ${fileRows(shape, path)} ${more}`), signal);
}

const small = shapeOf([
  column('name', 'string'),
  column('revenue', 'money', { precision: 4 }),
  column('rate', 'decimal', { precision: 10 }),
  column('employees', 'integer'),
  column('ticks', 'bigint'),
  column('flag', 'boolean'),
  column('ownerid', 'owner'),
  column('birthdate', 'dateonly'),
  column('localtime', 'timezoneindependent'),
  column('createdon', 'datetime'),
  column('tags', 'multichoice'),
]);

function row(n: number, values = '', version = n): string {
  return `{"@odata.etag":"W/\\"${version}\\"","accountid":"${guid(n)}"${values === '' ? '' : `,${values}`},"versionnumber":${version}}`;
}

describe('a row and a delete of one id in one delta are read again (I-4)', () => {
  const settledPage = (rows: readonly string[]) =>
    spool.compose(
      pageKey({ read: 'rows', address: `settle ${pages}` }),
      rows.map(text => Buffer.from(text)),
      signal,
    );

  test('in the page, whatever their order', async () => {
    for (const rows of [
      [row(1, '', 8), deletedRow(guid(1)), row(2)],
      [deletedRow(guid(1)), row(2), row(1, '', 8)],
    ]) {
      expect(await build(small, rows)).toEqual({ is: 'unsettled', ids: [guid(1)] });
      const gone = built(await build(small, rows, { settled: { gone: [guid(1)], page: null } }));
      expect(gone.file).toMatchObject({ rows: 1, deletes: 1 });
      const exists = { gone: [], page: await settledPage([row(1, '"name":"again"', 9)]) };
      const kept = built(await build(small, rows, { settled: exists }));
      expect(kept.file).toMatchObject({ rows: 2, deletes: 0 });
      expect(kept.highWater).toBe('9');
      expect(await readBack(kept.file.path, small, `WHERE "Id" = '${guid(1)}'`)).toMatchObject([
        { name: 'again', __version: '9' },
      ]);
    }
  });

  test('against earlier batches of the same delta; a row read again wins over an earlier delete', async () => {
    const first = built(await build(small, [row(1, '', 50), deletedRow(guid(2))], { deleteVersion: '70' }));
    const chain = [first.file.path];
    const rows = [deletedRow(guid(1)), row(2, '', 60), row(3)];
    expect(await build(small, rows, { chain })).toEqual({ is: 'unsettled', ids: [guid(1), guid(2)] });
    const settled = { gone: [guid(1)], page: await settledPage([row(2, '"name":"again"', 60)]) };
    const result = built(await build(small, rows, { chain, settled, deleteVersion: '70' }));
    const found = await readBack(result.file.path, small, 'ORDER BY "Id"');
    expect(
      found.map(({ Id, __version, __deleted, versionnumber }) => [Id, __version, __deleted, versionnumber]),
    ).toEqual([
      [guid(1), '70', 'true', null],
      [guid(2), '71', 'false', '60'],
      [guid(3), '3', 'false', '3'],
    ]);
  });

  test('rows read one by one need no second reading', async () => {
    const first = built(await build(small, [row(1), deletedRow(guid(2))], { deleteVersion: '70' }));
    const page = await pageOf([deletedRow(guid(1)), row(2, '', 60)], { read: 'rows' });
    const result = built(await build(small, [], { page, chain: [first.file.path], deleteVersion: '80' }));
    const found = await readBack(result.file.path, small, 'ORDER BY "Id"');
    expect(found.map(({ __version, __deleted }) => [__version, __deleted])).toEqual([
      ['80', 'true'],
      ['71', 'false'],
    ]);
  });
});
