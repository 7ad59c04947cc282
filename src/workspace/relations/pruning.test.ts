import { open } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow } from '../../../test/kit/lake-parquet.ts';
import { RelationLake } from '../../../test/kit/relation-lake.ts';
import { literal } from '../../batch/sql.ts';
import type { ImagePartition } from '../../core/commit.ts';
import { columnsUsed } from './columns-used.ts';

/*
 * What a query may not read is made unreadable: in the files of the image every column but those named is overwritten, its
 * place and its least and greatest value in the file's end left as they are. A query that reads it then fails or answers
 * something else.
 */

let lake: RelationLake;
beforeAll(async () => {
  lake = await RelationLake.open();
});
afterAll(() => lake.close());

const MONTHS = ['2023-12', '2024-01', '2024-02'] as const;
type Month = (typeof MONTHS)[number];
const ROWS = 20;

const rowsOf = (month: Month): SqlRow[] =>
  Array.from({ length: ROWS }, (_, n) => ({
    Id: id(MONTHS.indexOf(month), n),
    name: `'${month} ${n}'`,
    price: String(n),
    colour: String(1 + (n % 2)),
    createdon: `'${month}-${String(n + 1).padStart(2, '0')} 00:00:00+00'`,
    __version: String(n + 1),
  }));

function id(month: number, n: number): string {
  return `'00000000-0000-0000-000${month}-0000000000${String(n).padStart(2, '0')}'`;
}

/** Which columns of a month stay readable. */
type Readable = Partial<Readonly<Record<Month, readonly string[]>>>;

async function tableWith(readable: Readable, { isChanged = false } = {}): Promise<void> {
  const partitions: ImagePartition[] = [];
  for (const month of MONTHS) {
    const file = await lake.file(crateShape, rowsOf(month));
    await spoil(file.path, readable[month] ?? []);
    partitions.push({ name: month, changedAt: 3, file });
  }
  const changes: SqlRow[] = [
    { ...rowsOf('2024-01')[0], price: '1000', __version: '900' },
    { Id: id(1, 5), __version: '901', __deleted: 'true' },
    { Id: id(2, 0), __version: '902', __deleted: 'true' },
  ];
  const batch = await lake.file(crateShape, changes, 'batch');
  lake.add(crateShape, {
    image: { foldedAt: 3, through: 2, rowCount: MONTHS.length * ROWS, partitions, strategy: 'month' },
    ...(isChanged ? { pending: [{ sequence: 6, epoch: 0, batch }] } : {}),
  });
}

async function spoil(path: string, readable: readonly string[]): Promise<void> {
  const chunks = await lake.engine.session(session =>
    session.runAll(
      `SELECT path_in_schema AS name, least(nullif(dictionary_page_offset, 0), data_page_offset)::INTEGER AS start, ` +
        `total_compressed_size::INTEGER AS bytes FROM parquet_metadata(${literal(path)})`,
    ),
  );
  const file = await open(path, 'r+');
  for (const { name, start, bytes } of chunks) {
    if (readable.includes(String(name))) continue;
    await file.write(Buffer.alloc(Number(bytes), 0xff), 0, Number(bytes), Number(start));
  }
  await file.close();
}

async function answer(query: string, relation = 'crate') {
  const tree = await lake.engine.session(session =>
    session.runAll(`SELECT json_serialize_sql(${literal(query)}) AS tree`),
  );
  const used = columnsUsed(JSON.parse(String(tree[0]?.tree)));
  const rows = await lake.rows(relation, query, { columns: used && [...used] });
  return rows.map(row => Object.values(row).map(String));
}

const JANUARY = `createdon >= '2024-01-01T00:00:00Z' AND createdon < '2024-02-01T00:00:00Z'`;
const everywhere = (...columns: string[]): Readable => ({ '2023-12': columns, '2024-01': columns, '2024-02': columns });

describe('a query reads the months and the columns that it needs, and nothing else of the image (R: cost)', () => {
  test('rows are counted without reading one', async () => {
    await tableWith({});
    expect(await answer('SELECT count(*) FROM t')).toEqual([['60']]);
  });

  test('one column is read for its sum', async () => {
    await tableWith(everywhere('price'));
    expect(await answer('SELECT sum(price)::INTEGER FROM t')).toEqual([['570']]);
  });

  test('one column of one month is read for the sum of a month', async () => {
    await tableWith({ '2024-01': ['price', 'createdon'] });
    expect(await answer(`SELECT sum(price)::INTEGER FROM t WHERE ${JANUARY}`)).toEqual([['190']]);
  });

  test('a choice is read for its text, not the other columns that have texts', async () => {
    await tableWith({ '2024-01': ['colour', 'createdon'] });
    const query = `SELECT colour_label, count(*) FROM t WHERE ${JANUARY} GROUP BY ALL ORDER BY 1`;
    expect(await answer(query, 'crate_labels')).toEqual([
      ['Blue', '10'],
      ['Red, "light"', '10'],
    ]);
  });

  test('with changes pending the ids of that month are read too, and of no other month anything', async () => {
    await tableWith({ '2024-01': ['Id', 'price', 'createdon'] }, { isChanged: true });
    expect(await answer(`SELECT count(*), sum(price)::INTEGER FROM t WHERE ${JANUARY}`)).toEqual([['19', '1185']]);
  });

  test('what is spoilt cannot be read: a query that needs more fails', async () => {
    await tableWith({ '2024-01': ['price', 'createdon'] });
    await expect(answer('SELECT sum(price) FROM t')).rejects.toMatchObject({ code: 'batch/engine' });
    await expect(answer(`SELECT max(name) FROM t WHERE ${JANUARY}`)).rejects.toMatchObject({ code: 'batch/engine' });
  });
});
