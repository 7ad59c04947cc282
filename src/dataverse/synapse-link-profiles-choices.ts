import { limits } from '../core/limits.ts';
import { DEFAULT_OUTPUT, type LinkChoices, type OutputChoice, type TableChoice } from '../core/link-choices.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { OfferedTable } from '../core/source.ts';
import { REFUSED_TABLES } from './metadata.ts';
import type { ProfileTable, SynapseLinkProfile } from './synapse-link-profiles.ts';

/** What a profile has that the choices do not show as it was. */
export interface ImportNote {
  /** Null when it is about the profile itself. */
  readonly table: string | null;
  /** `left-out`: it is not among the choices; `changed`: it is, in another form; `told`: it is worth knowing. */
  readonly is: 'left-out' | 'changed' | 'told';
  readonly reason: string;
}

export interface ImportedChoices {
  readonly choices: LinkChoices;
  /** Nothing is dropped in silence. */
  readonly notes: readonly ImportNote[];
}

type Told = Omit<ImportNote, 'table'>;

const MORE_PROPERTIES = 'it has ExtendedProperties, whose meaning is not documented';

/** A profile as the choices of a link, and a note for everything in it that could not be carried over as it was. */
export function choicesOf(profile: SynapseLinkProfile, offered: readonly OfferedTable[]): ImportedChoices {
  const output = outputOf(profile);
  const byName = new Map(offered.map(one => [String(one.table), one]));
  const tables: TableChoice[] = [];
  const notes: ImportNote[] = [...profileNotes(profile), ...output.notes].map(told => ({ table: null, ...told }));
  const seen = new Set<string>();
  for (const table of profile.tables) {
    const note = (told: Told) => notes.push({ table: table.name, ...told });
    const name = tableNameOf(table.name);
    const reason = refusalOf(table, name, byName) ?? (seen.has(table.name) ? 'the profile names it twice' : null);
    if (reason !== null || name === null) {
      note({ is: 'left-out', reason: reason ?? 'its name is not a table name' });
      continue;
    }
    seen.add(table.name);
    for (const told of tableNotes(table, profile)) note(told);
    tables.push({ table: name, ...modeOf(table, output.choice) });
  }
  const scheduled = profile.scheduledTables.map(table => ({
    table,
    is: 'changed' as const,
    reason: "it has a schedule of its own; here a link's tables share one",
  }));
  return {
    choices: { format: 1, ...output.choice, partitionStrategy: usualStrategy(tables), tables },
    notes: [...notes, ...scheduled],
  };
}

/** Why a table of a profile cannot be a link's; null when it can. */
function refusalOf(
  table: ProfileTable,
  name: TableName | null,
  offered: ReadonlyMap<string, OfferedTable>,
): string | null {
  if (table.removed) return 'it was removed from the profile (Enabled is No, or the row is inactive)';
  if (table.source === 'finance-and-operations') {
    return 'it is a table of Finance and Operations; its rows are not in Dataverse';
  }
  if (table.source === 'unknown') return 'its source is one that is not known here';
  if (table.name === '') return 'the row names no table';
  if (name === null) return 'its name is not a table name';
  const refused = REFUSED_TABLES[name];
  if (refused !== undefined) return refused;
  const found = offered.get(name);
  if (found === undefined) return 'the environment has no such table, or it cannot be named here';
  return found.refusal?.reason ?? null;
}

function tableNameOf(text: string): TableName | null {
  try {
    return parseTableName(text);
  } catch {
    return null;
  }
}

function modeOf(table: ProfileTable, { output }: OutputChoice): Omit<TableChoice, 'table'> {
  // An incremental profile is append only by year whatever its tables say ("Choose finance and operations data in Azure
  // Synapse Link for Dataverse").
  if (output === 'incremental') return { appendOnly: true, partitionStrategy: 'year' };
  const partitionStrategy = table.partitionStrategy === 'year' ? 'year' : 'month';
  return { appendOnly: table.appendOnly, partitionStrategy };
}

