import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneValue, rowsOf } from '../kit/pg-rows.ts';
import { openSqlWorld, type SqlWorld } from '../kit/sql-world.ts';
import { eventId, typedIds } from '../kit/typed-rows.ts';

let world: SqlWorld;
let client: pg.Client;

beforeAll(async () => {
  world = await openSqlWorld();
  client = await world.connect();
});
afterAll(() => world?.stop());

const first = (table: string) => {
  const [row] = world.world.database.page(table, { after: null, limit: 1 });
  if (row === undefined) throw new Error(`no row in ${table}`);
  return row.id;
};

describe('relations of a lake database', () => {
  test('information_schema lists tables, snapshots, views and system tables by schema', async () => {
    const rows = await rowsOf(
      client,
      `SELECT table_schema AS s, table_name AS n, table_type AS t FROM information_schema.tables
       WHERE table_schema IN ('dbo', 'lakelink') ORDER BY 1, 2`,
    );
    const shown = rows.map(({ s, n, t }) => `${s}.${n} ${t}`);
    expect(shown).toEqual(
      expect.arrayContaining([
        'dbo.account BASE TABLE',
        'dbo.account_partitioned BASE TABLE',
        'dbo.new_event_current VIEW',
        'dbo.account_labels VIEW',
        'lakelink.tables VIEW',
      ]),
    );
    expect(shown.filter(name => /metadata/i.test(name)).length).toBeGreaterThan(4);
  });

  test('a committed change is there at the next query, a delete too, and the snapshot stays', async () => {
    const id = first('opportunity');
    const partitioned = 'SELECT count(*)::int4 FROM opportunity_partitioned';
    const before = await oneValue(client, partitioned);
    const count = Number(await oneValue(client, 'SELECT count(*) FROM opportunity'));
    world.world.database.patch('opportunity', id, { name: 'changed just now' });
    const names = 'SELECT name FROM opportunity WHERE opportunityid = $1';
    await world.world.until(
      'it is there',
      async () => (await rowsOf(client, names, [id]))[0]?.name === 'changed just now',
    );
    world.world.database.remove('opportunity', id);
    await world.world.until('it is gone', async () => (await rowsOf(client, names, [id])).length === 0);
    expect(Number(await oneValue(client, 'SELECT count(*) FROM opportunity'))).toBe(count - 1);
    expect(await oneValue(client, partitioned)).toBe(before);
  });

  test('an append-only table has its history; _current has one row per id', async () => {
    const history = await rowsOf(
      client,
      'SELECT id AS id, new_count AS n, "IsDelete" AS d FROM new_event WHERE id IN ($1, $2) ORDER BY 1, versionnumber',
      [eventId(1), eventId(2)],
    );
    expect(history.map(({ id, n, d }) => `${String(id).at(-1)} ${n} ${d}`)).toEqual(
      expect.arrayContaining(['1 1 null', '1 100 null', '2 2 null']),
    );
    expect(history.filter(({ d }) => d === true)).toHaveLength(1);
    expect(await rowsOf(client, 'SELECT id AS id, new_count AS n FROM new_event_current ORDER BY 1')).toEqual([
      { id: eventId(1), n: 100 },
      { id: eventId(3), n: 3 },
      { id: eventId(4), n: 4 },
    ]);
  });

  test('_labels has the texts of choices, states and booleans beside them', async () => {
    const [row] = await rowsOf(client, 'SELECT * FROM new_crate_labels WHERE new_crateid = $1', [typedIds.most]);
    const texts = Object.values(row ?? {});
    expect(texts).toEqual(expect.arrayContaining(['Blue, "light"', 'Yes', 'Active']));
  });

  test('a join of three tables, grouped, with a window', async () => {
    const rows = await rowsOf(
      client,
      `SELECT a.name, count(c.contactid)::int4 AS contacts, rank() OVER (ORDER BY count(c.contactid) DESC)::int4 AS place
       FROM account a LEFT JOIN contact c ON c.parentcustomerid = a.accountid
       LEFT JOIN opportunity o ON o.parentaccountid = a.accountid
       GROUP BY a.accountid, a.name ORDER BY 3, 1 LIMIT 3`,
    );
    expect(rows.length).toBeGreaterThan(0);
  });

  test('names in another case and with quotes mean the same table', async () => {
    const n = await oneValue(client, 'SELECT count(*) FROM account');
    for (const name of ['ACCOUNT', 'dbo.Account', '"account"', '"dbo"."account"', `"${world.database}".dbo.account`])
      expect(await oneValue(client, `SELECT count(*) FROM ${name}`), name).toBe(n);
  });
});

