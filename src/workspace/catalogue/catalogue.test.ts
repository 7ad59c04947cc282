import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientQueries } from '../../../test/kit/client-queries/queries.ts';
import {
  type AskedRows,
  ask,
  EXAMPLE_RELATIONS,
  openTestEngine,
  shownRows,
  viewOf,
} from '../../../test/kit/client-queries/rig.ts';
import { Fault } from '../../core/fault.ts';
import type { SessionFacts } from '../catalogue-door.ts';
import type { RelationInfo } from '../database-view.ts';
import { RELATION_FACTS } from './facts.ts';

let engine: Awaited<ReturnType<typeof openTestEngine>>;

beforeAll(async () => {
  engine = await openTestEngine();
});
afterAll(() => engine.close());

interface Options {
  readonly relations?: readonly RelationInfo[];
  readonly version?: string;
  readonly facts?: Partial<SessionFacts>;
  /** As text. */
  readonly parameters?: readonly string[];
}

async function rows(
  sql: string,
  { relations = EXAMPLE_RELATIONS, version = '1', facts = {}, parameters = [] }: Options = {},
): Promise<AskedRows> {
  const session = await engine.session(facts);
  try {
    return await ask(session, { view: viewOf(relations, version), sql, parameters });
  } finally {
    await session.close();
  }
}

async function values(sql: string, options: Options = {}): Promise<readonly (string | null)[]> {
  return (await rows(sql, options))[0] ?? [];
}

const table = (schema: RelationInfo['schema'], name: string, columns: readonly string[] = ['id']): RelationInfo => ({
  schema,
  name,
  kind: 'table',
  columns: columns.map(column => ({ name: column, sqlType: 'UUID', length: null, notNull: false, comment: null })),
  primaryKey: [],
  comment: null,
  rowEstimate: null,
  bytes: null,
  definition: null,
});

/** They wait for the rewriting of queries: CROSS JOIN before another join. */
const WAITING = new Set(['tools: unnest with ordinality, 1']);

describe('what clients send', () => {
  let oids: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const sql = `SELECT relname, oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('dbo', 'public', 'lakelink')`;
    oids = new Map((await rows(sql)).map(([name, oid]) => [String(name), String(oid)]));
  });

  for (const { name, sql, rowCount, rows: wanted } of clientQueries()) {
    (WAITING.has(name) ? test.fails : test)(name, async () => {
      const text = sql.replace(/\{([^{}]+)\}/g, (whole, relation: string) => oids.get(relation) ?? whole);
      const shown = shownRows(await rows(text), oids);
      expect(shown).toHaveLength(rowCount);
      if (wanted !== null) expect(shown).toEqual([...wanted].sort());
    });
  }
});

describe('names', () => {
  const denied = new Set<string>();

  test('every relation of PostgreSQL 15 has its columns there, or is refused as it refuses them', async () => {
    const session = await engine.session();
    const { signal } = new AbortController();
    for (const { schema, name, columns } of RELATION_FACTS) {
      try {
        const sql = `SELECT * FROM ${schema}.${name}`;
        const { fields } = await session.prepare(sql, { view: viewOf(EXAMPLE_RELATIONS), parameterTypes: [], signal });
        expect(
          fields.map(field => field.name),
          name,
        ).toEqual(columns.map(column => column.name));
      } catch (failure) {
        if (!(failure instanceof Fault)) throw failure;
        expect(failure.details.sqlstate, name).toBe('42501');
        denied.add(name);
      }
    }
    await session.close();
    expect(denied.has('pg_authid')).toBe(true);
    expect(denied.size).toBe(13);
  });

  test.each([
    'pg_catalog.pg_nothing',
    'pg_catalog.duckdb_tables',
    'information_schema.duckdb_columns',
    'pg_catalog.sqlite_master',
    'pg_catalog.duckdb_settings()',
    'duckdb_tables()',
    'duckdb_databases()',
    'duckdb_tables',
    'll_pg.main.types',
    'll_cat_1.main.relations',
    'pg_catalog.pg_tables_()',
    'tables',
  ])('FROM %s is refused, whatever the engine has under that name', async name => {
    await expect(rows(`SELECT * FROM ${name}`)).rejects.toMatchObject({ code: 'input/sql' });
  });

  test('a relation that is not there is 42P01 in PostgreSQL’s words', async () => {
    await expect(rows('SELECT * FROM pg_catalog.pg_nothing')).rejects.toMatchObject({
      details: { reason: 'relation "pg_catalog.pg_nothing" does not exist', sqlstate: '42P01' },
    });
  });

  test.each([
    ['SELECT information_schema.nothing(1)', '42883'],
    ['SELECT pg_catalog.nothing(1)', '42883'],
    ['SELECT pg_catalog.duckdb_secrets()', '42883'],
    ['SELECT ll_pg.main.user_name(1, [], [])', '42883'],
    ['SELECT regclass_text(1)', '42883'],
    ['SELECT format_type(1)', '42883'],
    ['SELECT current_database(1)', '42883'],
    ['SELECT pg_sleep(1)', '42883'],
    [`SELECT pg_read_file('/etc/passwd')`, '42883'],
    [`SELECT 'nothing'::regclass`, '42P01'],
    [`SELECT 'a b c'::regclass`, '42602'],
    [`SELECT 'nothing'::regtype`, '42704'],
    [`SELECT 'nobody'::regrole`, '42704'],
    [`SELECT 'nowhere'::regnamespace`, '3F000'],
    [`SELECT current_setting('nothing.like_it')`, '42704'],
    [`SELECT has_table_privilege('nothing', 'SELECT')`, '42P01'],
  ])('%s is %s', async (sql, sqlstate) => {
    await expect(rows(sql)).rejects.toMatchObject({ details: { sqlstate } });
  });

  test('texts become object ids and print as PostgreSQL prints them', async () => {
    const sql = `SELECT 'account'::regclass, 'DBO.Account'::regclass::text, '"Mixed Case"'::regclass, 'pg_class'::regclass::oid,
      1259::regclass, 'int4'::regtype, 'text[]'::regtype::oid, 23::regtype::text, 'ana'::regrole, to_regclass('nothing'),
      'information_schema.tables'::regclass, 0::regclass`;
    expect(await values(sql)).toEqual([
      ...['account', 'account', '"Mixed Case"', '1259', 'pg_class', 'integer', '1009', 'integer', 'ana', null],
      ...['information_schema.tables', '-'],
    ]);
  });
});

