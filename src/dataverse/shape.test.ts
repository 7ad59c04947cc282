import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseTableName } from '../core/names.ts';
import { attribute, type Canned, CRATE, type SeenRequest, startEnvironment } from './canned-environment.test-kit.ts';
import { omissions } from './columns.ts';
import { shapeFromMetadata } from './shape.ts';

const table = parseTableName('crate');
const never = () => new AbortController().signal;
const label = (text: string) => ({
  LocalizedLabels: [
    { Label: text, LanguageCode: 1033 },
    { Label: `${text} (de)`, LanguageCode: 1031 },
  ],
  UserLocalizedLabel: { Label: text, LanguageCode: 1033 },
});

/** What the casts of the wire add to the common properties, by attribute name. */
const parts: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  String: [{ LogicalName: 'name', MaxLength: 100, DatabaseLength: 400 }],
  Money: [{ LogicalName: 'price', Precision: 2 }],
  DateTime: [
    { LogicalName: 'packedon', DateTimeBehavior: { Value: 'DateOnly' } },
    { LogicalName: 'opensat', DateTimeBehavior: { Value: 'TimeZoneIndependent' } },
    { LogicalName: 'createdon', DateTimeBehavior: { Value: 'UserLocal' } },
  ],
  Lookup: [
    { LogicalName: 'ownerid', Targets: ['systemuser', 'team'] },
    { LogicalName: 'shelfid', Targets: ['shelf', 'nowhere'] },
  ],
  MultiSelectPicklist: [
    {
      LogicalName: 'tags',
      OptionSet: null,
      GlobalOptionSet: { Name: 'tag', IsGlobal: true, Options: [{ Value: 7, Label: label('Fragile') }] },
    },
  ],
};

const attributes = [
  attribute('crateid', 'UniqueidentifierType', { ColumnNumber: 1 }),
  attribute('name', 'StringType', { ColumnNumber: 2, IsSecured: true }),
  attribute('price', 'MoneyType'),
  attribute('packedon', 'DateTimeType'),
  attribute('opensat', 'DateTimeType'),
  attribute('createdon', 'DateTimeType'),
  attribute('ownerid', 'OwnerType'),
  attribute('owneridtype', 'EntityNameType', { AttributeOf: 'ownerid' }),
  attribute('owneridname', 'StringType', { AttributeOf: 'ownerid' }),
  attribute('shelfid', 'LookupType'),
  attribute('tags', 'MultiSelectPicklistType', { AttributeType: 'Virtual' }),
  attribute('tagsname', 'VirtualType', { AttributeOf: 'tags' }),
  attribute('photo', 'ImageType', { AttributeType: 'Virtual', AttributeOf: 'photoid' }),
  attribute('manual', 'FileType', { AttributeType: 'Virtual' }),
  attribute('manual_name', 'StringType', { AttributeOf: 'manual' }),
  attribute('iscustomizable', 'ManagedPropertyType'),
  attribute('required', 'PartyListType'),
  attribute('rules', 'CalendarRulesType'),
  attribute('hidden', 'StringType', { IsValidForRead: false }),
  attribute('shadow', 'VirtualType'),
  attribute('future', 'HologramType'),
];

const tableList = {
  value: [
    CRATE,
    { ...CRATE, LogicalName: 'shelf', PrimaryIdAttribute: 'shelfkey' },
    { ...CRATE, LogicalName: 'systemuser', PrimaryIdAttribute: 'systemuserid' },
  ],
};

