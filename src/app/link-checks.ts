import { realpath } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { EnvironmentIdentity, OfferedTable, PageRequest, Source } from '../core/source.ts';

/** Tables whose readability is tried at once. */
const PROBES_AT_ONCE = 4;

/** Signs in and asks who answers: wrong address, tenant, application or secret fail here. */
export async function checkEnvironment(source: Source, signal: AbortSignal): Promise<EnvironmentIdentity> {
  return source.identity(signal);
}

/**
 * Every table is known, tracked, exportable, and readable at organization level: the first answer of a tracked read is
 * opened and let go (a source for checks asks for one row). The first table that fails is named. `chosen` are the tables
 * the link has already.
 */
export async function checkTables(options: {
  readonly source: Source;
  readonly tables: readonly TableName[];
  readonly chosen: readonly TableName[];
  readonly signal: AbortSignal;
}): Promise<void> {
  const { source, tables, chosen, signal } = options;
  refuseRepeats(tables);
  refuseCollisions([...chosen, ...tables]);
  if (tables.length === 0) return;
  const offered = new Map((await source.tables(signal)).map(table => [table.table, table]));
  for (const table of tables) refuseTable(table, offered.get(table));
  const queue = tables.flatMap(table => offered.get(table) ?? []);
  const probe = async () => {
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      await probeTable(source, table, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PROBES_AT_ONCE, queue.length) }, probe));
}

function refuseTable(table: TableName, offered: OfferedTable | undefined): void {
  if (offered === undefined) throw new Fault('source/table-unknown', { table });
  if (offered.refusal !== null) {
    throw new Fault(offered.refusal.code, { table, reason: offered.refusal.reason });
  }
}

async function probeTable(source: Source, offered: OfferedTable, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  try {
    const request: PageRequest = { read: 'full', shape: addressOf(offered), link: null };
    const body = await source.page(request, AbortSignal.any([signal, enough.signal]));
    for await (const _ of body) break;
  } finally {
    enough.abort();
  }
}

/**
 * What a first page is asked by. It takes no columns, so a check reads no definitions: of a thousand tables they are
 * many, and an environment may be slow with them alone.
 */
function addressOf({ table, displayName, entitySetName }: OfferedTable): TableShape {
  const nothing = { primaryId: '', objectTypeCode: null, isIntersect: false, columns: [], omitted: [], unreadable: [] };
  return { table, displayName, entitySetName, ...nothing };
}

function refuseRepeats(tables: readonly TableName[]): void {
  const repeated = tables.find((table, index) => tables.indexOf(table) !== index);
  if (repeated !== undefined) {
    throw new Fault('input/invalid', { option: 'tables', table: repeated, reason: 'it is named twice' });
  }
}

/** `x_partitioned` is the snapshot of `x` in the lake's database (R 33), so a table of that name cannot stand beside x. */
function refuseCollisions(tables: readonly TableName[]): void {
  const names: ReadonlySet<string> = new Set(tables);
  const taken = tables.find(table => names.has(`${table}_partitioned`));
  if (taken !== undefined) {
    throw new Fault('input/invalid', {
      option: 'tables',
      table: `${taken}_partitioned`,
      reason: `the name is taken by the snapshot of ${taken}; put it in a link of its own`,
    });
  }
}

export function refuseTooMany(count: number): void {
  if (count <= limits.tablesPerLink) return;
  throw new Fault('input/invalid', { option: 'tables', reason: `a link has at most ${limits.tablesPerLink} tables` });
}

/** The folder under its own name, so that one folder is not taken twice through a symbolic link. */
export async function wholePath(path: string): Promise<string> {
  if (!isAbsolute(path)) throw new Fault('input/invalid', { option: 'lake', reason: 'it must be an absolute path' });
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}
