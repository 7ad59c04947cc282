import { describe, expect, test } from 'vitest';
import { speak } from '../../../test/kit/spoken-world.ts';

const ADMIN = { role: 'System Administrator', database: 'postgres' } as const;

describe('DROP DATABASE', () => {
  test.each([
    'DROP DATABASE dataverse-old-org',
    'DROP DATABASE dataverse-old-org CASCADE',
    'drop database "dataverse-old-org";',
    'DROP DATABASE `dataverse-old-org` CASCADE',
    'DROP DATABASE /* the old one */ Dataverse-Old-Org RESTRICT;',
    '%%sql\nDROP DATABASE dataverse-old-org CASCADE',
    '%%sql DROP DATABASE IF EXISTS `dataverse-old-org` CASCADE;',
  ])('R 29: %j drops the database and the files', async sql => {
    const { say, directory } = await speak(ADMIN);
    expect(await say(sql)).toEqual(['CommandComplete DROP DATABASE', 'ReadyForQuery I']);
    expect(directory.dropped).toEqual([{ database: 'dataverse-old-org', keepFiles: false }]);
  });

  test.each(['DROP DATABASE dataverse-old-org KEEP FILES', 'DROP DATABASE dataverse-old-org CASCADE KEEP FILES'])(
    'R 29: %s keeps the files',
    async sql => {
      const { say, directory } = await speak(ADMIN);
      await say(sql);
      expect(directory.dropped).toEqual([{ database: 'dataverse-old-org', keepFiles: true }]);
    },
  );

  test('digits in a bare name are part of it', async () => {
    const { say, directory } = await speak(ADMIN);
    directory.entries.push({ name: 'dataverse-7f-1e5', lakePath: '/x', link: null });
    await say('DROP DATABASE dataverse-7f-1e5');
    expect(directory.dropped).toEqual([{ database: 'dataverse-7f-1e5', keepFiles: false }]);
  });

  test.each([
    ['DROP DATABASE dataverse-env-org', '55006 A link uses this database (database: dataverse-env-org, link: main)'],
    ['DROP DATABASE nosuch', '3D000 database "nosuch" does not exist'],
    ['DROP DATABASE postgres', '42501 the database postgres is always there and holds no lake'],
    ['BEGIN; DROP DATABASE dataverse-old-org', '25001 DROP DATABASE cannot run inside a transaction block'],
    ['SELECT 1; DROP DATABASE dataverse-old-org', '25001 DROP DATABASE cannot run inside a transaction block'],
    ['DROP DATABASE', '42601 syntax error at end of input @14'],
    ['DROP DATABASE a b', '42601 syntax error at or near "b" @17'],
    [`DROP DATABASE a'b'`, `42601 syntax error at or near "a" @15`],
    ['DROP DATABASE a;DROP DATABASE b', '25001 DROP DATABASE cannot run inside a transaction block'],
  ])('%s is refused', async (sql, error) => {
    const { say, directory } = await speak(ADMIN);
    expect(await say(sql)).toContain(`ERROR ${error}`);
    expect(directory.dropped).toEqual([]);
  });

  test('one does not drop what one is connected to', async () => {
    const { say } = await speak({ role: 'System Administrator', database: 'dataverse-old-org' });
    expect((await say('DROP DATABASE dataverse-old-org'))[0]).toBe(
      'ERROR 55006 cannot drop the currently open database',
    );
  });

  test('IF EXISTS says what is not there and goes on', async () => {
    const { say } = await speak(ADMIN);
    expect(await say('DROP DATABASE IF EXISTS nosuch')).toEqual([
      'NOTICE 00000 database "nosuch" does not exist, skipping',
      'CommandComplete DROP DATABASE',
      'ReadyForQuery I',
    ]);
  });

  test.each(['Maker', 'Reader'] as const)('a %s may not, whether it is there or not', async role => {
    const { say, directory } = await speak({ role });
    for (const name of ['dataverse-old-org', 'nosuch']) {
      expect(await say(`DROP DATABASE IF EXISTS ${name}`)).toEqual([
        `ERROR 42501 must be owner of database ${name}`,
        'ReadyForQuery I',
      ]);
    }
    expect(directory.dropped).toEqual([]);
  });
});

