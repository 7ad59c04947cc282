import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documented } from '../kit/sql-docs.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { ODD_TEXT } from '../kit/typed-rows.ts';
import { linesOf } from './programs.ts';
import { pythonPrograms, runPython } from './python.ts';

let world: SqlWorld;
let said: ReadonlyMap<string, unknown>;

beforeAll(async () => {
  await pythonPrograms();
  world = await openSqlWorld();
  const program = fileURLToPath(new URL('sql_clients.py', import.meta.url));
  const out = await runPython('python', [program], {
    PGHOST: world.host,
    PGPORT: String(world.port),
    PGDATABASE: world.database,
    PGUSER: 'ana',
    PGPASSWORD: PASSWORD,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: world.caFile,
  });
  said = linesOf(out);
}, 300_000);
afterAll(() => world?.stop());

const accounts = () => world.world.database.count('account');

describe('psycopg 3', () => {
  const TYPED = {
    new_name: ODD_TEXT,
    new_whole: 2_147_483_647,
    new_big: '9223372036854775807',
    new_exact: 'Decimal 100000000000.0123456789',
    new_price: 'Decimal 922337203685477.5807',
    new_float: 'float 0.1',
    new_flag: true,
    new_moment: 'datetime 2024-02-29T23:59:58+00:00',
    new_day: 'date 2024-02-29',
    new_key: 'UUID 123e4567-e89b-42d3-a456-426614174000',
  };

  test.each(['typed as text', 'typed in binary'])('values: %s', form => expect(said.get(form)).toEqual(TYPED));

  test('connects under TLS; a wrong password is refused', () => {
    expect(said.get('encrypted')).toBe(true);
    // It is no error of a statement, so the driver has no SQLSTATE of it.
    expect(said.get('wrong password')).toMatchObject({ state: null });
  });

  test.each(['as they come', 'as text', 'in binary'])('parameters of every type find their row, %s', form => {
    const counts = Object.entries(said.get(`parameters ${form}`) as Record<string, number>);
    expect(counts).toHaveLength(11);
    expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
  });

  test('prepared statements, pipelines and asyncio', () => {
    expect(said.get('prepared')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(said.get('pipeline')).toEqual([0, 1, 2, 3, 4]);
    expect(said.get('asyncio')).toBe(world.world.database.count('contact'));
  });

  test('server-side cursors give every row once', () => {
    expect(said.get('server-side cursors')).toEqual([accounts(), accounts(), [40, 40, 20]]);
  });

  test('COPY as text, CSV and binary, and by rows with their types', () => {
    expect(said.get('copy text')).toBe('7\tx,y\n');
    expect(said.get('copy csv')).toBe('a,b\n7,"x,y"\n');
    expect(said.get('copy binary')).toMatch(/^5047434f50590aff0d0a00.*0002000000040000000700000003782c79ffff$/);
    expect(said.get('copy rows')).toEqual([
      ['UUID 00000000-0000-4000-8000-0000000000a1', 2_147_483_647],
      ['UUID 00000000-0000-4000-8000-0000000000a2', -2_147_483_648],
      ['UUID 00000000-0000-4000-8000-0000000000a3', null],
    ]);
  });

  test('errors have SQLSTATE and place; a cancel ends a statement; arrays go both ways', () => {
    expect(said.get('error')).toEqual({ state: '42703', position: '8' });
    expect(said.get('write')).toMatchObject({ state: '25006' });
    expect(said.get('cancel')).toMatchObject({ state: '57014' });
    expect(said.get('goes on')).toBe(42);
    expect(said.get('array')).toEqual([
      ['a,b', null],
      [1, 2],
    ]);
    expect(said.get('any')).toBe(1);
  });
});

describe('SQLAlchemy 2', () => {
  test('the inspector finds schemas, tables and views', () => {
    expect(said.get('default schema')).toBe('dbo');
    expect(said.get('schemas')).toEqual(expect.arrayContaining(['dbo', 'lakelink', 'public']));
    expect(said.get('tables')).toEqual(
      ['account', 'contact', 'new_crate', 'new_event', 'opportunity'].flatMap(name => [name, `${name}_partitioned`]),
    );
    expect(said.get('views')).toEqual(expect.arrayContaining(['account_labels', 'new_event_current']));
    expect(said.get('system views')).toEqual(expect.arrayContaining(['commits', 'tables']));
    expect(said.get('has table')).toEqual([true, false]);
    expect(said.get('multi')).toBe(true);
  });

  test('and columns with their types, keys and comments', () => {
    expect(said.get('columns')).toMatchObject({
      Id: ['UUID', false],
      new_name: ['VARCHAR(200)', true],
      new_notes: ['TEXT', true],
      new_exact: ['NUMERIC(38, 10)', true],
      new_big: ['BIGINT', true],
      new_moment: ['TIMESTAMP', true],
      new_day: ['DATE', true],
      new_flag: ['BOOLEAN', true],
    });
    expect(said.get('key')).toEqual(['Id']);
    expect(said.get('comment')).toMatch(/near real time/);
    expect([said.get('foreign keys'), said.get('checks'), said.get('unique'), said.get('indexes')]).toEqual([
      [],
      [],
      0,
      [],
    ]);
  });

  test('reflected tables are queried, streamed, and isolated', () => {
    expect(said.get('reflected query')).toBe(3);
    expect(said.get('streamed')).toBe(accounts());
    expect(said.get('isolation')).toEqual(['REPEATABLE READ', 1]);
    expect(said.get('refused')).toEqual({ state: '42703' });
  });
});

describe('pandas 3', () => {
  test('read_sql has the dtypes of the columns', () => {
    expect(said.get('frame')).toMatchObject({
      new_whole: 'int64',
      new_big: 'int64',
      new_float: 'float64',
      new_flag: 'bool',
      new_moment: expect.stringMatching(/^datetime64\[.*, UTC\]$/),
    });
    expect(said.get('frame values')).toEqual([
      '2147483647',
      '9223372036854775807',
      '0.1',
      'True',
      '2024-02-29 23:59:58+00:00',
    ]);
    expect(said.get('frame dtypes')).toMatchObject({ new_whole: 'int32', new_exact: 'float64' });
  });

  test('chunks, read_sql_table and parameters', () => {
    expect(said.get('chunks')).toEqual([10, 10, 5]);
    expect(said.get('table')).toEqual([accounts(), ['accountid', 'createdon', 'name']]);
    expect(said.get('parameters')).toBe(1);
  });
});

test('the documented programs run as they are written', async () => {
  const programs = documented('python', world);
  expect(programs).toHaveLength(2);
  for (const text of programs) await runPython('python', ['-c', text], { PGPASSWORD: PASSWORD });
});
