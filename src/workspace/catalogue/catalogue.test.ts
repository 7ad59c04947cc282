import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientQueries } from '../../../test/kit/client-queries/queries.ts';
import {
  EXAMPLE_RELATIONS,
  rewriteThroughDoor,
  runThroughDoor,
  sessionFacts,
  shownRows,
  viewOf,
} from '../../../test/kit/client-queries/rig.ts';
import { openTestEngine, type TestEngine } from '../../../test/kit/client-queries/test-engine.ts';
import type { Row, Session } from '../../batch/duckdb.ts';
import type { CatalogueDoor, OpenCatalogue, SessionFacts } from '../catalogue-door.ts';
import type { RelationInfo } from '../database-view.ts';
import { RELATION_FACTS } from './facts.ts';
import { catalogueOpener } from './open.ts';

let engine: TestEngine;
let open: OpenCatalogue;
const signal = new AbortController().signal;

beforeAll(async () => {
  engine = await openTestEngine();
  open = catalogueOpener();
});
afterAll(() => engine.close());

interface World {
  readonly session: Session;
  readonly door: CatalogueDoor;
  rows(sql: string): Promise<readonly Row[]>;
  values(sql: string): Promise<readonly unknown[]>;
}

async function inCatalogue<T>(
  work: (world: World) => Promise<T>,
  { relations = EXAMPLE_RELATIONS, version = '1', facts = {} }: Options = {},
): Promise<T> {
  return engine.session(async session => {
    const view = viewOf(relations, version);
    const door = await open({ session, view, facts: sessionFacts(facts), signal });
    const rows = (sql: string) => runThroughDoor(session, door, sql);
    return work({ session, door, rows, values: async sql => Object.values((await rows(sql))[0] ?? {}) });
  });
}

interface Options {
  readonly relations?: readonly RelationInfo[];
  readonly version?: string;
  readonly facts?: Partial<SessionFacts>;
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

describe('what clients send', () => {
  let oids: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const sql = `SELECT oid, relname FROM pg_class WHERE relnamespace::regnamespace::text IN ('dbo', 'public', 'lakelink')`;
    oids = await inCatalogue(
      async ({ rows }) => new Map((await rows(sql)).map(row => [String(row.relname), String(row.oid)])),
    );
  });

  test.each(clientQueries())('$name', async ({ sql, rowCount, rows: wanted }) => {
    const text = sql.replace(/\{([^{}]+)\}/g, (whole, name: string) => oids.get(name) ?? whole);
    const shown = shownRows(await inCatalogue(({ rows }) => rows(text)), oids);
    expect(shown).toHaveLength(rowCount);
    if (wanted !== null) expect(shown).toEqual(wanted);
  });
});

