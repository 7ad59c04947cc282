import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandboxWorld, type SandboxWorld, worldApplication } from '../../test/kit/sandbox-wire.ts';
import { installWideEnvironment } from '../../test/kit/wide-environment.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

const crate = "EntityDefinitions(LogicalName='crate')";
const attribute = 'Microsoft.Dynamics.CRM';

test('a table is found by name or id, MetadataId always comes, and its columns by $expand', async () => {
  const one = await world.read(`${crate}?$select=EntitySetName,ChangeTrackingEnabled`);
  const { MetadataId, ...rest } = one;
  expect(rest).toMatchObject({ EntitySetName: 'crates', ChangeTrackingEnabled: true });
  const byId = await world.read(
    `EntityDefinitions(${String(MetadataId)})?$expand=Attributes($select=LogicalName,AttributeTypeName)`,
  );
  expect(byId.LogicalName).toBe('crate');
  const columns = byId.Attributes as { LogicalName: string; AttributeTypeName: { Value: string } }[];
  expect(columns.length).toBe(world.database.table('crate')?.columns.length);
  expect(columns.find(column => column.LogicalName === 'people')?.AttributeTypeName.Value).toBe('PartyListType');
});

test.each([
  ['ChangeTrackingEnabled eq false', ['box']],
  ['CanChangeTrackingBeEnabled/Value eq false', ['box']],
  ["LogicalName eq 'crate' or LogicalName eq 'team'", ['team', 'crate']],
  ['IsIntersect eq true and not (ChangeTrackingEnabled eq false)', ['crate_box']],
  ["OwnershipType eq Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' and IsIntersect eq true", ['crate_box']],
  ["LogicalName ne 'crate' and ChangeTrackingEnabled eq false", ['box']],
])('definitions are filtered by %s', async (filter, names) => {
  const { value } = await world.read(`EntityDefinitions?$select=LogicalName&$filter=${encodeURIComponent(filter)}`);
  expect(value.map(table => table.LogicalName)).toEqual(names);
});

test('columns come with common properties only; a cast brings those of the type', async () => {
  const { value } = await world.read(`${crate}/Attributes?$select=LogicalName,AttributeType,SchemaName`);
  expect(value.find(column => column.LogicalName === 'marks')).toMatchObject({
    '@odata.type': '#Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata',
    AttributeType: 'Virtual',
  });
  expect((await world.request(`${crate}/Attributes?$select=MaxLength`)).status).toBe(400);
  const cast = async (type: string, select: string) =>
    (await world.read(`${crate}/Attributes/${attribute}.${type}AttributeMetadata?$select=${select}`)).value;
  expect((await cast('String', 'LogicalName,MaxLength,DatabaseLength'))[0]).toMatchObject({
    LogicalName: 'name',
    MaxLength: 100,
  });
  expect((await cast('Decimal', 'LogicalName,Precision'))[0]).toMatchObject({ LogicalName: 'weight', Precision: 10 });
  expect((await cast('DateTime', 'LogicalName,DateTimeBehavior,Format')).map(one => one.DateTimeBehavior)).toEqual([
    { Value: 'UserLocal' },
    { Value: 'DateOnly' },
    { Value: 'TimeZoneIndependent' },
  ]);
  expect((await cast('Lookup', 'LogicalName,Targets')).map(one => [one.LogicalName, one.Targets])).toEqual([
    ['ownerid', ['systemuser', 'team']],
    ['parentid', ['crate', 'box']],
    ['transactioncurrencyid', ['transactioncurrency']],
    ['people', ['systemuser']],
  ]);
  for (const type of [
    'Memo',
    'Integer',
    'BigInt',
    'Double',
    'Money',
    'File',
    'Image',
    'ManagedProperty',
    'EntityName',
  ]) {
    expect([type, (await cast(type, 'LogicalName')).length > 0]).toEqual([type, true]);
  }
});