function answer({ path }: SeenRequest): Canned {
  const [resource = ''] = path.replace('/api/data/v9.2/', '').split('?');
  if (resource === 'EntityDefinitions') return { body: tableList };
  if (resource === "EntityDefinitions(LogicalName='crate')") return { body: CRATE };
  const cast = /Microsoft\.Dynamics\.CRM\.(\w+)AttributeMetadata$/.exec(resource)?.[1];
  if (cast !== undefined) return { body: { value: parts[cast] ?? [] } };
  if (resource.endsWith('/Attributes')) return { body: { value: attributes } };
  return { status: 404, body: { error: { code: '0x80041102', message: 'not found' } } };
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

describe('the definition of a table over the wire', () => {
  test('gives every column its kind, property and parts, and every other one its reason', async () => {
    await using world = await startEnvironment(answer);
    const shape = await world.source.shape(table, never());
    expect(shape).toMatchObject({ displayName: 'Crate', entitySetName: 'crates', primaryId: 'crateid' });
    const annotation = 'Microsoft.Dynamics.CRM.lookuplogicalname';
    expect(shape.columns.map(({ name, kind, property }) => [name, kind, property])).toEqual([
      ['tags', 'multichoice', 'tags'],
      ['shelfid', 'lookup', '_shelfid_value'],
      ['ownerid', 'owner', '_ownerid_value'],
      ['price', 'money', 'price'],
      ['crateid', 'guid', 'crateid'],
      ['name', 'string', 'name'],
      ['createdon', 'datetime', 'createdon'],
      ['iscustomizable', 'managedproperty', 'iscustomizable'],
      ['manual', 'file', 'manual'],
      ['manual_name', 'string', 'manual_name'],
      ['opensat', 'timezoneindependent', 'opensat'],
      ['owneridtype', 'entityname', `_ownerid_value@${annotation}`],
      ['packedon', 'dateonly', 'packedon'],
    ]);
    expect(Object.fromEntries(shape.omitted.map(({ name, reason }) => [name, reason]))).toEqual({
      future: 'Lakelink does not know the type HologramType.',
      hidden: omissions.notReadable,
      owneridname: omissions.lookupText,
      photo: omissions.image,
      required: omissions.partyList,
      rules: omissions.calendarRules,
      shadow: omissions.virtual,
      tagsname: omissions.choiceText,
    });
    const byName = new Map(shape.columns.map(column => [column.name, column]));
    expect(byName.get('name')?.maxLength).toBe(200);
    expect(byName.get('price')?.precision).toBe(2);
    expect(byName.get('shelfid')?.targets).toEqual([
      { table: 'shelf', attribute: 'shelfkey' },
      { table: 'nowhere', attribute: null },
    ]);
    expect(byName.get('tags')?.optionSet).toEqual({
      name: 'tag',
      isGlobal: true,
      options: [
        {
          value: 7,
          labels: [
            { languageCode: 1033, text: 'Fragile' },
            { languageCode: 1031, text: 'Fragile (de)' },
          ],
        },
      ],
    });
  });

  test('names secured columns: their values may come as null', async () => {
    await using world = await startEnvironment(answer);
    expect((await world.source.shape(table, never())).unreadable).toEqual(['name']);
  });

  test('takes few requests, none for kinds the table does not have, and the list of tables once', async () => {
    await using world = await startEnvironment(answer);
    await world.source.shape(table, never());
    const casts = world.apiRequests().filter(({ path }) => path.includes('AttributeMetadata'));
    expect(casts).toHaveLength(5);
    expect(world.apiRequests()).toHaveLength(9);
    await world.source.shape(table, never());
    expect(world.apiRequests()).toHaveLength(16);
  });

  test('of a table that does not exist is source/table-unknown', async () => {
    await using world = await startEnvironment(answer);
    const fault = await faultOf(world.source.shape(parseTableName('nothing'), never()));
    expect(fault).toMatchObject({ code: 'source/table-unknown', details: { table: 'nothing' } });
  });

  test('in another shape than definitions have is a broken answer', async () => {
    await using world = await startEnvironment(request =>
      request.path.includes("EntityDefinitions(LogicalName='crate')?") ? { body: { LogicalName: 7 } } : answer(request),
    );
    const fault = await faultOf(world.source.shape(table, never()));
    expect(fault.code).toBe('source/answer-broken');
    expect(fault.message).toContain('LogicalName');
  });
});

describe('a definition of a table', () => {
  const shapeOf = (changes: object) =>
    shapeFromMetadata({ json: { ...CRATE, ...changes, Attributes: attributes }, table, primaryIdOf: () => null });

  test.each([
    [{ ChangeTrackingEnabled: false }, 'source/table-untracked'],
    [{ LogicalName: 'attachment' }, 'source/table-refused'],
    [{ TableType: 'Virtual' }, 'source/table-refused'],
    [{ TableType: 'Elastic' }, 'source/table-refused'],
    [{ IsPrivate: true }, 'source/table-refused'],
    [{ EntitySetName: null }, 'source/table-refused'],
    [{ EntitySetName: 'crates?$top=1' }, 'source/table-refused'],
    [{ PrimaryIdAttribute: null }, 'source/table-refused'],
  ])('with %o is %s', (changes, code) => {
    expect(() => shapeOf(changes)).toThrow(expect.objectContaining({ code }));
  });
});