describe('time travel', () => {
  test('a table as of a commit, as of a time, and all tables of a session as of a time', async () => {
    const own = await world.connect();
    const id = first('contact');
    const name = 'SELECT lastname FROM contact';
    const where = `WHERE contactid = '${id}'`;
    const old = await oneValue(own, `${name} ${where}`);
    const sequence = `SELECT max(sequence) FROM lakelink.commits WHERE table_name = 'contact'`;
    const before = String(await oneValue(own, sequence));
    const time = new Date().toISOString();
    world.world.database.patch('contact', id, { lastname: 'new surname' });
    await world.world.until('it is there', async () => (await oneValue(own, `${name} ${where}`)) === 'new surname');
    expect(await oneValue(own, `${name} AT (VERSION => ${before}) ${where}`)).toBe(old);
    expect(await oneValue(own, `${name} AT (TIMESTAMP => TIMESTAMPTZ '${time}') ${where}`)).toBe(old);
    await own.query(`SET lakelink.as_of = '${time}'`);
    expect(await oneValue(own, `${name} ${where}`)).toBe(old);
    await own.query('RESET lakelink.as_of');
    expect(await oneValue(own, `${name} ${where}`)).toBe('new surname');
  });

  test('a time that is kept no more is refused with the oldest that is', async () => {
    const sql = `SELECT count(*) FROM account AT (TIMESTAMP => TIMESTAMP '2001-01-01')`;
    await expect(client.query(sql)).rejects.toMatchObject({ code: '72000', message: expect.stringMatching(/20\d\d-/) });
  });
});

describe('system tables', () => {
  test('tables, commits and snapshots as they are', async () => {
    const tables = await rowsOf(client, 'SELECT table_name, initial_sync FROM lakelink.tables ORDER BY 1');
    expect(tables).toEqual(
      ['account', 'contact', 'new_crate', 'new_event', 'opportunity'].map(table_name => ({
        table_name,
        initial_sync: 'Completed',
      })),
    );
    const snapshots = await rowsOf(client, 'SELECT DISTINCT table_name FROM lakelink.snapshots');
    expect(snapshots).toHaveLength(5);
    expect(Number(await oneValue(client, 'SELECT count(*) FROM lakelink.commits'))).toBeGreaterThan(5);
    expect(await oneValue(client, 'SELECT count(*)::int4 FROM lakelink.links')).toBe(1);
  });
});

describe('views of users', () => {
  test('a Maker makes one, everyone reads it, and its base table may change', async () => {
    const maker = await world.connect({ user: 'maker' });
    await maker.query(`CREATE VIEW crates AS SELECT new_crateid, new_name AS "The Name" FROM new_crate WHERE new_flag`);
    expect(await rowsOf(client, 'SELECT count(*)::int4 AS n FROM crates')).toEqual([{ n: 1 }]);
    expect(Object.keys((await rowsOf(client, 'SELECT * FROM public.crates'))[0] ?? {})).toEqual([
      'new_crateid',
      'The Name',
    ]);
    await maker.query('CREATE OR REPLACE VIEW crates AS SELECT new_crateid FROM new_crate');
    expect(await oneValue(client, 'SELECT count(*)::int4 FROM crates')).toBe(3);
    const definition = `SELECT view_definition FROM information_schema.views WHERE table_name = 'crates'`;
    expect(String(await oneValue(client, definition))).toContain('SELECT new_crateid FROM new_crate');
    await maker.query('DROP VIEW crates');
    await expect(client.query('SELECT * FROM crates')).rejects.toMatchObject({ code: '42P01' });
  });

  test('a Reader makes none, and nobody one that reads a file or does not run', async () => {
    const maker = await world.connect({ user: 'maker' });
    await expect(client.query('CREATE VIEW v AS SELECT 1 AS a')).rejects.toMatchObject({ code: '42501' });
    await expect(maker.query('CREATE VIEW v AS SELECT nope FROM account')).rejects.toMatchObject({ code: '42703' });
    await expect(maker.query(`CREATE VIEW v AS SELECT * FROM read_csv('/etc/passwd')`)).rejects.toThrow();
    await maker.query('CREATE VIEW once AS SELECT 1 AS a');
    await expect(maker.query('CREATE VIEW once AS SELECT 1 AS a')).rejects.toMatchObject({ code: '42P07' });
    await maker.query('DROP VIEW once');
    await maker.query('DROP VIEW IF EXISTS once');
  });
});

describe('the catalogue as drivers ask it', () => {
  test('columns with their types, keys and descriptions', async () => {
    const columns = await rowsOf(
      client,
      `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required
       FROM pg_catalog.pg_attribute a WHERE a.attrelid = 'dbo.new_crate'::regclass AND a.attnum > 0 AND NOT a.attisdropped
       AND a.attname IN ('Id', 'new_exact', 'new_moment', 'new_day', 'new_flag') ORDER BY lower(a.attname)`,
    );
    expect(columns.map(({ name, type }) => `${String(name).toLowerCase()} ${type}`)).toEqual([
      'id uuid',
      'new_day date',
      'new_exact numeric(38,10)',
      'new_flag boolean',
      'new_moment timestamp with time zone',
    ]);
    const keys = await rowsOf(
      client,
      `SELECT c.conname, c.contype FROM pg_constraint c WHERE c.conrelid = 'dbo.account'::regclass AND c.contype = 'p'`,
    );
    expect(keys).toHaveLength(1);
  });
});
