import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documented } from '../kit/sql-docs.ts';
import { openSqlWorld, PASSWORD, type SqlWorld } from '../kit/sql-world.ts';
import { ODD_TEXT } from '../kit/typed-rows.ts';
import { firstThere, isHere, isOnPath, linesOf, say } from './programs.ts';

const driver = firstThere(['/usr/share/java/postgresql.jar']);
const isThere =
  isHere('the JDBC driver (Debian: libpostgresql-jdbc-java)', driver !== null) &&
  isHere('java 11 or later (Debian: default-jdk-headless)', isOnPath('java', '-version'));

/** Of the row `most` of `new_crate`, as Java has them. */
const TYPED = {
  String: ODD_TEXT,
  int: 2_147_483_647,
  long: '9223372036854775807',
  BigDecimal: '100000000000.0123456789',
  money: '922337203685477.5807',
  double: 0.1,
  boolean: true,
  OffsetDateTime: '2024-02-29T23:59:58Z',
  LocalDate: '2024-02-29',
  LocalDateTime: '2024-02-29T12:34:56',
  UUID: '123e4567-e89b-42d3-a456-426614174000',
  Timestamp: '2024-02-29T23:59:58Z',
  Object: 'BigDecimal Timestamp',
};

describe.skipIf(!isThere)('PostgreSQL JDBC', () => {
  let world: SqlWorld;
  let said: ReadonlyMap<string, unknown>;

  beforeAll(async () => {
    world = await openSqlWorld();
    const program = fileURLToPath(new URL('JdbcClient.java', import.meta.url));
    const address = `jdbc:postgresql://${world.host}:${world.port}/${world.database}`;
    const ended = await say('java', ['-cp', driver ?? '', program, address, world.caFile], { env: { PASSWORD } });
    if (ended.code !== 0) throw new Error(`the program failed: ${ended.err}${ended.out.slice(-2_000)}`);
    said = linesOf(ended.out);
  }, 300_000);
  afterAll(() => world?.stop());

  test('connects under TLS with channel binding; a wrong password is 28P01', () => {
    expect(said.get('product')).toBe('PostgreSQL 15');
    expect(said.get('valid')).toBe(true);
    expect(said.get('wrong password')).toMatchObject({ state: '28P01' });
  });

  test('DatabaseMetaData lists catalogs, schemas, tables and views', () => {
    expect(said.get('catalogs')).toEqual([world.database]);
    expect(said.get('schemas')).toEqual(['dbo', 'information_schema', 'lakelink', 'pg_catalog', 'public']);
    expect(said.get('tables')).toEqual(
      ['account', 'contact', 'new_crate', 'new_event', 'opportunity'].flatMap(name => [name, `${name}_partitioned`]),
    );
    expect(said.get('views')).toEqual(
      expect.arrayContaining([
        ['dbo', 'account_labels'],
        ['dbo', 'new_event_current'],
        ['lakelink', 'tables'],
      ]),
    );
    expect(said.get('comment')).toEqual([expect.stringContaining('near real time')]);
  });

  test('getColumns has names, types, sizes and scales', () => {
    const columns = new Map((said.get('columns') as string[][]).map(([name, ...rest]) => [name, rest]));
    // Type name, java.sql.Types, size, decimal digits, nullable.
    expect(columns.get('Id')).toEqual(['uuid', '1111', expect.anything(), '0', 'NO']);
    expect(columns.get('new_name')).toEqual(['varchar', '12', '200', '0', 'YES']);
    expect(columns.get('new_notes')).toEqual(['text', '12', expect.anything(), '0', 'YES']);
    expect(columns.get('new_exact')).toEqual(['numeric', '2', '38', '10', 'YES']);
    expect(columns.get('new_price')).toEqual(['numeric', '2', '38', '4', 'YES']);
    expect(columns.get('new_big')).toEqual(['int8', '-5', '19', '0', 'YES']);
    expect(columns.get('new_flag')).toEqual(['bool', '-7', '1', '0', 'YES']);
    expect(columns.get('new_moment')?.slice(0, 2)).toEqual(['timestamptz', '93']);
    expect(columns.get('new_day')?.slice(0, 2)).toEqual(['date', '91']);
  });

  test('getPrimaryKeys and getBestRowIdentifier: the id, and nothing where an id may come twice', () => {
    expect(said.get('primary keys')).toEqual([['Id', '1']]);
    expect(said.get('best row')).toEqual(['Id']);
    expect(said.get('indexes')).toEqual([['Id', 'f']]);
    expect(said.get('keys of a snapshot')).toEqual([]);
  });

  test('the other questions of DatabaseMetaData have answers', () => {
    const failed = [...said].filter(([, is]) => typeof is === 'object' && is !== null && 'state' in is);
    const meant = ['wrong password', 'syntax error', 'a write', 'timeout', 'cancel'];
    expect(failed.filter(([of]) => !meant.includes(of))).toEqual([]);
    expect([...said].filter(([, is]) => typeof is === 'object' && is !== null && 'failed' in is)).toEqual([]);
    expect(said.get('type info')).toBe(true);
    expect(said.get('privileges')).toEqual(['SELECT']);
    expect(said.get('imported keys')).toBe(0);
    expect(said.get('isolation')).toBe(2);
  });

  test.each(['in text', 'after six times', 'in binary', 'in the simple protocol'])('values of every type, %s', form => {
    expect(said.get(form)).toEqual(TYPED);
  });

  test('nulls, arrays, and what a statement is described as', () => {
    expect(said.get('nothing')).toEqual([true, 0, true, true]);
    expect(said.get('array')).toEqual(['a,b', null, 'c']);
    expect(said.get('described')).toMatchObject({ new_exact: 'numeric', new_moment: 'timestamptz', parameter: 'uuid' });
  });

  test('setObject of every type finds the row, as text and then in binary', () => {
    const counts = [...said].filter(([of]) => of.startsWith('where '));
    expect(counts).toHaveLength(12);
    for (const [of, is] of counts) expect([of, is]).toEqual([of, of === 'where null' ? 0 : [1]]);
    expect(said.get('limit')).toBe(3);
  });

  test('fetch size reads through a cursor, every row once; max rows cuts for the client', () => {
    const count = world.world.database.count('account');
    expect(said.get('fetch size')).toEqual([count, count]);
    expect(said.get('max rows')).toBe(5);
  });

  test('errors have a SQLSTATE and a place; cancel and query timeout end a statement', () => {
    expect(said.get('syntax error')).toMatchObject({ state: '42703', says: expect.stringContaining('Position: 8') });
    expect(said.get('a write')).toMatchObject({ state: '25006' });
    expect(said.get('timeout')).toMatchObject({ state: '57014' });
    expect(said.get('cancel')).toMatchObject({ state: '57014' });
    expect(said.get('goes on')).toEqual(['42']);
  });

  test('the documented program runs as it is written', async () => {
    const [text = ''] = documented('java', world);
    const folder = mkdtempSync(join(tmpdir(), 'lakelink-java-'));
    try {
      const file = join(folder, 'Lake.java');
      writeFileSync(file, text);
      const { code, err } = await say('java', ['-cp', driver ?? '', file], { env: { PGPASSWORD: PASSWORD } });
      expect({ code, err }).toEqual({ code: 0, err: '' });
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  test('transactions, and the schema of a connection', () => {
    expect(said.get('read only transaction')).toBe(1);
    expect(said.get('schema')).toEqual(['lakelink', 1]);
  });
});
