import { Fault } from '../core/fault.ts';
import type { OfferedTable } from '../core/source.ts';
import { parseAuthority, parseEnvironmentUrl } from './environment-url.ts';
import { offeredTables, readEntities } from './metadata.ts';
import { Pacer, usualPacing } from './pacing.ts';
import { Patience, usualPatience } from './patience.ts';
import { SignIn } from './sign-in.ts';
import type { SourceOptions } from './source.ts';
import {
  type EntityStateRow,
  type ProfileEntityRow,
  type ProfileRow,
  type ProfileRows,
  readProfileRows,
  type ScheduleRow,
} from './synapse-link-profiles-rows.ts';
import { Transport, usualTimeouts } from './transport.ts';
import { WebApi } from './web-api.ts';

/** Labels of the platform's choices, by value; what is not among them is named by its number. */
const PROFILE_STATES = [
  'Inactive',
  'Active',
  'Error',
  'Deleted',
  'Aborting',
  'Aborted',
  'Suspended',
  'Suspending',
  'Deactivated',
] as const;
const SYNC_STATES: Readonly<Record<number, string>> = {
  0: 'None',
  1: 'NotStarted',
  2: 'InProgress',
  4: 'Completed',
  8: 'CompletedWithFailures',
  16: 'RequestedInitialData',
  32: 'Paused',
  64: 'PostProcessing',
};
const STRATEGIES = ['year', 'month', 'half-month', 'five-day'] as const;

/** Minutes of a schedule's unit, by value: None, Minute, Hour, Day, Week, Month (30 days), Year (365 days). */
const UNIT_MINUTES = [null, 1, 60, 1_440, 10_080, 43_200, 525_600] as const;

/** A table of a profile as the environment has it. */
export interface ProfileTable {
  /** The logical name as it stands there; empty when it has none. */
  readonly name: string;
  readonly appendOnly: boolean;
  /** `half-month` and `five-day` have no counterpart here; null when it is none of the four. */
  readonly partitionStrategy: (typeof STRATEGIES)[number] | null;
  /** Its place in the profile is given up, or it was switched off. */
  readonly removed: boolean;
  /** `finance-and-operations`: it comes from there, not from Dataverse; `unknown`: from somewhere this program does not know. */
  readonly source: 'dataverse' | 'finance-and-operations' | 'unknown';
  readonly generateParquet: boolean;
  /** Null and 0: none is set. */
  readonly recordCountPerBlock: number | null;
  /** Properties beyond the documented columns; what they say is not read. */
  readonly hasMoreProperties: boolean;
  /** Labels of the platform; null when it tells nothing. */
  readonly initialSyncState: string | null;
  readonly syncState: string | null;
  /** Rows in place, or changes where it is append only; as it was counted there. */
  readonly lakeRecordCount: number | null;
}

/** A profile of Azure Synapse Link as the environment has it. */
export interface SynapseLinkProfile {
  readonly id: string;
  readonly name: string;
  /** Label of the platform, or `unknown (9)`. */
  readonly state: string;
  /** `event-analytics` and `unknown` are no links to a lake. */
  readonly type: 'synapse-link' | 'event-analytics' | 'unknown';
  /** `delta`: its CSV is turned into Delta Lake by the user's Spark pool. */
  readonly output: 'replica' | 'incremental' | 'delta';
  /** Minutes between two incremental folders or conversions; null where there is no such schedule. */
  readonly incrementalMinutes: number | null;
  /** Minutes between two snapshots; null where there is no such schedule. */
  readonly snapshotMinutes: number | null;
  readonly snapshotsToPersist: number | null;
  readonly copiesAttachments: boolean;
  readonly copiesFiles: boolean;
  /** Properties beyond the documented columns; what they say is not read. */
  readonly hasMoreProperties: boolean;
  /** Tables with a schedule of their own. */
  readonly scheduledTables: readonly string[];
  /** Sorted by name. */
  readonly tables: readonly ProfileTable[];
}

/** The profiles of an environment, and the tables it offers for export, by which the profiles' tables are judged. */
export interface EnvironmentProfiles {
  /** Sorted by name; deleted ones last. */
  readonly profiles: readonly SynapseLinkProfile[];
  readonly offered: readonly OfferedTable[];
}

/**
 * Reads an environment's own profiles of Azure Synapse Link. Throws `source/no-profiles` where the feature was never
 * used, `source/forbidden` where the application user may not read its tables, and what any read of an environment does.
 */
export async function readSynapseLinkProfiles(
  options: SourceOptions,
  signal: AbortSignal,
): Promise<EnvironmentProfiles> {
  const { api, close } = openApi(options);
  try {
    const rows = await readProfileRows(api, signal);
    return { profiles: profilesOf(rows), offered: offeredTables(await readEntities({ api, signal })) };
  } finally {
    await close();
  }
}