function tableNotes(table: ProfileTable, { output }: SynapseLinkProfile): Told[] {
  const told: Told[] = [];
  const { partitionStrategy: strategy } = table;
  if (output !== 'incremental' && (strategy === 'half-month' || strategy === 'five-day')) {
    const name = strategy === 'half-month' ? 'HalfMonth' : 'FiveDay';
    told.push({ is: 'changed', reason: `partition strategy ${name} has no counterpart here; Month is proposed` });
  }
  if (output !== 'incremental' && strategy === null) {
    told.push({ is: 'changed', reason: "its partition strategy is not known here; Month, the original's default" });
  }
  if ((table.recordCountPerBlock ?? 0) > 0) {
    told.push({ is: 'left-out', reason: `RecordCountPerBlock ${table.recordCountPerBlock} has no counterpart here` });
  }
  if (table.hasMoreProperties) told.push({ is: 'left-out', reason: MORE_PROPERTIES });
  if (table.generateParquet)
    told.push({ is: 'left-out', reason: 'Parquet files are generated for it there, not here' });
  const { initialSyncState, syncState } = table;
  if (initialSyncState !== null && initialSyncState !== 'Completed') {
    told.push({ is: 'told', reason: `its initial sync there is ${initialSyncState}, so that lake may be incomplete` });
  } else if (syncState !== null && syncState !== 'InProgress') {
    told.push({ is: 'told', reason: `its sync there is ${syncState}, so that lake may lag behind` });
  }
  return told;
}

function profileNotes(profile: SynapseLinkProfile): Told[] {
  const told: Told[] = [];
  if (profile.type !== 'synapse-link') {
    const kind = profile.type === 'event-analytics' ? 'for event analytics' : 'of a type not known here';
    told.push({
      is: 'changed',
      reason: `it is a profile ${kind}, not one of Synapse Link; its tables are proposed all the same`,
    });
  }
  if (profile.state !== 'Active') {
    told.push({ is: 'told', reason: `its state there is ${profile.state}; a link made of it runs at once` });
  }
  if (profile.hasMoreProperties) told.push({ is: 'left-out', reason: MORE_PROPERTIES });
  if (profile.copiesAttachments) {
    told.push({ is: 'left-out', reason: 'it copies attachments (CopyAttachments); they are not exported here' });
  }
  if (profile.copiesFiles)
    told.push({ is: 'left-out', reason: 'it copies files (CopyFiles); they are not exported here' });
  return told;
}

function outputOf(profile: SynapseLinkProfile): { readonly choice: OutputChoice; readonly notes: readonly Told[] } {
  const notes: Told[] = [];
  const within = (minutes: number, least: number, most: number, what: string) => {
    const kept = Math.min(most, Math.max(least, minutes));
    if (kept !== minutes) {
      notes.push({
        is: 'changed',
        reason: `${what} every ${minutes} minutes; ${least} to ${most} are possible, ${kept} is proposed`,
      });
    }
    return kept;
  };
  if (profile.output === 'delta') {
    notes.push({
      is: 'changed',
      reason: 'its output is Delta Lake, made by a Spark pool; a replica of the tables as CSV is proposed',
    });
  }
  if (profile.output === 'incremental') {
    const { incrementalMinutes: minutes } = profile;
    if (minutes === null) {
      notes.push({
        is: 'changed',
        reason: `its interval is not known here; ${DEFAULT_OUTPUT.incrementalMinutes} minutes are proposed`,
      });
    }
    const incrementalMinutes = within(
      minutes ?? DEFAULT_OUTPUT.incrementalMinutes,
      limits.incrementalMinutesMin,
      limits.incrementalMinutesMax,
      'its folders change',
    );
    return { choice: { ...DEFAULT_OUTPUT, output: 'incremental', incrementalMinutes }, notes };
  }
  const { snapshotsToPersist: kept } = profile;
  if (kept === 0) {
    // Nothing says what 0 means there; that none is kept is our reading.
    notes.push({ is: 'changed', reason: 'it keeps 0 snapshots (SnapshotsToPersist), so none are made here' });
    return { choice: { ...DEFAULT_OUTPUT, snapshotMinutes: null }, notes };
  }
  const asked = profile.snapshotMinutes ?? DEFAULT_OUTPUT.snapshotMinutes ?? 60;
  const snapshotMinutes = within(asked, limits.snapshotMinutesMin, limits.snapshotMinutesMax, 'its snapshots are made');
  const snapshotsKept = Math.min(limits.snapshotsKeptMax, kept ?? DEFAULT_OUTPUT.snapshotsKept);
  return { choice: { ...DEFAULT_OUTPUT, snapshotMinutes, snapshotsKept }, notes };
}

/** What most tables have, for those that are added later. */
function usualStrategy(tables: readonly TableChoice[]): LinkChoices['partitionStrategy'] {
  const months = tables.filter(({ partitionStrategy }) => partitionStrategy === 'month').length;
  return months * 2 > tables.length ? 'month' : 'year';
}
