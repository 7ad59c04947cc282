import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

interface Changes {
  readonly ServerVersionStamp: string;
  readonly EntityMetadata: readonly Entity[];
  readonly DeletedMetadata: { readonly Count: number; readonly Keys: string[]; readonly Values: { Items: string[] }[] };
}

interface Entity extends Record<string, unknown> {
  readonly LogicalName: string;
  readonly HasChanged: boolean | null;
  readonly Attributes: readonly (Record<string, unknown> & { readonly LogicalName: string })[];
}

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

const equals = (PropertyName: string, Value: string, Type = 'System.String') => ({
  ConditionOperator: 'Equals',
  PropertyName,
  Value: { Type, Value },
});
const crateOnly = { FilterOperator: 'And', Conditions: [equals('LogicalName', 'crate')] };
const crateNames = {
  Properties: { AllProperties: false, PropertyNames: ['SchemaName', 'Attributes'] },
  Criteria: crateOnly,
  AttributeQuery: { Properties: { AllProperties: false, PropertyNames: ['MaxLength', 'Precision', 'Targets'] } },
};

test('the first answer has all that matches, with null for what was not asked and a stamp for later', async () => {
  const { EntityMetadata, ServerVersionStamp, DeletedMetadata } = await ask({ query: crateNames });
  expect(ServerVersionStamp).toBe(`${world.database.version()}!01/02/2024 03:04:05`);
  expect(DeletedMetadata).toEqual({ Count: 0, IsReadOnly: false, Keys: [], Values: [] });
  const [crate, ...others] = EntityMetadata;
  expect(others).toEqual([]);
  expect(crate).toMatchObject({ LogicalName: 'crate', SchemaName: 'crate', HasChanged: null, Keys: [] });
  expect(crate).toMatchObject({ EntitySetName: null, ManyToManyRelationships: [] });
  const [id, name] = crate?.Attributes ?? [];
  expect(id).not.toHaveProperty('@odata.type');
  expect(name).toMatchObject({
    '@odata.type': '#Microsoft.Dynamics.CRM.ComplexStringAttributeMetadata',
    LogicalName: 'name',
    MaxLength: 100,
    AttributeType: null,
    HasChanged: null,
  });
  expect(find(crate, 'weight')).toMatchObject({ Precision: 10 });
  expect(find(crate, 'ownerid')).toMatchObject({ Targets: ['systemuser', 'team'] });
  expect(find(crate, 'colour')).toMatchObject({ OptionSet: null });
});

test('conditions, lists and nested filters choose tables and columns', async () => {
  const list = (ConditionOperator: string, Value: string) => ({
    ConditionOperator,
    PropertyName: 'LogicalName',
    Value: { Type: 'System.String[]', Value },
  });
  const names = async (Criteria: object) =>
    (await ask({ query: { Criteria } })).EntityMetadata.map(one => one.LogicalName);
  expect(await names({ Conditions: [list('In', "['box','crate','none']")] })).toEqual(['crate', 'box']);
  expect(await names({ Conditions: [list('NotIn', '["systemuser","team","crate","box"]')] })).toEqual([
    'transactioncurrency',
    'crate_box',
  ]);
  expect(await names({ Conditions: [equals('CanChangeTrackingBeEnabled', 'False', 'System.Boolean')] })).toEqual([
    'box',
  ]);
  const inner = { FilterOperator: 'Or', Conditions: [equals('LogicalName', 'team'), equals('LogicalName', 'box')] };
  const tracked = equals('ChangeTrackingEnabled', 'true', 'System.Boolean');
  expect(await names({ FilterOperator: 'And', Conditions: [tracked], Filters: [inner] })).toEqual(['team']);
  const codes = {
    ConditionOperator: 'GreaterThan',
    PropertyName: 'ObjectTypeCode',
    Value: { Type: 'System.Int32', Value: '1' },
  };
  expect((await names({ Conditions: [codes] })).length).toBe(world.database.tables().length);
  const Criteria = { Conditions: [equals('AttributeTypeName', 'MoneyType', 'X.AttributeTypeDisplayName')] };
  const { EntityMetadata } = await ask({ query: { ...crateNames, AttributeQuery: { Criteria } } });
  expect(EntityMetadata[0]?.Attributes.map(one => one.LogicalName)).toEqual(['price', 'price_base']);
});