/** The same requests as a source makes, for a few of them. */
function openApi(options: SourceOptions): { readonly api: WebApi; close(): Promise<void> } {
  const { clock, network = {} } = options;
  const environment = parseEnvironmentUrl(options.url);
  const authority = parseAuthority(options.authority ?? 'https://login.microsoftonline.com');
  const timeouts = { ...usualTimeouts, ...options.timeouts };
  const patience = () => new Patience({ clock, limits: { ...usualPatience, ...options.patience } });
  const authorityTransport = new Transport({ origin: authority.origin, timeouts, network });
  const transport = new Transport({ origin: environment.origin, timeouts, network });
  const pacer = new Pacer({ clock, limits: { ...usualPacing, ...options.pacing } });
  const tokens = new SignIn({
    transport: authorityTransport,
    authorityPath: authority.path,
    patience: patience(),
    clock,
    tenantId: options.tenantId,
    clientId: options.clientId,
    clientSecret: options.clientSecret,
    scope: `${environment.origin}/.default`,
  });
  return {
    api: new WebApi({ environment, transport, tokens, patience: patience(), pacer, clock }),
    close: async () => {
      tokens.close();
      pacer.close(new Fault('source/unreachable', { url: environment.origin, reason: 'the source was closed' }));
      await Promise.all([authorityTransport.close(), transport.close()]);
    },
  };
}

/** Profiles out of the rows of the five tables. */
export function profilesOf(rows: ProfileRows): SynapseLinkProfile[] {
  const isDeleted = (profile: SynapseLinkProfile) => Number(profile.state === 'Deleted');
  return rows.profiles
    .map(row => profileOf(row, rows))
    .sort((a, b) => isDeleted(a) - isDeleted(b) || (a.name < b.name ? -1 : 1));
}

function profileOf(row: ProfileRow, rows: ProfileRows): SynapseLinkProfile {
  const id = row.synapselinkprofileid;
  const name = row.name ?? '';
  const own = rows.schedules.filter(schedule => schedule._profile_value === id && schedule.statecode !== 1);
  const incremental = own.find(schedule => schedule.type === 1 && !schedule.entityname);
  const snapshot = own.find(schedule => schedule.type === 0 && !schedule.entityname);
  // An IncrementalUpdate schedule is also that of a Delta Lake profile ("Receive Azure Synapse Link for Dataverse
  // notifications in Power Apps"), and external tables exist for those alone.
  const isDelta = rows.externalTables.some(
    table =>
      (table._datalakefolder_value != null && table._datalakefolder_value === row._datalakefolder_value) ||
      (table.synapseworkspacename != null && table.synapseworkspacename === name),
  );
  return {
    id,
    name,
    state: labelOf(PROFILE_STATES, row.profilestate),
    type: row.profiletype == null || row.profiletype === 0 ? 'synapse-link' : unusualType(row.profiletype),
    output: isDelta ? 'delta' : incremental === undefined ? 'replica' : 'incremental',
    incrementalMinutes: minutesOf(incremental),
    snapshotMinutes: minutesOf(snapshot),
    snapshotsToPersist: row.snapshotstopersist ?? null,
    copiesAttachments: row.copyattachments === true,
    copiesFiles: row.copyfiles === true,
    hasMoreProperties: !!row.extendedproperties,
    scheduledTables: own.flatMap(schedule => (schedule.entityname ? [schedule.entityname] : [])).sort(),
    tables: rows.entities
      .filter(entity => entity._profile_value === id)
      .map(entity => tableOf(entity, stateOf(entity, rows.states)))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : Number(a.removed) - Number(b.removed))),
  };
}

function unusualType(type: number): SynapseLinkProfile['type'] {
  return type === 1 ? 'event-analytics' : 'unknown';
}

function minutesOf(schedule: ScheduleRow | undefined): number | null {
  const unit = UNIT_MINUTES[schedule?.recurrenceunit ?? 0] ?? null;
  const interval = schedule?.recurrenceinterval ?? 0;
  return unit === null || interval <= 0 ? null : unit * interval;
}

/** A table that was removed and added again has a new row of states; the newest speaks. */
function stateOf(entity: ProfileEntityRow, states: readonly EntityStateRow[]): EntityStateRow | undefined {
  const own = states.filter(
    state =>
      state._profileentity_value === entity.synapselinkprofileentityid ||
      (state._profileentity_value == null &&
        state._profile_value === entity._profile_value &&
        state.entityname === entity.entityname),
  );
  const added = (state: EntityStateRow) => Date.parse(state.additiontime ?? state.createdon ?? '') || 0;
  return own.sort((a, b) => added(b) - added(a))[0];
}

function tableOf(entity: ProfileEntityRow, state: EntityStateRow | undefined): ProfileTable {
  const count = Number(state?.lakerecordcount ?? Number.NaN);
  const { entitysource: source, partitionstrategy: strategy } = entity;
  return {
    name: (entity.entityname ?? '').toLowerCase(),
    appendOnly: entity.appendonlymode === true,
    partitionStrategy: (strategy == null ? undefined : STRATEGIES[strategy]) ?? null,
    removed: entity.enabled === false || entity.statecode === 1,
    source: source == null || source === 0 ? 'dataverse' : source === 1 ? 'finance-and-operations' : 'unknown',
    generateParquet: entity.generateparquet === true,
    recordCountPerBlock: entity.recordcountperblock ?? null,
    hasMoreProperties: !!entity.extendedproperties,
    initialSyncState: state?.initialsyncstate == null ? null : labelOf(SYNC_STATES, state.initialsyncstate),
    syncState: state?.syncstate == null ? null : labelOf(SYNC_STATES, state.syncstate),
    lakeRecordCount: Number.isFinite(count) ? count : null,
  };
}

function labelOf(labels: Readonly<Record<number, string>>, value: number | null | undefined): string {
  return labels[value ?? -1] ?? `unknown (${value ?? 'none'})`;
}
