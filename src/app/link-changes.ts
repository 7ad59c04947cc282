import { type ChoiceDifferences, choiceDifferences, choicesOf, type LinkChange } from '../core/choice-differences.ts';
import { Fault } from '../core/fault.ts';
import type { LinkChoices, TableChoice } from '../core/link-choices.ts';
import type { TableName } from '../core/names.ts';
import { parseEnvironmentUrl } from '../dataverse/environment-url.ts';
import type {
  EnvironmentAddress,
  LinkSettings,
  LinkSettingsChange,
  LinkTable,
  TablesChange,
} from '../engine/control.ts';
import { checkEnvironment, checkTables, refuseTooMany } from './link-checks.ts';
import { moveCursors } from './link-move.ts';
import { bringDown, type LinkRecord } from './link-record.ts';
import type { LinkRecords } from './link-records.ts';
import { finishRemovals } from './link-removal.ts';

/*
 * Changes of a live link. Each is kept in the ledger first; the link at work, or the next start, follows from there.
 * The caller sees to it that a link has one change at a time.
 */

export async function addTables(
  links: LinkRecords,
  record: LinkRecord,
  choices: readonly TableChoice[],
): Promise<void> {
  if (choices.length === 0) return;
  await checkAdded(links, record, choices);
  const tables = choices.map(({ table }) => table);
  // A removal that failed half way comes to its end before the table begins anew.
  await finishRemovals(links, record, tables);
  const added = choices.map(choice => ({ ...choice, addedAt: links.nowText(), paused: null }));
  await links.parts.ledger.addTables(record.settings.id, added);
  record.settings = { ...record.settings, tables: [...record.settings.tables, ...added] };
  // Before the lake's mark: asking again would find the tables in the link, and start none of them.
  await record.running?.addTables(added);
  await follow(record, record.settings);
  links.parts.log.info('tables added', { link: record.settings.name, tables: namesOf(choices) });
}

export async function removeTables(
  links: LinkRecords,
  record: LinkRecord,
  { tables, deleteData }: { readonly tables: readonly TableName[]; readonly deleteData: boolean },
): Promise<void> {
  if (tables.length === 0) return;
  const { ledger, log } = links.parts;
  const { id, name } = record.settings;
  await ledger.beginRemoveTables(id, tables, { deleteData });
  const kept = record.settings.tables.filter(one => !tables.includes(one.table));
  await follow(record, { ...record.settings, tables: kept });
  // Where the link does not run the removal stays noted, and is done when it comes up.
  if (record.running === null) return;
  await record.running.removeTables(tables, { deleteData });
  await ledger.finishRemoveTables(id, tables);
  log.info('tables removed', { link: name, tables: tables.join(',') });
}

/** `link/append-only` for a table that is known to be one that keeps its deletes in any case. */
export async function changeTables(
  links: LinkRecords,
  record: LinkRecord,
  { tables, change }: { readonly tables: readonly TableName[]; readonly change: TablesChange },
): Promise<void> {
  refuseInFolders(record, change);
  if (change.appendOnly === false) for (const table of tables) record.running?.requireInPlace(table);
  await keepTables(links, record, { tables, change, action: 'tables changed' });
}

export async function changeLink(links: LinkRecords, record: LinkRecord, change: LinkSettingsChange): Promise<void> {
  refuseOtherOutput(record.settings, change);
  await keepLink(links, record, { change, action: 'link changed' });
}

/** Null: all go on. A table keeps its own reason while its link is paused. */
export async function pause(
  links: LinkRecords,
  record: LinkRecord,
  { tables, reason }: { readonly tables: readonly TableName[] | null; readonly reason: string | null },
): Promise<void> {
  const action = reason === null ? 'resumed' : 'paused';
  const change = { paused: reason };
  if (tables === null) await keepLink(links, record, { change, action: `link ${action}` });
  else await keepTables(links, record, { tables, change, action: `tables ${action}` });
}

/** Does what differs, what is only noted first. When it fails half way, the same choices given again complete it. */
export async function applyChoices(
  links: LinkRecords,
  record: LinkRecord,
  {
    choices,
    dryRun,
    deleteData,
  }: { readonly choices: LinkChoices; readonly dryRun: boolean; readonly deleteData: boolean },
): Promise<ChoiceDifferences> {
  const { name } = record.settings;
  const differences = choiceDifferences(name, { from: choicesOf(record.settings), to: choices });
  const { link, added, removed, changed } = differences;
  refuseTooMany(choices.tables.length);
  for (const { table, appendOnly } of changed) if (!appendOnly) record.running?.requireInPlace(table);
  if (added.length > 0) await checkAdded(links, record, added, removed);
  if (dryRun) return differences;
  await finishRemovals(links, record);
  if (Object.keys(link).length > 0) await keepLink(links, record, { change: link, action: 'link changed' });
  for (const { table, appendOnly, partitionStrategy } of changed) {
    const change = { appendOnly, partitionStrategy };
    await keepTables(links, record, { tables: [table], change, action: 'tables changed' });
  }
  await removeTables(links, record, { tables: removed, deleteData });
  await addTables(links, record, added);
  return differences;
}