describe('what is in the tables', () => {
  test('a relation that another hides is not visible, and prints with its schema', async () => {
    const relations = [table('dbo', 'account'), table('lakelink', 'account'), table('public', 'pg_class')];
    const sql = `SELECT oid::regclass::text AS name, pg_table_is_visible(oid) AS visible FROM pg_class
      WHERE relnamespace::regnamespace::text IN ('dbo', 'public', 'lakelink') ORDER BY 1`;
    expect(await rows(sql, { relations, version: 'hidden' })).toEqual([
      ['account', 't'],
      ['lakelink.account', 'f'],
      ['public.pg_class', 'f'],
    ]);
  });

  test('names with quotes, separators and SQL in them come out as they are', async () => {
    const odd = [`a'b`, 'c"d', `'); DROP TABLE x; --`, 'e\\f', 'ünïcode', '$L.main', 'line\nbreak'];
    const options = { relations: odd.map(name => table('dbo', name, [name, 'id'])), version: 'odd' };
    const names = await rows(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'dbo'`, options);
    const columns = await rows(
      `SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 16384 AND attnum = 1`,
      options,
    );
    expect(names.flat().sort()).toEqual([...odd].sort());
    expect(columns.flat().sort()).toEqual([...odd].sort());
  });

  test('a relation’s object id is the same in every version and every process', async () => {
    const sql = `SELECT 'account'::regclass::oid`;
    const relations = [...EXAMPLE_RELATIONS, table('dbo', 'added')];
    expect(await values(sql, { relations, version: 'more' })).toEqual(['745317384']);
    expect(await values(sql)).toEqual(['745317384']);
  });

  test('a client’s column may have the name of any parameter or column that a function is made with', async () => {
    const sql = `SELECT obj_description(x_oid, 'pg_class'), col_description(x_oid, x_number), format_type(p_type, p_mod)
      FROM (SELECT oid AS x_oid, 1 AS x_number, 1043 AS p_type, 20 AS p_mod FROM pg_class WHERE relname = 'account') x_t`;
    const shown = ['Business that represents a customer', 'Account', 'character varying(16)'];
    expect(await values(sql)).toEqual(shown);
  });

  test('session values are the session’s own', async () => {
    const sql = `SELECT current_user, session_user, current_catalog, current_schema, current_database(), pg_backend_pid(),
      current_setting('TIMEZONE'), current_setting('a.b', true), version()`;
    const user = { name: `o'brien`, role: 'Reader', databases: ['other'] } as const;
    expect(await values(sql, { facts: { processId: 77, database: 'other', user } })).toEqual([
      ...[`o'brien`, `o'brien`, 'other', 'dbo', 'other', '77', 'UTC', null, 'PostgreSQL 15.0 (Lakelink)'],
    ]);
  });

  test('the current schema is the first of the search path that there is', async () => {
    for (const [path, shown] of [
      ['lakelink, dbo', 'lakelink'],
      ['"$user", public', 'public'],
      ['""', null],
    ] as const) {
      const settings = new Map([['search_path', path]]);
      expect(await values('SELECT current_schema()', { facts: { settings } })).toEqual([shown]);
    }
  });

  test('parameters stay parameters where the catalogue writes a call anew: SQLAlchemy’s reflection', async () => {
    const compared = `SELECT json_build_object($1::varchar, relname = $2::varchar) FROM pg_class WHERE relname = 'account'`;
    expect(await values(compared, { parameters: ['is', 'account'] })).toEqual(['{"is":true}']);
    const counted = `SELECT generate_subscripts(indkey, $1::int4), array_lower(indkey, $1), array_upper(indkey, $1)
      FROM pg_index WHERE indrelid = 'account'::regclass`;
    expect(await values(counted, { parameters: ['1'] })).toEqual(['0', '0', '0']);
  });

  test('only databases that the user may see are listed', async () => {
    const databases = ['lake', 'second'].map(name => ({ name, lakePath: name, link: null }));
    const listed = await rows('SELECT datname FROM pg_database ORDER BY 1', { facts: { databases } });
    expect(listed).toEqual([['lake'], ['second']]);
  });

  test('an array of int2 that counts from 0 is told as int2vector, an object id as oid', async () => {
    const session = await engine.session();
    const { signal } = new AbortController();
    const sql = 'SELECT indkey, indclass, indexrelid, indexrelid::regclass FROM pg_index';
    const prepared = await session.prepare(sql, { view: viewOf(EXAMPLE_RELATIONS), parameterTypes: [], signal });
    expect(prepared.fields.map(({ typeOid }) => typeOid)).toEqual([22, 30, 26, 25]);
    await session.close();
  });
});
