import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { column, guid, shapeOf } from '../../test/kit/batch-fixtures.ts';
import { oldValues } from '../../test/kit/old-values.ts';
import { relationSql, withTypes } from './merged-rows.ts';

let folder: string;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-old-types-'));
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
});
afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true, force: true });
});

test.each(oldValues)('the verifier agrees on %s', async (name, value, kind, expected) => {
  const path = join(folder, `${oldValues.findIndex(([other]) => other === name)}.parquet`);
  await connection.run(
    `COPY (SELECT '${guid(1)}'::UUID AS "Id", ${value} AS x, 1::BIGINT AS __version, 1::INTEGER AS __epoch, false AS __deleted) TO '${path}' (FORMAT parquet)`,
  );
  const shape = shapeOf([column('x', kind, { maxLength: 40 })]);
  const sql = relationSql(shape, await withTypes(connection, [{ path, sequence: 1 }]));
  const found = await connection.runAndReadAll(`SELECT CAST(x AS VARCHAR) FROM (${sql})`);
  expect(found.getRows()).toEqual([[expected]]);
});
