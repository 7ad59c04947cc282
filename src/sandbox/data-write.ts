import { etag, rowBody } from './data-rows.ts';
import type { Cell, Row, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { missingPrivilege, unknownRow, WireError } from './errors.ts';
import { optionsOf } from './labels.ts';
import { allowOptions } from './query-options.ts';
import { keyOf, tableOfSet } from './row-address.ts';
import { cellsOfBody } from './row-input.ts';
import type { Answer, Call, Environment, Handler } from './wire.ts';

/** `POST /accounts` */
export const createRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Create' });
  const cells = cellsOfBody({ database: environment.database, table, body: call.body, purpose: 'create' });
  const given = cells[table.primaryId];
  const id = typeof given === 'string' ? given : environment.newId();
  if (environment.database.get(table.logicalName, id) !== undefined) throw duplicate();
  return created(environment, call, table, { id, cells });
};

/** `PATCH /accounts(<guid>)`: update, or create when the id is unknown and no `If-Match` forbids it. */
export const updateRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Write' });
  const { database } = environment;
  const id = keyOf(parts.key, table);
  const old = database.get(table.logicalName, id);
  const match = call.headers['if-match'];
  if (old === undefined) {
    if (match !== undefined) throw unknownRow({ table: table.logicalName, id });
    const cells = cellsOfBody({ database, table, body: call.body, purpose: 'create' });
    return created(environment, call, table, { id, cells });
  }
  if (call.headers['if-none-match'] === '*') throw duplicate();
  requireVersion(call, old);
  const cells = cellsOfBody({ database, table, body: call.body, purpose: 'update' });
  const stored = database.patch(table.logicalName, id, {
    ...statusOfState(environment, table, cells),
    ...imageCompanions(environment, table, cells),
    ...present(table, { modifiedon: now(environment), modifiedby: userOf(call) }),
    ...cells,
    [table.primaryId]: id,
  });
  if (stored === undefined) throw unknownRow({ table: table.logicalName, id });
  call.noted.rows = 1;
  const headers = { 'OData-EntityId': rowUrl(environment, table, id), ...etag(stored) };
  if (!call.preferences.returnRepresentation) return { status: 204, headers };
  return { status: 200, headers, body: rowBody(environment, call, table, stored) };
};

/** `DELETE /accounts(<guid>)`; the row's many-to-many links go with it. */
export const deleteRow: Handler = (environment, call, parts) => {
  const table = writable(environment, call, { set: parts.set, verb: 'Delete' });
  const { database } = environment;
  const id = keyOf(parts.key, table);
  const old = database.get(table.logicalName, id);
  if (old === undefined) throw unknownRow({ table: table.logicalName, id });
  requireVersion(call, old);
  database.transaction(() => {
    removeLinks(environment, table, id);
    database.remove(table.logicalName, id);
  });
  call.noted.rows = 1;
  return { status: 204 };
};

/** @throws WireError 403 when the application may not write. */
export function writable(
  environment: Environment,
  call: Call,
  { set, verb }: { readonly set: string | undefined; readonly verb: 'Create' | 'Write' | 'Delete' },
): TableDefinition {
  const table = tableOfSet(environment, set);
  call.noted.table = table.logicalName;
  allowOptions(call.options, ['$select', '$id']);
  if (!call.application.writes) throw missingPrivilege({ userId: call.application.userId, table, verb });
  return table;
}

export function rowUrl(environment: Environment, table: TableDefinition, id: string): string {
  return `${environment.apiUrl}/${table.entitySetName}(${id})`;
}

function created(
  environment: Environment,
  call: Call,
  table: TableDefinition,
  { id, cells }: { readonly id: string; readonly cells: Record<string, Cell> },
): Answer {
  const row: Row = { ...initialCells(environment, call, table, cells), ...cells, [table.primaryId]: id };
  environment.database.put(table.logicalName, [row]);
  const stored = environment.database.get(table.logicalName, id);
  if (stored === undefined) throw unknownRow({ table: table.logicalName, id });
  call.noted.rows = 1;
  const url = rowUrl(environment, table, id);
  const headers = { 'OData-EntityId': url, Location: url, ...etag(stored) };
  if (!call.preferences.returnRepresentation) return { status: 204, headers };
  return { status: 201, headers, body: rowBody(environment, call, table, stored) };
}

