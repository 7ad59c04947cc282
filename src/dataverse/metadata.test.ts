import { describe, expect, test } from 'vitest';
import { CRATE, startEnvironment } from './canned-environment.test-kit.ts';

const never = () => new AbortController().signal;

describe('the tables on offer', () => {
  test('are listed by name, the unfit ones with the reason (R 2)', async () => {
    const changes = [
      { LogicalName: 'zebra', DisplayName: null },
      { LogicalName: 'untracked', ChangeTrackingEnabled: false },
      { LogicalName: 'untrackable', ChangeTrackingEnabled: false, CanChangeTrackingBeEnabled: { Value: false } },
      { LogicalName: 'stringmap' },
      { LogicalName: 'attachment' },
      { LogicalName: 'calendar', ChangeTrackingEnabled: false },
      { LogicalName: 'activitymimeattachment' },
      { LogicalName: 'far', TableType: 'Virtual', DataProviderId: '11111111-1111-1111-1111-111111111111' },
      { LogicalName: 'older_far', TableType: null, DataProviderId: '11111111-1111-1111-1111-111111111111' },
      { LogicalName: 'stretchy', TableType: 'Elastic', DataProviderId: '11111111-1111-1111-1111-111111111111' },
      { LogicalName: 'inner', IsPrivate: true },
      { LogicalName: 'setless', EntitySetName: null },
      { LogicalName: 'Not A Name' },
    ];
    const value = changes.map(change => ({ ...CRATE, ...change }));
    await using world = await startEnvironment(() => ({ body: { value } }));
    const tables = await world.source.tables(never());
    expect(Object.fromEntries(tables.map(({ table, refusal }) => [table, refusal?.reason ?? null]))).toEqual({
      activitymimeattachment: null,
      attachment: 'Attachment is a system table that cannot be exported.',
      calendar: 'Calendar is a system table that cannot be exported.',
      far: 'It is a virtual table: its rows are in another system.',
      inner: 'It is a private table of the platform.',
      older_far: 'It is a virtual table: its rows are in another system.',
      setless: 'The Web API does not serve it: it has no entity set.',
      stretchy: 'It is an elastic table: its rows are found by id and partition together, which Lakelink does not do.',
      stringmap: 'String Map is a system table that cannot be exported; choice labels are in OptionsetMetadata.',
      untrackable: 'Track changes is off, and this table does not allow it to be turned on.',
      untracked: 'Track changes is off; it can be turned on in the table properties.',
      zebra: null,
    });
    expect(tables.map(({ table }) => table)).toEqual(tables.map(({ table }) => table).sort());
    expect(tables.at(-1)).toEqual({
      table: 'zebra',
      displayName: 'zebra',
      entitySetName: 'crates',
      changeTracking: true,
      canTrackChanges: true,
      refusal: null,
    });
  });

  test('come in one request without columns', async () => {
    await using world = await startEnvironment(() => ({ body: { value: [CRATE] } }));
    await world.source.tables(never());
    const [request, ...more] = world.apiRequests();
    expect(more).toEqual([]);
    expect(request?.path).toMatch(/^\/api\/data\/v9\.2\/EntityDefinitions\?\$select=[A-Za-z,]+$/);
  });
});