test('with a stamp only what changed comes: a new column without its table, then nothing (rule of the documentation)', async () => {
  const { ServerVersionStamp: stamp } = await ask({ query: crateNames });
  await change("EntityDefinitions(LogicalName='crate')/Attributes", {
    '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    SchemaName: 'new_Label',
    MaxLength: 7,
  });
  const next = await ask({ query: crateNames, stamp });
  expect(next.EntityMetadata.map(one => [one.LogicalName, one.HasChanged])).toEqual([['crate', false]]);
  expect(next.EntityMetadata[0]?.Attributes).toMatchObject([
    { LogicalName: 'new_label', MaxLength: 7, HasChanged: true },
  ]);
  expect((await ask({ query: crateNames, stamp: next.ServerVersionStamp })).EntityMetadata).toEqual([]);
  const others = { ...crateNames, Criteria: { Conditions: [equals('LogicalName', 'box')] } };
  expect((await ask({ query: others, stamp })).EntityMetadata).toEqual([]);
});

test('a changed table comes without its columns; a new one with all of them', async () => {
  const query = { Properties: { AllProperties: true } };
  const { ServerVersionStamp: stamp } = await ask({ query });
  await change("EntityDefinitions(LogicalName='box')", { ChangeTrackingEnabled: false }, 'PUT');
  world.database.enableChangeTracking('box');
  world.database.createTable({ ...tableOf('team'), logicalName: 'shelf', entitySetName: 'shelves', metadataId: 'new' });
  const { EntityMetadata } = await ask({ query, stamp });
  expect(EntityMetadata.map(one => [one.LogicalName, one.HasChanged, one.Attributes.length])).toEqual([
    ['box', true, 0],
    ['shelf', true, tableOf('team').columns.length],
  ]);
  expect(EntityMetadata[1]?.Attributes.every(one => one.HasChanged === true)).toBe(true);
});

test('a renamed option of a global choice comes with every column that uses it, and only the option has changed', async () => {
  const AttributeQuery = { Properties: { PropertyNames: ['OptionSet'] } };
  const query = { ...crateNames, AttributeQuery, LabelQuery: { FilterLanguages: [1031] } };
  const { ServerVersionStamp: stamp } = await ask({ query });
  world.database.setOptions({ choice: 'colour' }, [
    { value: 1, labels: { 1033: 'Crimson', 1031: 'Purpur' } },
    { value: 2, labels: { 1033: 'Blue' } },
  ]);
  const { EntityMetadata } = await ask({ query, stamp });
  expect(EntityMetadata[0]?.Attributes).toMatchObject([
    {
      LogicalName: 'colour',
      HasChanged: false,
      OptionSet: {
        HasChanged: false,
        Options: [
          { Value: 1, HasChanged: true, Label: { LocalizedLabels: [{ Label: 'Purpur', LanguageCode: 1031 }] } },
          { Value: 2, HasChanged: false, Label: { LocalizedLabels: [] } },
        ],
      },
    },
  ]);
});

test('deletes are told by kind, and only when they are asked for with a stamp', async () => {
  const { ServerVersionStamp: stamp } = await ask({ query: crateNames });
  const note = tableOf('crate').columns.find(one => one.logicalName === 'note')?.metadataId;
  const box = tableOf('box').metadataId;
  world.database.removeColumn('crate', 'note');
  world.database.dropTable('box');
  const told = async (deleted: string | null, since: string | null = stamp) => {
    const { Keys, Values } = (await ask({ query: crateNames, stamp: since, deleted })).DeletedMetadata;
    return Keys.map((key, index) => [key, Values[index]?.Items.length]);
  };
  expect(await told('Attribute')).toEqual([['Attribute', 4]]);
  expect(await told('Default,Relationship')).toEqual([
    ['Default', 1],
    ['Relationship', 1],
  ]);
  expect((await told('All')).map(([key]) => key)).toEqual(['Default', 'Attribute', 'Relationship']);
  expect([await told(null), await told('All', null), await told('Label')]).toEqual([[], [], []]);
  const { Values } = (await ask({ query: crateNames, stamp, deleted: 'All' })).DeletedMetadata;
  expect([Values[0]?.Items, Values[1]?.Items.includes(note ?? '')]).toEqual([[box], true]);
});

