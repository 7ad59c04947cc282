import { isLosslessNumber } from 'lossless-json';
import { writable, writerOf } from './data-write.ts';
import type { Row, SandboxDatabase, StoredRow } from './database.ts';
import { movesOnMerge, type TableDefinition } from './definition.ts';
import { badArgument, badPayload, WireError } from './errors.ts';
import { optionsOf } from './labels.ts';
import { addressOf } from './row-address.ts';
import { isReference } from './row-defaults.ts';
import { type BodyObject, parseBody } from './row-input.ts';
import { changeRow, updateFromBody, type Writer } from './row-write.ts';
import type { Call, Environment, Handler } from './wire.ts';

/** The lookup whose difference `PerformParentingChecks` looks for. */
const parentColumns: Readonly<Record<string, string>> = { account: 'parentaccountid', contact: 'parentcustomerid' };

/**
 * `POST /Merge`: rows that point to the subordinate point to the target from then on, the target takes what
 * `UpdateContent` says, the subordinate is marked merged and closed; all in one transaction ("Merge Action"). Tables
 * that can be merged are those that have a master: account, contact, lead, incident.
 * @throws WireError 400, 404
 */
export const mergeRows: Handler = (environment, call) => {
  const given = parseBody(call.body, mergeSet);
  const table = mergeable(environment, call, given.Target);
  const { database } = environment;
  const target = rowIn(database, table, given.Target);
  const subordinate = rowIn(database, table, given.Subordinate);
  requireMergeable(table, { target, subordinate, checksParents: given.PerformParentingChecks === true });
  const writer = writerOf(environment, call);
  database.transaction(() => {
    movePointers(writer, table, { from: subordinate.id, to: target.id });
    if (isObject(given.UpdateContent)) {
      updateFromBody(writer, table, { given: contentOf(given.UpdateContent, table), id: target.id });
    } else {
      changeRow(writer, table, { id: target.id, cells: {} });
    }
    changeRow(writer, table, { id: subordinate.id, cells: closedCells(database, table, target.id) });
  });
  call.noted.rows = 2;
  return { status: 204 };
};

function movePointers(
  writer: Writer,
  table: TableDefinition,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  const { database } = writer.environment;
  const reference = (id: string) => ({ table: table.logicalName, id });
  for (const one of database.relationships()) {
    const child = database.table(one.table2);
    if (one.kind !== 'OneToMany' || one.table1 !== table.logicalName || child === undefined) continue;
    if (!movesOnMerge(one)) continue;
    for (const { id } of database.find(child.logicalName, { [one.column2]: reference(from) })) {
      // The target itself may have pointed to the subordinate; nothing points to itself.
      const moved = child === table && id === to ? null : reference(to);
      changeRow(writer, child, { id, cells: { [one.column2]: moved } });
    }
  }
}

/** The last state is the one for rows nobody works on any more; a status made for merged rows is taken where there is one. */
function closedCells(database: SandboxDatabase, table: TableDefinition, masterId: string): Row {
  const options = (name: string) => {
    const column = table.columns.find(one => one.logicalName === name);
    return column === undefined ? [] : optionsOf(database, column);
  };
  const state = Math.max(...options('statecode').map(({ value }) => value), 0);
  const merged = options('statuscode').find(({ labels }) => labels[1033] === 'Merged');
  return {
    masterid: { table: table.logicalName, id: masterId },
    merged: true,
    statecode: state,
    ...(merged === undefined ? {} : { statuscode: merged.value }),
  };
}

function requireMergeable(
  table: TableDefinition,
  {
    target,
    subordinate,
    checksParents,
  }: { readonly target: StoredRow; readonly subordinate: StoredRow; readonly checksParents: boolean },
): void {
  if (target.id === subordinate.id) {
    throw refusal('0x80045305', 'Merge cannot be performed on master and sub-entities that are identical.');
  }
  if ([target, subordinate].some(({ row }) => (row.statecode ?? 0) !== 0)) {
    throw refusal('0x80045304', 'Merge cannot be performed on entity that is inactive.');
  }
  const column = parentColumns[table.logicalName];
  if (!checksParents || column === undefined) return;
  const [one, other] = [target.row[column], subordinate.row[column]];
  const same = isReference(one) && isReference(other) ? one.id === other.id : (one ?? null) === (other ?? null);
  if (!same) throw refusal('0x80045316', 'Merge warning: sub-entity will be differently parented.');
}

const mergeSet = { entitySetName: 'Merge' };

function mergeable(environment: Environment, call: Call, given: unknown): TableDefinition {
  const type = isObject(given) ? given['@odata.type'] : undefined;
  const name = /^#?Microsoft\.Dynamics\.CRM\.(\w+)$/.exec(String(type))?.[1] ?? '';
  const table = environment.database.table(name);
  if (table === undefined) throw badPayload({ set: 'Merge', reason: "The Target has no known '@odata.type'." });
  if (!table.columns.some(column => column.logicalName === 'masterid')) {
    throw badArgument(`The 'Merge' method does not support entities of type '${name}'.`);
  }
  return writable(environment, call, { set: table.entitySetName, verb: 'Write' });
}

function rowIn(database: SandboxDatabase, table: TableDefinition, given: unknown): StoredRow {
  const id = isObject(given) ? given[table.primaryId] : undefined;
  if (typeof id !== 'string') throw badPayload({ set: 'Merge', reason: `A row to merge has no '${table.primaryId}'.` });
  const { stored, unknown } = addressOf({ database, table, key: id });
  if (stored === undefined) throw unknown;
  return stored;
}

/** The content names the row again in some clients; it may not change its id. */
function contentOf(given: BodyObject, { primaryId }: TableDefinition): BodyObject {
  return Object.fromEntries(Object.entries(given).filter(([name]) => name !== primaryId));
}

function isObject(value: unknown): value is BodyObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

/** Codes and texts of MergeEntitiesIdenticalError and its siblings ("Web service error codes"). */
function refusal(code: string, message: string): WireError {
  return new WireError({ status: 400, code, message });
}