test('options come by expansion: own, global, of a state, of a status, of a boolean', async () => {
  const options = async (type: string) =>
    (
      await world.read(
        `${crate}/Attributes/${attribute}.${type}AttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet`,
      )
    ).value[0];
  expect(await options('Picklist')).toMatchObject({
    LogicalName: 'colour',
    OptionSet: { IsGlobal: true, Name: 'colour' },
    GlobalOptionSet: {
      Name: 'colour',
      Options: [
        {
          Value: 1,
          Label: {
            LocalizedLabels: [
              { Label: 'Rot', LanguageCode: 1031 },
              { Label: 'Red', LanguageCode: 1033 },
            ],
            UserLocalizedLabel: { Label: 'Red', LanguageCode: 1033 },
          },
        },
        { Value: 2 },
      ],
    },
  });
  expect(await options('MultiSelectPicklist')).toMatchObject({
    OptionSet: { IsGlobal: false, Name: 'crate_marks', Options: [{ Value: 1 }, { Value: 2 }] },
    GlobalOptionSet: null,
  });
  expect(await options('State')).toMatchObject({ OptionSet: { OptionSetType: 'State', Options: [{ Value: 0 }] } });
  expect(await options('Status')).toMatchObject({ OptionSet: { Options: [{ Value: 1, State: 0 }] } });
  expect(await options('Boolean')).toMatchObject({
    OptionSet: { TrueOption: { Value: 1 }, FalseOption: { Value: 0 } },
  });
});

test.each([
  ["EntityDefinitions(LogicalName='nope')", 404],
  ['EntityDefinitions(nope)', 400],
  ['EntityDefinitions?$select=Nope', 400],
  ['EntityDefinitions?$top=1', 400],
  ["EntityDefinitions?$filter=Nope eq 'x'", 400],
  ['EntityDefinitions?$filter=LogicalName eq', 400],
  ["EntityDefinitions?$filter=contains(LogicalName,'x')", 400],
  [`${crate}/Attributes?$filter=AttributeType eq 'Picklist'`, 400],
  [`${crate}/Attributes?$expand=OptionSet`, 400],
  [`${crate}/Attributes/${attribute}.EnumAttributeMetadata`, 400],
  [`${crate}/Attributes(LogicalName='nope')`, 404],
  ["GlobalOptionSetDefinitions(Name='nope')", 404],
  ["RelationshipDefinitions(SchemaName='nope')", 404],
])('%s is refused with %i', async (path, status) => {
  const response = await world.request(path);
  expect(response.status).toBe(status);
  expect(await response.json()).toHaveProperty('error.message');
});

test('enumeration literals carry their namespace', async () => {
  const filter = "AttributeType eq Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'";
  const { value } = await world.read(`${crate}/Attributes?$select=LogicalName&$filter=${filter}`);
  expect(value.map(column => column.LogicalName)).toEqual(['colour']);
});

test('relationships and global choices are listed and found', async () => {
  const many = await world.read(
    `RelationshipDefinitions/${attribute}.ManyToManyRelationshipMetadata?$select=SchemaName,IntersectEntityName`,
  );
  expect(many.value).toMatchObject([{ SchemaName: 'crate_box', IntersectEntityName: 'crate_box' }]);
  const one = await world.read("RelationshipDefinitions(SchemaName='crate_box')");
  expect(one).toMatchObject({ Entity1LogicalName: 'crate', Entity2IntersectAttribute: 'boxid' });
  expect((await world.read(`${crate}/ManyToManyRelationships`)).value.length).toBe(1);
  expect((await world.read('GlobalOptionSetDefinitions')).value).toMatchObject([{ Name: 'colour' }]);
  expect(await world.read("GlobalOptionSetDefinitions(Name='colour')")).toMatchObject({ IsGlobal: true });
});

