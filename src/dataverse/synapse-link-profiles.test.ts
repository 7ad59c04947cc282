import { describe, expect, test } from 'vitest';
import { parseLinkChoices } from '../core/link-choices.ts';
import { parseTableName } from '../core/names.ts';
import type { OfferedTable } from '../core/source.ts';
import { FakeClock, startServer } from './canned-environment.test-kit.ts';
import { profilesOf, readSynapseLinkProfiles, type SynapseLinkProfile } from './synapse-link-profiles.ts';
import { choicesOf } from './synapse-link-profiles-choices.ts';
import type { ProfileRows } from './synapse-link-profiles-rows.ts';

const P = 'aaaaaaaa-0000-4000-8000-000000000001';
const never = new AbortController().signal;

function entity(entityname: string | null, more: object = {}) {
  const of = { synapselinkprofileentityid: `e-${entityname}`, _profile_value: P, entityname };
  return { ...of, appendonlymode: false, partitionstrategy: 1, enabled: true, entitysource: 0, statecode: 0, ...more };
}

function rows(more: Partial<ProfileRows> = {}): ProfileRows {
  const profiles = [
    { synapselinkprofileid: P, name: 'finance', profilestate: 1, profiletype: 0, snapshotstopersist: 5 },
  ];
  return { profiles, entities: [entity('account')], schedules: [], states: [], externalTables: [], ...more };
}

const schedule = (more: object) => ({ _profile_value: P, statecode: 0, ...more });

