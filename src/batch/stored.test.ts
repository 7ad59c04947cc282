import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, guid, shapeOf } from '../../test/kit/batch-fixtures.ts';
import { oldValues } from '../../test/kit/old-values.ts';
import type { ColumnKind } from '../core/shape.ts';
import { lakeColumns } from '../core/shape.ts';
import { type Engine, openEngine } from './duckdb.ts';
import { mergeSql } from './merge.ts';
import { literal } from './sql.ts';
import { storedColumns } from './stored.ts';

const signal = new AbortController().signal;
let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-stored-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const shapeWith = (kind: ColumnKind, more = {}) => shapeOf([column('x', kind, { maxLength: 40, ...more })]);

let made = 0;

/** A file with one row, whose `x` is this SQL. */
async function fileWith(value: string): Promise<string> {
  made += 1;
  const path = join(folder, `${made}.parquet`);
  const row = `SELECT '${guid(made)}'::UUID AS "Id", ${value} AS x, 1::BIGINT AS __version, 1::INTEGER AS __epoch, false AS __deleted`;
  await engine.session(session => session.runAll(`COPY (${row}) TO ${literal(path)} (FORMAT parquet)`), signal);
  return path;
}

/** The values of `x`, as texts and in the order of the paths, read together under a shape. */
async function read(paths: readonly string[], shape: ReturnType<typeof shapeWith>): Promise<unknown[]> {
  return engine.session(async session => {
    const stored = await storedColumns(session, paths);
    const image = paths.map((path, n) => ({ name: String(2000 + n), path }));
    const sql = mergeSql({ shape, image, batches: [], stored });
    const rows = await session.runAll(`SELECT x::VARCHAR AS x, typeof(x) AS type FROM (${sql}) ORDER BY "Id"`);
    const type = lakeColumns(shape).find(({ name }) => name === 'x')?.sqlType;
    for (const row of rows) expect(String(row.type).replace(' WITH TIME ZONE', 'TZ')).toBe(type);
    return rows.map(({ x }) => x);
  }, signal);
}

describe('an old value under a new type', () => {
  test.each(oldValues)('%s', async (_, value, kind, expected) => {
    expect(await read([await fileWith(value)], shapeWith(kind))).toEqual([expected]);
  });

  test('that is longer than the new text may be is null', async () => {
    expect(await read([await fileWith('1234::INTEGER')], shapeWith('string', { maxLength: 3 }))).toEqual([null]);
  });

  test('keeps its places where more are kept', async () => {
    const wider = shapeWith('decimal', { precision: 12 });
    expect(await read([await fileWith('1.0123456789::DECIMAL(38,10)')], wider)).toEqual(['1.012345678900']);
  });
});

test('files of both types are read together, and a double on the way harms no exact value', async () => {
  const paths = [
    await fileWith('0.5::DOUBLE'),
    await fileWith('922337203685477.5807::DECIMAL(38,10)'),
    await fileWith(`'soon'`),
    await fileWith('NULL::INTEGER'),
  ];
  expect(await read(paths, shapeWith('decimal'))).toEqual(['0.5000000000', '922337203685477.5807000000', null, null]);
});

test('the newest word on a row is found whatever types the files of the others have (I-4)', async () => {
  const shape = shapeWith('integer');
  made += 1;
  const write = async (name: string, { id, x, version }: { id: number; x: string; version: number }) => {
    const path = join(folder, `${name}-${made}.parquet`);
    const row = `SELECT '${guid(id)}'::UUID AS "Id", ${x} AS x, ${version}::BIGINT AS __version, 1::INTEGER AS __epoch, false AS __deleted`;
    await engine.session(session => session.runAll(`COPY (${row}) TO ${literal(path)} (FORMAT parquet)`), signal);
    return path;
  };
  const files = [
    await write('a', { id: 1, x: `'1'`, version: 1 }),
    await write('b', { id: 1, x: '2::INTEGER', version: 2 }),
    await write('c', { id: 2, x: `'3'`, version: 3 }),
    await write('d', { id: 2, x: '4::INTEGER', version: 3 }),
  ];
  const found = await engine.session(async session => {
    const batches = files.map((path, n) => ({ path, sequence: n + 1, epoch: 1 }));
    const sql = mergeSql({ shape, image: [], batches, stored: await storedColumns(session, files) });
    return session.runAll(`SELECT x FROM (${sql}) ORDER BY x`);
  }, signal);
  expect(found.map(({ x }) => x)).toEqual([2, 4]);
});
