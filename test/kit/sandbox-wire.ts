import type { Application } from '../../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import type { AttributeTypeName, ColumnDefinition, TableDefinition } from '../../src/sandbox/definition.ts';
import { openSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';

/** A small environment on the real wire: `crate` has a column of every type, `box` is not tracked. */
export interface SandboxWorld {
  readonly database: SandboxDatabase;
  readonly sandbox: Sandbox;
  readonly clock: { nowMs: number };
  readonly api: string;
  /** One request with a token; a path below the service root, or a whole link of this environment. */
  request(path: string, init?: RequestInit & { readonly prefer?: string }): Promise<Response>;
  /** The same, parsed; fails the test for another status than 2xx. */
  read(path: string, init?: RequestInit & { readonly prefer?: string }): Promise<Answered>;
  token(application?: Application): Promise<string>;
  close(): Promise<void>;
}

export type Answered = Record<string, unknown> & {
  readonly value: Record<string, unknown>[];
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
};

export const worldUser = '00000000-0000-4000-8000-00000000a001';

export const worldApplication: Application = {
  clientId: '11111111-0000-4000-8000-000000000001',
  clientSecret: 'secret',
  userId: worldUser,
  readLevels: {},
  readsSecuredColumns: true,
  writes: true,
};

export async function openSandboxWorld(options: Partial<SandboxOptions> = {}): Promise<SandboxWorld> {
  const database = openSandboxDatabase({ path: ':memory:' });
  fill(database);
  const clock = { nowMs: Date.parse('2024-01-02T03:04:05Z') };
  const sandbox = await openSandbox({
    database,
    clock: { nowMs: () => clock.nowMs, sleep: (_ms, signal) => Promise.resolve(signal.throwIfAborted()) },
    applications: [worldApplication],
    ...options,
  });
  const api = `${sandbox.url}/api/data/v9.2`;
  let kept: string | null = null;
  const world: SandboxWorld = {
    database,
    sandbox,
    clock,
    api,
    async request(path, { prefer, ...init } = {}) {
      kept ??= await world.token();
      const headers = new Headers(init.headers);
      if (!headers.has('authorization')) headers.set('authorization', `Bearer ${kept}`);
      if (prefer !== undefined) headers.set('prefer', prefer);
      return fetch(path.startsWith('http') ? path : `${api}/${path}`, { ...init, headers });
    },
    async read(path, init) {
      const response = await world.request(path, init);
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return JSON.parse(text) as Answered;
    },
    async token(application = worldApplication) {
      const response = await fetch(`${sandbox.authorityUrl}/${sandbox.tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: application.clientId,
          client_secret: application.clientSecret,
          scope: `${sandbox.url}/.default`,
        }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    },
    async close() {
      await sandbox.close();
      database.close();
    },
  };
  return world;
}

/** `crates` of a number: `00000000-0000-4000-8000-000000000007`. */
export function crateId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** Gives a table an alternate key of these columns, in force at once; rows that are there are not looked at. */
export function giveKey({ database }: SandboxWorld, table: string, ...columns: readonly string[]): void {
  const name = `${table}_${columns.join('_')}`;
  const made = { logicalName: name, schemaName: name, displayName: name, metadataId: crateId(800), columns };
  database.setKeys(table, [...(database.table(table)?.keys ?? []), { ...made, status: 'Active' }]);
}

/** Follows the pages of a read to its end; answers the rows and the last answer's delta link. */
export async function readAll(
  world: SandboxWorld,
  path: string,
  prefer: string,
  betweenPages: (page: number) => unknown = () => undefined,
): Promise<{
  readonly rows: Record<string, unknown>[];
  readonly deltaLink: string | undefined;
  readonly pages: number;
}> {
  const rows: Record<string, unknown>[] = [];
  let link: string | undefined = path;
  let deltaLink: string | undefined;
  let pages = 0;
  while (link !== undefined) {
    const page: Answered = await world.read(link, { prefer });
    pages += 1;
    rows.push(...page.value);
    deltaLink = page['@odata.deltaLink'];
    link = page['@odata.nextLink'];
    if (link !== undefined) await betweenPages(pages);
  }
  return { rows, deltaLink, pages };
}

function fill(database: SandboxDatabase): void {
  database.setOrganization({
    organizationId: crateId(900),
    friendlyName: 'World',
    uniqueName: 'world',
    version: '9.2.0.0',
    baseCurrencyId: crateId(901),
    rootBusinessUnitId: crateId(902),
  });
  for (const table of [users, teams, currencies, crates, boxes, crateBoxes]) database.createTable(table);
  database.putChoice({
    name: 'colour',
    metadataId: crateId(910),
    displayName: 'Colour',
    options: [
      { value: 1, labels: { 1033: 'Red', 1031: 'Rot' } },
      { value: 2, labels: { 1033: 'Blue' } },
    ],
  });
  database.putRelationship({
    schemaName: 'crate_box',
    kind: 'ManyToMany',
    table1: 'crate',
    column1: 'crateid',
    table2: 'box',
    column2: 'boxid',
    intersectTable: 'crate_box',
    navigation1: 'crate_boxes',
    navigation2: 'box_crates',
  });
  database.put('systemuser', [{ systemuserid: worldUser, fullname: 'Alice' }]);
  database.put('team', [{ teamid: crateId(920), name: 'Movers' }]);
  database.put('transactioncurrency', [{ transactioncurrencyid: crateId(901), currencyname: 'US Dollar' }]);
}

function column(logicalName: string, type: AttributeTypeName, rest: Partial<ColumnDefinition> = {}): ColumnDefinition {
  return {
    logicalName,
    schemaName: logicalName,
    type,
    displayName: logicalName,
    metadataId: `00000000-0000-4000-9000-${Buffer.from(logicalName.padEnd(6, '_')).toString('hex').slice(-12)}`,
    attributeOf: null,
    isValidForRead: true,
    isValidForCreate: true,
    isValidForUpdate: true,
    isCustom: true,
    ...rest,
  };
}

let tableNumber = 0;
function table(
  logicalName: string,
  entitySetName: string,
  columns: readonly ColumnDefinition[],
  rest: Partial<TableDefinition> = {},
): TableDefinition {
  tableNumber += 1;
  const primaryId = `${logicalName}id`;
  return {
    logicalName,
    schemaName: logicalName,
    entitySetName,
    displayName: logicalName,
    objectTypeCode: 10_000 + tableNumber,
    metadataId: `00000000-0000-4000-a000-${String(tableNumber).padStart(12, '0')}`,
    primaryId,
    primaryName: columns[0]?.type === 'StringType' ? columns[0].logicalName : null,
    changeTracking: true,
    canTrackChanges: true,
    isIntersect: false,
    isActivity: false,
    isCustom: true,
    isPrivate: false,
    ownership: 'UserOwned',
    columns: [
      column(primaryId, 'UniqueidentifierType', { isPrimaryId: true }),
      ...columns,
      column('versionnumber', 'BigIntType', { isValidForCreate: false, isValidForUpdate: false, isCustom: false }),
    ],
    ...rest,
  };
}

const text = (name: string, maxLength = 100) => column(name, 'StringType', { maxLength });
const currencies = table('transactioncurrency', 'transactioncurrencies', [text('currencyname')], { isCustom: false });
const users = table('systemuser', 'systemusers', [text('fullname')]);
const teams = table('team', 'teams', [text('name')]);
const boxes = table('box', 'boxes', [text('name')], { changeTracking: false, canTrackChanges: false });
const crateBoxes = table(
  'crate_box',
  'crate_boxset',
  [column('crateid', 'UniqueidentifierType'), column('boxid', 'UniqueidentifierType')],
  { isIntersect: true },
);
const crates = table('crate', 'crates', [
  text('name'),
  column('note', 'MemoType', { maxLength: 2_000 }),
  column('pieces', 'IntegerType', { minValue: 0, maxValue: 1_000 }),
  column('serial', 'BigIntType'),
  column('weight', 'DecimalType', { precision: 10 }),
  column('length', 'DoubleType', { precision: 5 }),
  column('price', 'MoneyType', { precision: 2 }),
  column('price_base', 'MoneyType', { precision: 2, isValidForCreate: false, isValidForUpdate: false }),
  column('fragile', 'BooleanType'),
  column('packedon', 'DateTimeType', { dateBehavior: 'UserLocal' }),
  column('duedate', 'DateTimeType', { dateBehavior: 'DateOnly' }),
  column('slot', 'DateTimeType', { dateBehavior: 'TimeZoneIndependent' }),
  column('colour', 'PicklistType', { globalChoice: 'colour' }),
  column('colourname', 'VirtualType', { attributeOf: 'colour' }),
  column('marks', 'MultiSelectPicklistType', {
    options: [
      { value: 1, labels: { 1033: 'Up' } },
      { value: 2, labels: { 1033: 'Dry' } },
    ],
  }),
  column('statecode', 'StateType', { options: [{ value: 0, labels: { 1033: 'Active' } }] }),
  column('statuscode', 'StatusType', { options: [{ value: 1, state: 0, labels: { 1033: 'Open' } }] }),
  column('ownerid', 'OwnerType', { targets: ['systemuser', 'team'] }),
  column('owneridname', 'StringType', { attributeOf: 'ownerid' }),
  column('owneridtype', 'EntityNameType', { attributeOf: 'ownerid' }),
  column('parentid', 'LookupType', { targets: ['crate', 'box'], schemaName: 'ParentId' }),
  column('transactioncurrencyid', 'LookupType', { targets: ['transactioncurrency'], isCustom: false }),
  column('secret', 'StringType', { maxLength: 100, isSecured: true }),
  column('paper', 'FileType', { isValidForCreate: false, isValidForUpdate: false }),
  column('entityimageid', 'UniqueidentifierType'),
  column('entityimage', 'ImageType', { attributeOf: 'entityimageid' }),
  column('entityimage_url', 'StringType', { attributeOf: 'entityimageid' }),
  column('entityimage_timestamp', 'BigIntType', { attributeOf: 'entityimageid' }),
  column('iscustomizable', 'ManagedPropertyType'),
  column('people', 'PartyListType', { targets: ['systemuser'] }),
]);