/** What the platform fills in by itself. */
function initialCells(environment: Environment, call: Call, table: TableDefinition, cells: Record<string, Cell>): Row {
  const time = now(environment);
  const user = userOf(call);
  const organization = environment.database.organization();
  const money = table.columns.filter(one => one.type === 'MoneyType' && (cells[one.logicalName] ?? null) !== null);
  const currency: Row =
    money.length === 0
      ? {}
      : {
          transactioncurrencyid: { table: 'transactioncurrency', id: organization.baseCurrencyId },
          exchangerate: '1',
          ...Object.fromEntries(money.map(one => [`${one.logicalName}_base`, cells[one.logicalName] ?? null])),
        };
  return {
    ...present(table, {
      createdon: time,
      modifiedon: time,
      createdby: user,
      modifiedby: user,
      ownerid: user,
      owninguser: user,
      owningbusinessunit: { table: 'businessunit', id: organization.rootBusinessUnitId },
      ...currency,
    }),
    ...statusOfState(environment, table, { statecode: 0, ...cells }),
    ...imageCompanions(environment, table, cells),
  };
}

/** A new state brings its first status along when no status is given. */
function statusOfState(environment: Environment, table: TableDefinition, cells: Readonly<Record<string, Cell>>): Row {
  const state = cells.statecode;
  const column = table.columns.find(one => one.logicalName === 'statuscode');
  if (typeof state !== 'number' || column === undefined) return {};
  const first = optionsOf(environment.database, column).find(one => one.state === state);
  return present(table, { statecode: state, statuscode: first?.value ?? (state === 0 ? 1 : 2) });
}

function imageCompanions(environment: Environment, table: TableDefinition, cells: Readonly<Record<string, Cell>>): Row {
  if (!('entityimage' in cells)) return {};
  if (cells.entityimage === null) {
    return present(table, { entityimageid: null, entityimage_timestamp: null, entityimage_url: null });
  }
  const id = environment.newId();
  const stamp = String(environment.clock.nowMs() * 10_000);
  return present(table, {
    entityimageid: id,
    entityimage_timestamp: stamp,
    entityimage_url: `/Image/download.aspx?Entity=${table.logicalName}&Attribute=entityimage&Id=${id}&Timestamp=${stamp}`,
  });
}

function removeLinks({ database }: Environment, table: TableDefinition, id: string): void {
  for (const one of database.relationships()) {
    if (one.kind !== 'ManyToMany' || one.intersectTable === undefined) continue;
    const columns = [
      ...(one.table1 === table.logicalName ? [one.column1] : []),
      ...(one.table2 === table.logicalName ? [one.column2] : []),
    ];
    if (columns.length === 0 || database.table(one.intersectTable) === undefined) continue;
    let after: string | null = null;
    for (;;) {
      const rows: StoredRow[] = database.page(one.intersectTable, { after, limit: 5_000 });
      const linked = rows.filter(({ row }) => columns.some(column => linkedId(row[column]) === id));
      for (const link of linked) database.remove(one.intersectTable, link.id);
      after = rows.at(-1)?.id ?? null;
      if (after === null || rows.length < 5_000) break;
    }
  }
}

/** Columns of an intersect table are plain ids, or lookups in hand-made definitions. */
export function linkedId(cell: Cell | undefined): string | null {
  if (typeof cell === 'string') return cell;
  return cell !== null && typeof cell === 'object' && 'id' in cell ? cell.id : null;
}

function present(table: TableDefinition, cells: Readonly<Record<string, Cell>>): Record<string, Cell> {
  const names = new Set(table.columns.map(one => one.logicalName));
  return Object.fromEntries(Object.entries(cells).filter(([name]) => names.has(name)));
}

function requireVersion(call: Call, stored: StoredRow): void {
  const match = call.headers['if-match'];
  if (match === undefined || match === '*' || match === `W/"${stored.version}"`) return;
  throw new WireError({
    status: 412,
    code: '0x80060882',
    message: "The version of the existing record doesn't match the RowVersion property provided.",
  });
}

function duplicate(): WireError {
  const message = 'A record with matching key values already exists.';
  return new WireError({ status: 412, code: '0x80040237', message });
}

function userOf({ application }: Call): Cell {
  return { table: 'systemuser', id: application.userId };
}

function now({ clock }: Environment): string {
  return `${new Date(clock.nowMs()).toISOString().slice(0, 19)}Z`;
}
