import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
import { partitionCsvSql } from '../cdm/partition-csv.ts';
import type { Batcher, FoldRequest } from '../core/batcher.ts';
import { lakeColumns } from '../core/shape.ts';
import type { PageSpool } from '../core/spool.ts';
import { openBatcher } from './batcher.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { mergeSql } from './merge.ts';
import { openSpool } from './spool.ts';
import { ident } from './sql.ts';

const signal = new AbortController().signal;
let folder: string;
let engine: Engine;
let spool: PageSpool;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-names-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
  spool = await openSpool({ folder: join(folder, 'spool'), newId: countingIds() });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** Names that our own SQL uses for something, keywords, and names that collide without case. */
const NAMES =
  'id id_1 reason sinkcreatedon sinkmodifiedon c0 c1 c2 t0 t1 r0 r1 r2 is_deleted id_text row_version inexact sink word batch image held said winner shown live filename file_index file_row_number file_index_1 rowid version epoch names rows json page_rows page chain gone select from order group user table end null ownerid_entitytype owner'.split(
    ' ',
  );

const shape = shapeOf([
  column('ownerid', 'owner'),
  ...NAMES.map(name => column(name, 'string')),
  column('createdon', 'datetime'),
]);

const rowOf = (n: number, version: number, word: string) =>
  JSON.stringify({
    '@odata.etag': `W/"${version}"`,
    accountid: guid(n),
    '_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'team',
    _ownerid_value: guid(99),
    ...Object.fromEntries(NAMES.map(name => [name, `${word} ${name}`])),
    createdon: '2024-05-06T07:08:09Z',
    versionnumber: version,
  });

test('columns may have any name, also one that our own SQL uses: each value stays in its column', async () => {
  const batchOf = async (rows: readonly string[], sequence: number) => {
    const page = await spool.receive(pageKey({ address: `page ${sequence}` }), inPieces(answer(rows)), signal);
    const { file } = built(await batcher.build({ ...requestRest, shape, page }, signal));
    return { path: file.path, sequence, epoch: 1 };
  };
  const first = await batchOf([rowOf(1, 1, 'old'), rowOf(2, 2, 'kept'), rowOf(3, 3, 'gone')], 1);
  const fold = (given: Pick<FoldRequest, 'image' | 'batches' | 'history'>) =>
    batcher.fold({ shape, partitionStrategy: 'month', ...given }, signal);
  const folded = await fold({ image: [], batches: [first], history: { keep: 'parts', parts: null } });
  const image = folded.changed.map(({ name, file }) => ({ name, path: file.path }));
  expect(image.map(({ name }) => name)).toEqual(['2024-05']);
  const second = await batchOf([rowOf(1, 9, 'new'), deletedRow(guid(3))], 2);
  const parts = folded.parts.map(({ file, ...part }) => ({ ...part, path: file.path, rows: file.rows }));
  const again = await fold({ image, batches: [second], history: { keep: 'parts', parts } });
  const lake = lakeColumns(shape).filter(
    ({ source }) => source !== null && NAMES.includes(source.name) && source.kind === 'string',
  );
  const expected = ['new', 'kept'].map((word, n) => [
    guid(n + 1),
    ...lake.map(({ source }) => `${word} ${source?.name}`),
  ]);
  const columns = ['Id', ...lake.map(({ name }) => name)].map(name => `${ident(name)}::VARCHAR`).join(', ');
  for (const input of [
    { shape, image, batches: [second] },
    { shape, image: again.changed.map(({ name, file }) => ({ name, path: file.path })), batches: [] },
  ]) {
    const found = await engine.session(async session => {
      const result = await session.runRows(`SELECT ${columns} FROM (${mergeSql(input)}) merged ORDER BY 1`);
      const rows: unknown[] = [];
      for await (const chunk of result.rows()) rows.push(...chunk);
      return rows;
    });
    expect(found).toEqual(expected);
  }
  const kept = await engine.session(session =>
    session.runAll(
      `SELECT count(*)::INTEGER AS rows, count(DISTINCT ${ident(lake[0]?.name ?? '')})::INTEGER AS values FROM read_parquet('${again.parts[0]?.file.path}')`,
    ),
  );
  expect(kept).toEqual([{ rows: 5, values: 4 }]);
  const [changed] = again.changed;
  if (changed === undefined) throw new Error('nothing changed');
  const target = join(folder, 'names.csv');
  const present = lakeColumns(shape).map(({ name }) => name);
  await engine.session(session =>
    session.runAll(partitionCsvSql({ shape, source: changed.file.path, present, target })),
  );
  const lines = (await readFile(target, 'utf8')).trimEnd().split('\n');
  const at = lake.map(({ name }) => present.indexOf(name));
  const cells = lines.map(line => line.split(','));
  expect(cells.map(row => [row[0], ...at.map(n => row[n]?.slice(1, -1))]).sort()).toEqual(expected);
});