function only(given: ProfileRows): SynapseLinkProfile {
  const [profile] = profilesOf(given);
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

function offered(...names: string[]): OfferedTable[] {
  return names.map(name => ({
    table: parseTableName(name),
    displayName: name,
    entitySetName: `${name}s`,
    changeTracking: true,
    canTrackChanges: true,
    refusal: null,
  }));
}

describe('a profile as the choices of a link', () => {
  test('a table replica keeps its snapshots, modes and partition strategies', () => {
    const entities = [
      entity('contact', { appendonlymode: true, partitionstrategy: 0 }),
      entity('account'),
      entity('lead', { partitionstrategy: 0 }),
    ];
    const schedules = [schedule({ type: 0, recurrenceunit: 2, recurrenceinterval: 2 })];
    const { choices, notes } = choicesOf(only(rows({ entities, schedules })), offered('account', 'contact', 'lead'));
    expect(choices).toEqual({
      format: 1,
      output: 'replica',
      snapshotMinutes: 120,
      snapshotsKept: 5,
      incrementalMinutes: 15,
      partitionStrategy: 'year',
      tables: [
        { table: 'account', appendOnly: false, partitionStrategy: 'month' },
        { table: 'contact', appendOnly: true, partitionStrategy: 'year' },
        { table: 'lead', appendOnly: false, partitionStrategy: 'year' },
      ],
    });
    expect(notes).toEqual([]);
    expect(parseLinkChoices(JSON.stringify(choices))).toEqual(choices);
  });

  test('incremental folders keep their interval, and their tables are append only by year as there', () => {
    const schedules = [schedule({ type: 1, recurrenceunit: 1, recurrenceinterval: 60 })];
    const { choices } = choicesOf(only(rows({ schedules })), offered('account'));
    expect(choices).toMatchObject({ output: 'incremental', incrementalMinutes: 60 });
    expect(choices.tables).toEqual([{ table: 'account', appendOnly: true, partitionStrategy: 'year' }]);
  });

  test('an interval that is not possible here is brought within the limits, and said so', () => {
    const schedules = [schedule({ type: 1, recurrenceunit: 1, recurrenceinterval: 1 })];
    const { choices, notes } = choicesOf(only(rows({ schedules })), offered('account'));
    expect(choices.incrementalMinutes).toBe(5);
    expect(notes).toEqual([{ table: null, is: 'changed', reason: expect.stringContaining('5 is proposed') }]);
  });

  test('a Delta Lake profile is told from incremental folders by its external tables', () => {
    const schedules = [schedule({ type: 1, recurrenceunit: 1, recurrenceinterval: 15 })];
    const externalTables = [{ _datalakefolder_value: null, synapseworkspacename: 'finance' }];
    const { choices, notes } = choicesOf(only(rows({ schedules, externalTables })), offered('account'));
    expect(choices.output).toBe('replica');
    expect(notes[0]?.reason).toContain('Delta Lake');
  });

  test('partition strategies without a counterpart become Month, each with a note', () => {
    const entities = [
      entity('account', { partitionstrategy: 2 }),
      entity('contact', { partitionstrategy: 3 }),
      entity('lead', { partitionstrategy: 9 }),
    ];
    const { choices, notes } = choicesOf(only(rows({ entities })), offered('account', 'contact', 'lead'));
    expect(choices.tables.map(({ partitionStrategy }) => partitionStrategy)).toEqual(['month', 'month', 'month']);
    expect(notes.map(({ table, is }) => [table, is])).toEqual([
      ['account', 'changed'],
      ['contact', 'changed'],
      ['lead', 'changed'],
    ]);
  });

  test.each([
    ['a table of Finance and Operations', entity('custtable', { entitysource: 1 }), 'Finance and Operations'],
    ['a table of an unknown source', entity('account', { entitysource: 7 }), 'not known'],
    ['a table that was removed', entity('account', { enabled: false }), 'removed'],
    ['an inactive table', entity('account', { statecode: 1 }), 'removed'],
    ['attachments', entity('attachment'), 'Attachment'],
    ['the string map', entity('stringmap'), 'String Map'],
    ['the calendar', entity('calendar'), 'Calendar'],
    ['a table the environment no longer has', entity('new_gone'), 'no such table'],
    ['a row that names no table', entity(null), 'names no table'],
    ['a name that is none', entity('No Table'), 'not a table name'],
  ])('%s is left out with the reason', (_, row, reason) => {
    const { choices, notes } = choicesOf(only(rows({ entities: [row] })), offered('account'));
    expect(choices.tables).toEqual([]);
    expect(notes).toEqual([
      { table: (row.entityname ?? '').toLowerCase(), is: 'left-out', reason: expect.stringContaining(reason) },
    ]);
  });

  test('a table whose changes are not tracked is left out with what the environment says of it', () => {
    const refusal = { code: 'source/table-untracked', reason: 'Track changes is off.' } as const;
    const { choices, notes } = choicesOf(
      only(rows()),
      offered('account').map(one => ({ ...one, refusal })),
    );
    expect(choices.tables).toEqual([]);
    expect(notes).toEqual([{ table: 'account', is: 'left-out', reason: 'Track changes is off.' }]);
  });

  test('what a profile has beyond a link is named, never dropped in silence', () => {
    const profiles = [
      {
        synapselinkprofileid: P,
        name: 'odd',
        profilestate: 9,
        profiletype: 1,
        snapshotstopersist: 0,
        copyattachments: true,
        copyfiles: true,
        extendedproperties: '{}',
      },
    ];
    const entities = [entity('account', { generateparquet: true, recordcountperblock: 5, extendedproperties: '{}' })];
    const schedules = [schedule({ type: 0, entityname: 'account', recurrenceunit: 2, recurrenceinterval: 1 })];
    const states = [{ _profileentity_value: 'e-account', initialsyncstate: 8, syncstate: 128 }];
    const { choices, notes } = choicesOf(only(rows({ profiles, entities, schedules, states })), offered('account'));
    const said = notes.map(({ reason }) => reason).join('\n');
    for (const word of ['event analytics', 'unknown \\(9\\)', 'CopyAttachments', 'CopyFiles', 'ExtendedProperties']) {
      expect(said).toMatch(new RegExp(word));
    }
    for (const word of ['SnapshotsToPersist', 'Parquet', 'RecordCountPerBlock', 'CompletedWithFailures', 'schedule']) {
      expect(said).toContain(word);
    }
    expect(choices.snapshotMinutes).toBeNull();
  });

  test('a table that was removed and added again is taken once, in its newest state', () => {
    const entities = [
      entity('account', { enabled: false, synapselinkprofileentityid: 'old' }),
      entity('account', { synapselinkprofileentityid: 'new', partitionstrategy: 0 }),
    ];
    const states = [
      { _profileentity_value: 'new', initialsyncstate: 2, additiontime: '2024-01-01T00:00:00Z' },
      { _profileentity_value: 'new', initialsyncstate: 4, additiontime: '2024-02-01T00:00:00Z', lakerecordcount: '12' },
    ];
    const profile = only(rows({ entities, states }));
    expect(profile.tables.map(table => [table.removed, table.initialSyncState, table.lakeRecordCount])).toEqual([
      [false, 'Completed', 12],
      [true, null, null],
    ]);
    const { choices, notes } = choicesOf(profile, offered('account'));
    expect(choices.tables).toHaveLength(1);
    expect(notes.map(({ is }) => is)).toEqual(['left-out']);
  });
});

/** Signs everybody in and answers sets by name. */
async function environmentOf(sets: Readonly<Record<string, readonly object[]>>, nextHost?: string) {
  return await startServer(({ path, method, headers }) => {
    if (method === 'POST') return { body: { access_token: 't', expires_in: 3600, token_type: 'Bearer' } };
    const [, set = '', query = ''] = /\/api\/data\/v9\.2\/(\w+)(.*)$/.exec(path) ?? [];
    const found = sets[set];
    if (found === undefined) {
      const message = `Resource not found for the segment '${set}'.`;
      return { status: 404, body: { error: { code: '0x8006088a', message } } };
    }
    if (found.length > 1 && query === '') {
      const next = `http://${nextHost ?? headers.host}${path}?more`;
      return { body: { value: found.slice(0, 1), '@odata.nextLink': next } };
    }
    return { body: { value: query === '?more' ? found.slice(1) : found } };
  });
}

function read(url: string) {
  const access = { tenantId: 'tenant-1', clientId: 'app', clientSecret: 'secret', authority: url };
  return readSynapseLinkProfiles({ url, ...access, clock: new FakeClock() }, never);
}

describe('reading the profiles of an environment', () => {
  test('an environment in which the feature was never used says so', async () => {
    await using server = await environmentOf({ EntityDefinitions: [] });
    await expect(read(server.origin)).rejects.toMatchObject({ code: 'source/no-profiles' });
  });

  test('states and external tables may be missing; the choices are read all the same', async () => {
    const { profiles, entities, schedules } = rows();
    await using server = await environmentOf({
      synapselinkprofiles: profiles,
      synapselinkprofileentities: entities,
      synapselinkschedules: schedules,
      EntityDefinitions: [],
    });
    const { profiles: found } = await read(server.origin);
    expect(found).toMatchObject([{ name: 'finance', state: 'Active', tables: [{ name: 'account', syncState: null }] }]);
    expect(server.seen.filter(({ path }) => path.includes('$select') && path.includes('synapselink'))).toEqual([]);
  });

  test('a next link is followed, to the own host only', async () => {
    const profiles = [1, 2].map(n => ({ synapselinkprofileid: `${n}`, name: `p${n}` }));
    const empty = { synapselinkprofileentities: [], synapselinkschedules: [], EntityDefinitions: [] };
    const sets = { synapselinkprofiles: profiles, ...empty };
    await using server = await environmentOf(sets);
    expect((await read(server.origin)).profiles.map(({ name }) => name)).toEqual(['p1', 'p2']);
    await using foreign = await environmentOf(sets, 'example.com');
    await expect(read(foreign.origin)).rejects.toMatchObject({ code: 'source/foreign-link' });
  });
});