test.each([
  ['older than 90 days', (stamp: string) => stamp.replace('2024', '2023')],
  ['newer than the environment, as after a restore', (stamp: string) => stamp.replace(/^\d+/, '999999999')],
])('a stamp %s has expired', async (_name, changed) => {
  const { ServerVersionStamp: stamp } = await ask({ query: crateNames });
  const answer = await send({ query: crateNames, stamp: changed(stamp) });
  expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
    400,
    '0x80044352',
  ]);
});

test.each([
  ['no query at all', 'RetrieveMetadataChanges(Query=@p1)'],
  ['a query that is no JSON', 'RetrieveMetadataChanges(Query=@p1)?@p1={'],
  [
    'an unknown operator',
    `RetrieveMetadataChanges(Query=@p1)?@p1=${JSON.stringify({ Criteria: { Conditions: [{ ConditionOperator: 'Like', PropertyName: 'x' }] } })}`,
  ],
  [
    'a label in a condition',
    `RetrieveMetadataChanges(Query=@p1)?@p1=${JSON.stringify({ Criteria: { Conditions: [equals('DisplayName', 'x')] } })}`,
  ],
  ['a stamp that is none', "RetrieveMetadataChanges(ClientVersionStamp='x')"],
  [
    'an unknown kind of deletes',
    "RetrieveMetadataChanges(DeletedMetadataFilters=Microsoft.Dynamics.CRM.DeletedMetadataFilters'Keys')",
  ],
])('%s is refused', async (_name, path) => {
  expect((await world.request(path)).status).toBe(400);
});

test('arguments may stand in the parentheses themselves, commas and quotes among them', async () => {
  const Conditions = [
    {
      ConditionOperator: 'In',
      PropertyName: 'LogicalName',
      Value: { Type: 'System.String[]', Value: "['box','team']" },
    },
  ];
  const query = encodeURIComponent(JSON.stringify({ Criteria: { Conditions } }));
  const kinds = "DeletedMetadataFilters=Microsoft.Dynamics.CRM.DeletedMetadataFilters'Default,Attribute'";
  const { EntityMetadata } = (await world.read(
    `RetrieveMetadataChanges(Query=${query},${kinds})`,
  )) as unknown as Changes;
  expect(EntityMetadata.map(one => one.LogicalName)).toEqual(['team', 'box']);
});

test('without a query every table comes whole', async () => {
  const response = await world.request('RetrieveMetadataChanges');
  const { EntityMetadata } = (await response.json()) as Changes;
  expect(EntityMetadata.length).toBe(world.database.tables().length);
  const crate = EntityMetadata.find(one => one.LogicalName === 'crate');
  expect(crate?.ManyToManyRelationships).toMatchObject([{ SchemaName: 'crate_box', IntersectEntityName: 'crate_box' }]);
  expect(find(crate, 'colour')).toMatchObject({ OptionSet: { Name: 'colour', Options: [{}, {}] } });
});

interface Asked {
  readonly query: object;
  readonly stamp?: string | null;
  readonly deleted?: string | null;
}

function send({ query, stamp = null, deleted = null }: Asked): Promise<Response> {
  const names = ['Query=@p1'];
  const values = [`@p1=${encodeURIComponent(JSON.stringify(query))}`];
  if (deleted !== null) {
    names.push('DeletedMetadataFilters=@p2');
    values.push(`@p2=Microsoft.Dynamics.CRM.DeletedMetadataFilters'${deleted}'`);
  }
  if (stamp !== null) {
    names.push('ClientVersionStamp=@p3');
    values.push(`@p3='${encodeURIComponent(stamp)}'`);
  }
  return world.request(`RetrieveMetadataChanges(${names.join(',')})?${values.join('&')}`);
}

async function ask(asked: Asked): Promise<Changes> {
  const response = await send(asked);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as Changes;
}

async function change(path: string, body: object, method = 'POST'): Promise<void> {
  const response = await world.request(path, { method, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
}

function find(entity: Entity | undefined, name: string) {
  return entity?.Attributes.find(one => one.LogicalName === name);
}

function tableOf(name: string) {
  const table = world.database.table(name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}
