import type { Cell, Reference, Row, SandboxDatabase } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { optionsOf } from './labels.ts';
import type { Environment } from './wire.ts';

type Cells = Readonly<Record<string, Cell>>;

interface Writing {
  readonly environment: Environment;
  readonly table: TableDefinition;
  readonly userId: string;
  /** What the caller sets. */
  readonly cells: Cells;
}

/** What the platform fills in by itself when a row is made. */
export function initialCells({ environment, table, userId, cells }: Writing): Row {
  const { database } = environment;
  const user = { table: 'systemuser', id: userId };
  const time = now(environment);
  return {
    ...present(table, {
      createdon: time,
      modifiedon: time,
      createdby: user,
      modifiedby: user,
      ownerid: user,
    }),
    ...ownerCells(database, table, { ownerid: user, ...cells }),
    ...currencyCells(database, table, cells),
    ...statusOfState(database, table, { statecode: 0, ...cells }),
    ...imageCompanions(environment, table, cells),
    // A row of an elastic table without a partition of its own lies in one named like the row.
    ...(table.kind === 'Elastic' ? { partitionid: cells.partitionid ?? cells[table.primaryId] ?? null } : {}),
  };
}

/** What the platform changes along when a row is changed. */
export function changedCells({ environment, table, userId, cells }: Writing): Row {
  return {
    ...ownerCells(environment.database, table, cells),
    ...statusOfState(environment.database, table, cells),
    ...imageCompanions(environment, table, cells),
    ...present(table, { modifiedon: now(environment), modifiedby: { table: 'systemuser', id: userId } }),
  };
}

/** The columns that follow the owner: its user or its team, and the business unit of either. */
function ownerCells(database: SandboxDatabase, table: TableDefinition, cells: Cells): Row {
  const owner = cells.ownerid;
  if (!isReference(owner)) return {};
  const unit =
    database.table(owner.table) === undefined ? null : database.get(owner.table, owner.id)?.row.businessunitid;
  const root = { table: 'businessunit', id: database.organization().rootBusinessUnitId };
  return present(table, {
    owninguser: owner.table === 'systemuser' ? owner : null,
    owningteam: owner.table === 'team' ? owner : null,
    owningbusinessunit: isReference(unit) ? unit : root,
  });
}

/** A new state brings its first status along when no status is given. */
function statusOfState(database: SandboxDatabase, table: TableDefinition, cells: Cells): Row {
  const state = cells.statecode;
  const column = table.columns.find(one => one.logicalName === 'statuscode');
  if (typeof state !== 'number' || column === undefined) return {};
  const first = optionsOf(database, column).find(one => one.state === state);
  return present(table, { statecode: state, statuscode: first?.value ?? (state === 0 ? 1 : 2) });
}

function currencyCells(database: SandboxDatabase, table: TableDefinition, cells: Cells): Row {
  const money = table.columns.filter(one => one.type === 'MoneyType' && (cells[one.logicalName] ?? null) !== null);
  if (money.length === 0) return {};
  return present(table, {
    transactioncurrencyid: { table: 'transactioncurrency', id: database.organization().baseCurrencyId },
    exchangerate: '1',
    ...Object.fromEntries(money.map(one => [`${one.logicalName}_base`, cells[one.logicalName] ?? null])),
  });
}

function imageCompanions(environment: Environment, table: TableDefinition, cells: Cells): Row {
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

/** Only the cells whose columns the table has. */
function present(table: TableDefinition, cells: Row): Row {
  const names = new Set(table.columns.map(one => one.logicalName));
  return Object.fromEntries(Object.entries(cells).filter(([name]) => names.has(name)));
}

function now({ clock }: Environment): string {
  return `${new Date(clock.nowMs()).toISOString().slice(0, 19)}Z`;
}

export function isReference(cell: Cell | undefined): cell is Reference {
  return typeof cell === 'object' && cell !== null && 'id' in cell;
}