/** The same organization under another address. Everything committed stays; only where it is asked for changes. */
export async function moveLink(links: LinkRecords, record: LinkRecord, to: EnvironmentAddress): Promise<void> {
  const { lakes, clock, newId, log } = links.parts;
  const { settings } = record;
  const environmentUrl = parseEnvironmentUrl(to.environmentUrl).origin;
  const change = { environmentUrl, authorityUrl: to.authorityUrl ?? settings.authorityUrl };
  const found = await links.asking({ ...(await links.addressOf(record)), ...change }, checkEnvironment);
  if (found.organizationId.toLowerCase() !== settings.organizationId.toLowerCase()) {
    throw new Fault('source/changed', {
      link: settings.name,
      url: environmentUrl,
      organizationId: found.organizationId,
      expected: settings.organizationId,
    });
  }
  await bringDown(record);
  try {
    const lake = await lakes.open(settings);
    try {
      const { store } = lake;
      const tables = await lake.loggedTables();
      const { signal } = new AbortController();
      await moveCursors({ store, tables, to: environmentUrl, clock, newNonce: newId, signal });
    } finally {
      await lake.close();
    }
    await keepLink(links, record, { change, action: 'link moved' });
  } finally {
    await links.bringUp(record);
  }
  log.info('link moved', { link: settings.name });
}

async function checkAdded(
  links: LinkRecords,
  record: LinkRecord,
  choices: readonly TableChoice[],
  removed: readonly TableName[] = [],
): Promise<void> {
  const { name } = record.settings;
  const chosen = record.settings.tables.map(one => one.table).filter(table => !removed.includes(table));
  const tables = choices.map(({ table }) => table);
  const known = tables.find(table => chosen.includes(table));
  if (known !== undefined) throw new Fault('link/table-exists', { link: name, table: known });
  refuseTooMany(chosen.length + tables.length);
  await links.asking(await links.addressOf(record), (source, signal) =>
    checkTables({ source, tables, chosen, signal }),
  );
}

async function keepLink(
  links: LinkRecords,
  record: LinkRecord,
  { change, action }: { readonly change: Partial<LinkSettings>; readonly action: string },
): Promise<void> {
  await links.parts.ledger.changeLink(record.settings.id, change, action);
  await follow(record, { ...record.settings, ...change });
  await record.running?.change(record.settings);
  links.parts.log.info(action, { link: record.settings.name });
}

async function keepTables(
  links: LinkRecords,
  record: LinkRecord,
  {
    tables,
    change,
    action,
  }: { readonly tables: readonly TableName[]; readonly change: Partial<LinkTable>; readonly action: string },
): Promise<void> {
  await links.parts.ledger.changeTables(record.settings.id, tables, { change, action });
  const changed = record.settings.tables.map(one => (tables.includes(one.table) ? { ...one, ...change } : one));
  await follow(record, { ...record.settings, tables: changed });
  await record.running?.change(record.settings);
  links.parts.log.info(action, { link: record.settings.name, tables: tables.join(',') });
}

/** The record and the lake's mark follow the ledger. */
async function follow(record: LinkRecord, settings: LinkSettings): Promise<void> {
  record.settings = settings;
  await record.lake?.describe(settings);
}

function refuseInFolders({ settings }: LinkRecord, change: TablesChange): void {
  if (settings.output !== 'incremental') return;
  const option = change.appendOnly === undefined ? 'partition-strategy' : 'append-only';
  throw new Fault('input/invalid', { option, reason: 'incremental folders hold every change, by their time' });
}

function refuseOtherOutput({ output }: LinkSettings, change: LinkChange): void {
  if (output === 'replica' && change.incrementalMinutes !== undefined) {
    throw new Fault('input/invalid', { option: 'interval-minutes', reason: 'this link makes no incremental folders' });
  }
  if (output === 'incremental' && (change.snapshotMinutes !== undefined || change.snapshotsKept !== undefined)) {
    throw new Fault('input/invalid', { option: 'snapshot-minutes', reason: 'this link makes no snapshots' });
  }
}

function namesOf(choices: readonly TableChoice[]): string {
  return choices.map(({ table }) => table).join(',');
}