describe('names', () => {
  test('every relation of PostgreSQL 15 has its columns there, or is refused as it refuses them', async () => {
    await inCatalogue(async ({ session, door }) => {
      for (const { schema, name, columns } of RELATION_FACTS) {
        let sql: string | null;
        try {
          sql = door.relation({ schema, name });
        } catch (failure) {
          expect(failure).toMatchObject({ code: 'input/sql', details: { sqlstate: '42501' } });
          continue;
        }
        const result = await session.runRows(`SELECT * FROM ${sql} LIMIT 0`);
        expect(result.names, name).toEqual(columns.map(column => column.name));
      }
    });
  });

  test.each([
    ['pg_catalog', 'pg_nothing'],
    ['pg_catalog', 'duckdb_tables'],
    ['information_schema', 'duckdb_columns'],
    ['pg_catalog', 'sqlite_master'],
  ])('%s.%s does not exist, whatever the engine has under that name', async (schema, name) => {
    await inCatalogue(async ({ door }) => {
      expect(() => door.relation({ schema, name })).toThrow(
        expect.objectContaining({
          details: { reason: `relation "${schema}.${name}" does not exist`, sqlstate: '42P01' },
        }),
      );
    });
  });

  test('names that are not the catalogue’s are left to others', async () => {
    await inCatalogue(async ({ door }) => {
      expect(door.relation({ schema: null, name: 'account' })).toBeNull();
      expect(door.relation({ schema: 'dbo', name: 'pg_class' })).toBeNull();
      expect(door.relation({ schema: null, name: 'tables' })).toBeNull();
      expect(door.relation({ schema: null, name: 'duckdb_tables' })).toBeNull();
    });
  });

  test.each(['SELECT information_schema.nothing(1)', 'SELECT format_type(1)', 'SELECT current_database(1)'])(
    '%s is 42883',
    async sql => {
      await inCatalogue(({ rows }) => expect(rows(sql)).rejects.toMatchObject({ details: { sqlstate: '42883' } }));
    },
  );

  test.each([
    [`SELECT 'nothing'::regclass`, '42P01'],
    [`SELECT 'a b c'::regclass`, '42602'],
    [`SELECT 'nothing'::regtype`, '42704'],
    [`SELECT 'nobody'::regrole`, '42704'],
    [`SELECT 'nowhere'::regnamespace`, '3F000'],
    [`SELECT current_setting('nothing.like_it')`, '42704'],
    [`SELECT has_table_privilege('nothing', 'SELECT')`, '42P01'],
  ])('%s is %s', async (sql, sqlstate) => {
    await inCatalogue(({ rows }) => expect(rows(sql)).rejects.toMatchObject({ details: { sqlstate } }));
  });

  test('texts become object ids and print as PostgreSQL prints them', async () => {
    const sql = `SELECT 'account'::regclass, 'DBO.Account'::regclass::text, '"Mixed Case"'::regclass, 'pg_class'::regclass::oid,
      1259::regclass, 'int4'::regtype, 'text[]'::regtype::oid, 23::regtype::text, 'ana'::regrole, to_regclass('nothing'),
      'information_schema.tables'::regclass, 0::regclass`;
    expect(await inCatalogue(({ values }) => values(sql))).toEqual([
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
    expect(await inCatalogue(({ rows }) => rows(sql), { relations, version: 'hidden' })).toEqual([
      { name: 'account', visible: true },
      { name: 'lakelink.account', visible: false },
      { name: 'public.pg_class', visible: false },
    ]);
  });

  test('names with quotes, separators and SQL in them come out as they are', async () => {
    const odd = [`a'b`, 'c"d', `'); DROP TABLE x; --`, 'e\\f', 'ünïcode', '$L.main', 'line\nbreak'];
    const relations = odd.map(name => table('dbo', name, [name, 'id']));
    const { names, columns } = await inCatalogue(
      async ({ rows }) => ({
        names: await rows(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'dbo'`),
        columns: await rows(
          `SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 16384 AND attnum = 1`,
        ),
      }),
      { relations, version: 'odd' },
    );
    expect(names.map(row => row.table_name).sort()).toEqual([...odd].sort());
    expect(columns.map(row => row.attname).sort()).toEqual([...odd].sort());
  });

  test('a relation’s object id is the same in every version and every process', async () => {
    const oid = (version: string, relations: readonly RelationInfo[]) =>
      inCatalogue(({ values }) => values(`SELECT 'account'::regclass::oid`), { relations, version });
    const before = await oid('1', EXAMPLE_RELATIONS);
    expect(await oid('more', [...EXAMPLE_RELATIONS, table('dbo', 'added')])).toEqual(before);
    expect(before).toEqual(['745317384']);
  });

  test('a client’s column may have the name of any parameter or column that a function is made with', async () => {
    const sql = `SELECT obj_description(x_oid, 'pg_class'), col_description(x_oid, x_number), format_type(p_type, p_mod)
      FROM (SELECT oid AS x_oid, 1 AS x_number, 1043 AS p_type, 20 AS p_mod FROM pg_class WHERE relname = 'account') x_t`;
    expect(await inCatalogue(({ values }) => values(sql))).toEqual([
      'Business that represents a customer',
      'Account',
      'character varying(16)',
    ]);
  });

  test('session values are the session’s own', async () => {
    const sql = `SELECT current_user, session_user, current_catalog, current_schema, current_database(), pg_backend_pid(),
      current_setting('TIMEZONE'), current_setting('a.b', true), version()`;
    const facts = {
      processId: 77,
      database: 'other',
      user: { name: `o'brien`, role: 'Reader', databases: ['other'] } as const,
    };
    expect(await inCatalogue(({ values }) => values(sql), { facts })).toEqual([
      ...[`o'brien`, `o'brien`, 'other', 'dbo', 'other', 77, 'UTC', null, 'PostgreSQL 15.0 (Lakelink)'],
    ]);
  });

  test('only databases that the user may see are listed', async () => {
    const facts = {
      databases: [
        { name: 'lake', lakePath: 'x', link: null },
        { name: 'second', lakePath: 'y', link: null },
      ],
    };
    const listed = await inCatalogue(({ rows }) => rows('SELECT datname FROM pg_database ORDER BY 1'), { facts });
    expect(listed).toEqual([{ datname: 'lake' }, { datname: 'second' }]);
  });
});

describe('tables of a catalogue are made once', () => {
  const databases = (session: Session) =>
    session.runAll(`SELECT database_name FROM duckdb_databases() WHERE database_name LIKE 'll_cat_%'`);

  test('for all sessions of a version, at the same time too; the oldest of many goes', async () => {
    const own = catalogueOpener();
    const fresh = await openTestEngine();
    try {
      const look = (version: string) =>
        fresh.session(async session => {
          const door = await own({ session, view: viewOf(EXAMPLE_RELATIONS, version), facts: sessionFacts(), signal });
          const sql = await rewriteThroughDoor(session, door, 'SELECT * FROM pg_class');
          return { count: (await databases(session)).length, name: /ll_cat_\d+/.exec(sql)?.[0] };
        });
      const [first, second] = await Promise.all([look('1'), look('1')]);
      expect(first).toEqual(second);
      for (const version of ['2', '3', '4', '5', '6', '7']) await look(version);
      expect((await look('7')).count).toBe(6);
      expect((await look('1')).name).not.toBe(first.name);
    } finally {
      await fresh.close();
    }
  });

  test('a session that gives up does not take it from another that waits', async () => {
    const own = catalogueOpener();
    const fresh = await openTestEngine();
    const giveUp = new AbortController();
    const view = (stop: AbortSignal) => ({
      ...viewOf(EXAMPLE_RELATIONS, 'slow'),
      relations: async () => {
        giveUp.abort(new Error('given up'));
        stop.throwIfAborted();
        return EXAMPLE_RELATIONS;
      },
    });
    const ask = (stop: AbortSignal) =>
      fresh.session(session => own({ session, view: view(stop), facts: sessionFacts(), signal: stop }));
    const both = await Promise.allSettled([ask(giveUp.signal), ask(signal)]);
    await fresh.close();
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