test('the service describes itself; tracked sets are annotated only when annotations are asked for', async () => {
  const names = (await world.read('')).value.map(set => set.name);
  expect(names).toContain('crates');
  const annotated = await (await world.request('$metadata?annotations=true')).text();
  expect(annotated).toContain(
    '<EntitySet Name="crates" EntityType="Microsoft.Dynamics.CRM.crate"><Annotation Term="Org.OData.Capabilities.V1.ChangeTracking">',
  );
  expect(annotated).toContain('<EntitySet Name="boxes" EntityType="Microsoft.Dynamics.CRM.box" />');
  expect(annotated).toContain('<Property Name="_ownerid_value" Type="Edm.Guid" />');
  expect(await (await world.request('$metadata')).text()).not.toContain('ChangeTracking');
});

test('tables, columns and relationships are made and removed; change tracking is enabled and not taken back', async () => {
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
  const name = { '@odata.type': `${attribute}.StringAttributeMetadata`, SchemaName: 'new_Name', IsPrimaryName: true };
  await sent('POST', 'EntityDefinitions', { SchemaName: 'new_Lorry', DisplayName: label('Lorry'), Attributes: [name] });
  const lorry = "EntityDefinitions(LogicalName='new_lorry')";
  expect(await world.read(lorry)).toMatchObject({
    EntitySetName: 'new_lorries',
    PrimaryIdAttribute: 'new_lorryid',
    PrimaryNameAttribute: 'new_name',
    ChangeTrackingEnabled: false,
  });
  await sent('PUT', lorry, { ChangeTrackingEnabled: true });
  expect((await send('PUT', lorry, { ChangeTrackingEnabled: false })).status).toBe(400);
  expect((await send('PUT', "EntityDefinitions(LogicalName='box')", { ChangeTrackingEnabled: true })).status).toBe(400);
  await sent('POST', `${lorry}/Attributes`, {
    '@odata.type': `${attribute}.PicklistAttributeMetadata`,
    SchemaName: 'new_Size',
    OptionSet: { Options: [{ Value: 5, Label: label('Small') }] },
  });
  await sent('POST', 'RelationshipDefinitions', {
    SchemaName: 'new_crate_lorry',
    ReferencedEntity: 'new_lorry',
    ReferencingEntity: 'crate',
    Lookup: { '@odata.type': `${attribute}.LookupAttributeMetadata`, SchemaName: 'new_Lorry' },
  });
  await sent('POST', 'RelationshipDefinitions', {
    SchemaName: 'new_lorry_team',
    Entity1LogicalName: 'new_lorry',
    Entity2LogicalName: 'team',
    IntersectEntityName: 'new_lorry_team',
  });
  const made = await send('POST', 'new_lorries', { new_name: 'L1', new_size: 5 });
  const link = made.headers.get('odata-entityid');
  await sent('POST', 'crates', { 'new_Lorry@odata.bind': link });
  expect((await world.read('new_lorries')).value).toMatchObject([{ new_name: 'L1', new_size: 5 }]);
  await sent('DELETE', `${lorry}/Attributes(LogicalName='new_size')`);
  expect((await world.request('new_lorries?$select=new_size')).status).toBe(400);
  await sent('DELETE', lorry);
  expect((await world.request('new_lorries')).status).toBe(404);
});

test('options are inserted, renamed and removed, of a column and of a global choice', async () => {
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
  const own = { EntityLogicalName: 'crate', AttributeLogicalName: 'marks' };
  const inserted = await send('POST', 'InsertOptionValue', { ...own, Label: label('New') });
  expect(await inserted.json()).toMatchObject({ NewOptionValue: 100_000 });
  await sent('POST', 'UpdateOptionValue', { ...own, Value: 1, Label: label('Upwards'), MergeLabels: true });
  await sent('POST', 'DeleteOptionValue', { ...own, Value: 2 });
  const marks = world.database.table('crate')?.columns.find(one => one.logicalName === 'marks');
  expect(marks?.options?.map(one => [one.value, one.labels[1033]])).toEqual([
    [1, 'Upwards'],
    [100_000, 'New'],
  ]);
  await send('POST', 'InsertOptionValue', { OptionSetName: 'colour', Value: 3, Label: label('Green') });
  expect(world.database.choices()[0]?.options.map(one => one.value)).toEqual([1, 2, 3]);
  expect((await send('POST', 'DeleteOptionValue', { OptionSetName: 'colour', Value: 77 })).status).toBe(400);
});