describe("users' views", () => {
  test('a view is checked, kept as it was written, replaced and dropped', async () => {
    const { say, directory, engine } = await speak({ role: 'Maker' });
    expect(await say('CREATE VIEW mine AS SELECT 1 -- all')).toEqual([
      'CommandComplete CREATE VIEW',
      'ReadyForQuery I',
    ]);
    expect(engine.prepared).toEqual(['SELECT 1']);
    expect(directory.saved.map(({ name, sql, owner }) => [name, sql, owner])).toEqual([['mine', 'SELECT 1', 'ann']]);
    expect((await say('CREATE VIEW mine AS SELECT 2'))[0]).toBe('ERROR 42P07 relation "mine" already exists');
    await say('CREATE OR REPLACE VIEW public."mine" AS SELECT 2');
    expect(directory.saved.map(({ sql }) => sql)).toEqual(['SELECT 2']);
    expect(await say('DROP VIEW public.mine CASCADE')).toEqual(['CommandComplete DROP VIEW', 'ReadyForQuery I']);
    expect(directory.saved).toEqual([]);
  });

  test('names of columns are part of it', async () => {
    const { say, directory } = await speak({ role: 'Maker' });
    await say('CREATE VIEW "My View" (a, "B") AS SELECT 1');
    expect(directory.saved[0]).toMatchObject({
      name: 'My View',
      sql: 'SELECT * FROM (SELECT 1\n) AS "My View" ("a", "B")',
    });
  });

  test('what cannot be run is not kept, and the place of the error is that of the statement', async () => {
    const { say, directory } = await speak({ role: 'Maker' });
    expect((await say('CREATE VIEW v (a) AS SELECT stray'))[0]).toBe('ERROR 42601 syntax error at or near "stray" @29');
    expect((await say('CREATE VIEW v AS SELECT $1'))[0]).toBe('ERROR 42P02 there is no parameter $1');
    expect(directory.saved).toEqual([]);
  });

  test('a view cannot read itself, also not through another one', async () => {
    const { say, directory, database } = await speak({ role: 'Maker' });
    const info = { schema: 'public', name: 'V', kind: 'view', columns: [], primaryKey: [] } as const;
    const facts = { comment: null, rowEstimate: null, bytes: null, definition: 'SELECT 1' };
    database.relation = (_, name) => (name === 'v' ? { is: 'view', info: { ...info, ...facts } } : null);
    expect((await say('CREATE OR REPLACE VIEW v AS SELECT * FROM v'))[0]).toBe(
      'ERROR 42P17 infinite recursion detected in rules for relation "v"',
    );
    expect(directory.saved).toEqual([]);
  });

  test.each([
    ['CREATE VIEW dbo.v AS SELECT 1', '42501 permission denied for schema dbo @13'],
    ['DROP VIEW dbo.v', '42501 permission denied for schema dbo @11'],
    ['DROP VIEW v', '42P01 view "v" does not exist'],
    ['BEGIN; CREATE VIEW v AS SELECT 1', '25001 CREATE VIEW cannot run inside a transaction block'],
    ['SELECT 1; DROP VIEW v', '25001 DROP VIEW cannot run inside a transaction block'],
    ['CREATE VIEW v', '42601 syntax error at end of input @14'],
    ['CREATE VIEW v AS DELETE FROM t', '42601 syntax error at or near "DELETE" @18'],
    [`CREATE VIEW ${'v'.repeat(64)} AS SELECT 1`, '42622 the name of a view is longer than 63 bytes'],
    ['CREATE TEMP VIEW v AS SELECT 1', '25006 cannot execute CREATE VIEW in a read-only transaction'],
  ])('%s is refused', async (sql, error) => {
    const { say, directory } = await speak({ role: 'Maker' });
    expect(await say(sql)).toContain(`ERROR ${error}`);
    expect(directory.saved).toEqual([]);
  });

  test('DROP VIEW drops all it names or none', async () => {
    const { say, directory } = await speak({ role: 'Maker' });
    await say('CREATE VIEW a AS SELECT 1');
    await say('DROP VIEW a, b');
    expect(directory.saved).toHaveLength(1);
    expect(await say('DROP VIEW IF EXISTS a, b')).toContain('NOTICE 00000 view "b" does not exist, skipping');
    expect(directory.saved).toHaveLength(0);
  });

  test('a Reader makes no views', async () => {
    const { say, directory } = await speak();
    expect((await say('CREATE VIEW v AS SELECT 1'))[0]).toBe('ERROR 42501 permission denied for schema public');
    expect((await say('DROP VIEW IF EXISTS v'))[0]).toBe('ERROR 42501 permission denied for schema public');
    expect(directory.saved).toEqual([]);
  });
});
