import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/kit/clock.ts';
import { FakeDatabase, FakeDirectory, RecordingBackend, speak } from '../../../test/kit/spoken-world.ts';
import { Fault, toFault } from '../../core/fault.ts';
import { conversations } from './open-conversation.ts';

async function refused(options: Parameters<typeof speak>[0]): Promise<string> {
  try {
    await speak(options);
  } catch (thrown) {
    const { code, details } = toFault(thrown);
    return `${code} ${details.reason}`;
  }
  return 'let in';
}

describe('who may speak to which database', () => {
  test('a user comes into the databases that are granted', async () => {
    expect(await refused({ databases: ['dataverse-env-org'] })).toBe('let in');
    expect(await refused({ databases: ['dataverse-old-org'] })).toBe(
      'sql/denied permission denied for database "dataverse-env-org"',
    );
    expect(await refused({ databases: [], role: 'System Administrator' })).toBe('let in');
  });

  test('whether a database exists is told to those who may use it', async () => {
    expect(await refused({ database: 'nosuch' })).toBe('sql/database-unknown database "nosuch" does not exist');
    expect(await refused({ database: 'nosuch', databases: [] })).toContain('sql/denied');
  });

  test('postgres is always there, for everyone, and empty', async () => {
    const { say, database, facts } = await speak({ database: 'postgres', databases: [] });
    expect((await say('SELECT 1')).at(-2)).toBe('CommandComplete SELECT 1');
    expect(database.views).toBe(0);
    expect(facts.databases.map(({ name }) => name)).toEqual(['postgres']);
    const maker = await speak({ database: 'postgres', role: 'Maker' });
    expect((await maker.say('CREATE VIEW v AS SELECT 1'))[0]).toContain('42501');
  });

  test('the catalogue hears of the databases that the user may see', async () => {
    const { facts } = await speak({ databases: ['dataverse-env-org'] });
    expect(facts.databases.map(({ name }) => name)).toEqual(['postgres', 'dataverse-env-org']);
    expect(facts).toMatchObject({ database: 'dataverse-env-org', users: ['ann'], processId: 7, isEncrypted: true });
  });
});

describe('the start of a conversation', () => {
  test('settings of the start-up packet hold from the beginning', async () => {
    const options = '-c search_path=public,dbo -cstatement_timeout=7 --lakelink.language=1033 -c a.b=one\\ two';
    const { settings, facts, engine } = await speak({
      parameters: { application_name: 'psql', TimeZone: 'Asia/Tokyo', DateStyle: 'ISO, DMY', options, '_pq_.x': '1' },
    });
    expect(settings.get('TimeZone')).toBe('Asia/Tokyo');
    expect(engine.settings.get('TimeZone')).toBe('Asia/Tokyo');
    expect(
      ['search_path', 'statement_timeout', 'lakelink.language', 'a.b'].map(name => facts.settings.get(name)),
    ).toEqual(['public,dbo', '7ms', '1033', 'one two']);
  });

  test('a setting that is none ends it', async () => {
    expect(await refused({ parameters: { nosuch: '1' } })).toContain('unrecognized configuration parameter "nosuch"');
    expect(await refused({ parameters: { options: '-c threads=9' } })).toContain('permission denied to set parameter');
    expect(await refused({ parameters: { client_encoding: 'WIN1252' } })).toContain('client_encoding');
    expect(await refused({ parameters: { replication: 'database' } })).toContain('replication');
    expect(await refused({ parameters: { replication: 'false' } })).toBe('let in');
  });

  test('what was opened is closed when the rest cannot be', async () => {
    const database = new FakeDatabase('dataverse-env-org');
    const open = conversations({
      directory: new FakeDirectory(),
      openDatabase: async () => database,
      openQuerySession: async () => {
        throw new Fault('sql/memory');
      },
      userNames: async () => [],
      clock: new FakeClock(),
      statementTimeoutMs: 1,
      version: '0.1.0',
      report: () => {},
    });
    const start = open({
      user: { name: 'ann', role: 'Reader', databases: 'all' },
      database: database.name,
      parameters: new Map(),
      backend: new RecordingBackend(),
      processId: 1,
      clientAddress: '::1',
      serverPort: 5433,
      isEncrypted: false,
    });
    await expect(start).rejects.toMatchObject({ code: 'sql/memory' });
    expect(database.isClosed).toBe(true);
  });
});

test('whoever listens is told the failure itself: its code, and its place in UTF-16 units of the whole text', async () => {
  const { say, faults } = await speak();
  expect((await say('SELECT 1; SET x'))[0]).toContain('42601');
  expect((await say("SET a.b = '😀'; SET x = y z"))[0]).toContain('42601');
  expect(faults.map(({ code, details }) => [code, details.position])).toEqual([
    ['input/sql', 16],
    ['input/sql', 27],
  ]);
});