test.each([
  ['a body that is not JSON', 'POST', 'EntityDefinitions', 'x', 400],
  ['a name with a slash', 'POST', 'EntityDefinitions', { SchemaName: 'a/b' }, 400],
  ['a table that exists', 'POST', 'EntityDefinitions', { SchemaName: 'Crate' }, 400],
  ['an unknown type', 'POST', `${crate}/Attributes`, { '@odata.type': 'Nope', SchemaName: 'x' }, 400],
  [
    'a column that exists',
    'POST',
    `${crate}/Attributes`,
    { '@odata.type': 'StringAttributeMetadata', SchemaName: 'Name' },
    400,
  ],
  ['the primary id', 'DELETE', `${crate}/Attributes(LogicalName='crateid')`, undefined, 400],
  ['a table that is not custom', 'DELETE', "EntityDefinitions(LogicalName='transactioncurrency')", undefined, 400],
])('a change of %s is refused', async (_what, method, path, body, status) => {
  const response = await send(method, path, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toHaveProperty('error.code');
});

test('an application that may not write may not change definitions', async () => {
  world.sandbox.applications.put({ ...worldApplication, writes: false });
  expect((await send('POST', 'EntityDefinitions', { SchemaName: 'x' })).status).toBe(403);
});

function send(method: string, path: string, body?: unknown): Promise<Response> {
  if (body === undefined) return world.request(path, { method });
  return world.request(path, { method, body: typeof body === 'string' ? body : JSON.stringify(body) });
}

async function sent(method: string, path: string, body?: unknown): Promise<void> {
  const response = await send(method, path, body);
  expect([response.status, await response.text()]).toEqual([204, '']);
}

test('every table and column of a wide environment comes, by each of the three ways to ask', async () => {
  const [tables, columns] = [150, 40];
  installWideEnvironment(world.database, { tables, columns });
  const wanted = world.database.tables().map(({ logicalName, columns: own }) => [logicalName, own.length]);
  const lengths = (entities: readonly Record<string, unknown>[]) =>
    entities.map(one => [one.LogicalName, (one.Attributes as unknown[]).length]);
  const expanded = await world.request(
    'EntityDefinitions?$select=LogicalName&$expand=Attributes($select=LogicalName,AttributeTypeName)',
  );
  expect(Number(expanded.headers.get('content-length'))).toBeGreaterThan(500_000);
  expect(lengths(((await expanded.json()) as { value: Record<string, unknown>[] }).value)).toEqual(wanted);
  const query = JSON.stringify({ Properties: { PropertyNames: ['Attributes'] }, AttributeQuery: {} });
  const changes = await world.read(`RetrieveMetadataChanges(Query=@p1)?@p1=${query}`);
  expect(lengths(changes.EntityMetadata as Record<string, unknown>[])).toEqual(wanted);
  const csdl = await (await world.request('$metadata')).text();
  expect(csdl.match(/<EntityType Name="wide_/g)?.length).toBe(tables);
  expect(csdl.match(/<NavigationProperty Name="wide_lookup/g)?.length).toBe(tables * 3);
  const { value } = await world.read(
    "EntityDefinitions?$select=LogicalName&$expand=ManyToOneRelationships($select=SchemaName)&$filter=LogicalName eq 'wide_0007'",
  );
  expect(value.map(one => (one.ManyToOneRelationships as unknown[]).length)).toEqual([3]);
});
