/**
 * Between the engine and what steers it (the service in app/, the HTTP API, the command line): plain values and verbs,
 * nothing of how a table is synchronized.
 */
import type { ChoiceDifferences, LinkChange } from '../core/choice-differences.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import type { LinkChoices, OutputChoice, TableChoice } from '../core/link-choices.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { OfferedTable } from '../core/source.ts';
import type { TableStatus } from '../core/status.ts';
import type { SnapshotResult } from './snapshot-schedule.ts';

/** A table of a link as chosen. `addedAt` is ISO. */
export interface LinkTable extends TableChoice {
  readonly addedAt: string;
  /** Why a person paused it; null while it runs. */
  readonly paused: string | null;
}

/** A link as stored; the secret is kept apart from it. */
export interface LinkSettings extends OutputChoice {
  readonly id: string;
  readonly name: LinkName;
  /** The environment's origin, without a trailing slash. */
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  /** Where tokens come from; null for the public cloud of Microsoft Entra ID. */
  readonly authorityUrl: string | null;
  /** Absolute folder of the lake. */
  readonly lakePath: string;
  /** Name of the lake's database, for example `dataverse-contoso-org1`. */
  readonly lakeName: string;
  /** Of tables that are added without one of their own. */
  readonly partitionStrategy: PartitionStrategy;
  /** Pause between two looks at a table that changes, and between two publications of a table. */
  readonly pollSeconds: number;
  readonly publishSeconds: number;
  readonly createdAt: string;
  readonly organizationId: string;
  /** Why a person paused the whole link; null while it runs. */
  readonly paused: string | null;
  readonly tables: readonly LinkTable[];
}

/** What a person gives to make a link; every value is parsed already. */
export interface CreateLinkRequest extends OutputChoice {
  readonly name: LinkName;
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorityUrl: string | null;
  readonly lakePath: string;
  /** Null: made from the environment's and the organization's names. */
  readonly lakeName: string | null;
  readonly partitionStrategy: PartitionStrategy;
  /** Null: the service's setting. */
  readonly pollSeconds: number | null;
  readonly publishSeconds: number | null;
  readonly tables: readonly TableChoice[];
}

/** What a person gives to attach a lake that was kept. Null: as the lake's link.json has it. */
export interface AttachLinkRequest {
  readonly name: LinkName;
  readonly lakePath: string;
  readonly clientSecret: string;
  readonly environmentUrl: string | null;
  readonly tenantId: string | null;
  readonly clientId: string | null;
  readonly authorityUrl: string | null;
  readonly lakeName: string | null;
}

/** Where an environment answers. `authorityUrl` null: tokens come from where they came from. */
export interface EnvironmentAddress {
  readonly environmentUrl: string;
  readonly authorityUrl: string | null;
}

/** Parts of a link that may be changed while it lives; absent ones stay as they are. */
export interface LinkSettingsChange extends LinkChange {
  readonly pollSeconds?: number;
  readonly publishSeconds?: number;
}

/** What of tables may be changed while they live; absent: as it is. */
export type TablesChange = Partial<Pick<TableChoice, 'appendOnly' | 'partitionStrategy'>>;

/** Files of a lake, by what they are. */
export interface LakeContents {
  /** Kinds of which there are files. */
  readonly kinds: readonly { readonly kind: LakeFileKind; readonly files: number; readonly bytes: number }[];
  /** Paths of files that Lakelink did not write, relative to the lake; of many the first ones. */
  readonly foreign: readonly string[];
}

export type LakeFileKind = 'descriptions' | 'near-real-time' | 'snapshots' | 'incremental' | 'commits' | 'foreign';

/** What goes with a link: its files, and with `deleteForeign` also those that others put there. */
export interface DeleteLinkOptions {
  readonly deleteData: boolean;
  readonly deleteForeign: boolean;
}

/** A link as shown. `error` says why it does not run at all; troubles of one table are in its status. */
export interface LinkView extends LinkSettings {
  readonly running: boolean;
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string | null } | null;
}

/**
 * A link at work. Its tables are independent (I-8): nothing here throws because one table is in trouble.
 * The service stores the choice of tables before it calls these, and calls them again after a restart.
 */
export interface RunningLink {
  /** One entry per table, in the order the tables were added. Cheap: asked many times a second. */
  status(): TableStatus[];
  /** Begins to synchronize more tables; resolves when they are under way, not when they are complete. */
  addTables(tables: readonly LinkTable[]): Promise<void>;
  /**
   * Stops tables. With `deleteData` their log, data and published files go from the lake, else they stay as they are.
   * Repeats: after an interruption it is called again, also for tables that are not (any more) at work here.
   */
  removeTables(tables: readonly TableName[], options: { readonly deleteData: boolean }): Promise<void>;
  /**
   * The link's choices are these from now on: pace and intervals, modes and strategies of the tables it has, who is
   * paused. Nothing is read again for it; which tables there are is not changed by this.
   */
  change(settings: LinkSettings): Promise<void>;
  /** `link/append-only` when the table is known to be one that cannot be kept in place. */
  requireInPlace(table: TableName): void;
  /** Looks at a paused or waiting table now; not at one that a person paused. */
  retry(table: TableName): Promise<void>;
  /**
   * Every row of the table is read again: one that did not change since a column was added has its value in it then.
   * Committed when it resolves; what is there stays until it is read.
   */
  backfill(table: TableName): Promise<void>;
  /** A person said that the rows a full read no longer shows are really gone. */
  confirmDeletes(table: TableName): Promise<void>;
  /**
   * A snapshot of each of these tables, or of all, of what is committed now; when it resolves, model.json names them.
   * A table that fails does not hold up the others. `input/invalid` on a link that makes none.
   */
  takeSnapshots(tables: readonly TableName[] | null): Promise<SnapshotResult[]>;
  /** Every table reads everything anew, and what it finds wins over all from before (I-9). Committed when it resolves. */
  beginEpoch(): Promise<void>;
  /** Ends after the step at hand; what was committed is complete. Stopping twice is allowed. */
  stop(): Promise<void>;
}

/** The running service, as the API and the command line see it. Every failure is a `Fault`. */
export interface LinkControl {
  links(): LinkView[];
  /** `link/unknown` when there is none. */
  link(name: LinkName): LinkView;
  /** Checks everything first; when it throws, nothing was made. */
  createLink(request: CreateLinkRequest): Promise<LinkView>;
  /** Takes another client secret once it signs in to the same organization (`source/changed` for another one). */
  replaceSecret(name: LinkName, clientSecret: string): Promise<void>;
  /**
   * A person says that what answers at the address now, another organization or one that was restored, is the link's
   * environment: every table is read anew, and rows that it does not have wait for `confirmDeletes`.
   */
  acceptEnvironment(name: LinkName): Promise<void>;
  /** With `deleteData` the lake's files that Lakelink wrote go too; foreign files only with `deleteForeign` as well. */
  deleteLink(name: LinkName, options: DeleteLinkOptions): Promise<void>;
  /** What is in the link's lake, so that a person sees what a deletion would remove. */
  lakeContents(name: LinkName): Promise<LakeContents>;
  /**
   * Makes a link of a lake that was kept: tables, modes and choices are those of the lake, and it goes on from what was
   * committed. `source/changed`: it is of another organization; `lake/unmarked`: it is no link's lake.
   */
  attachLink(request: AttachLinkRequest): Promise<LinkView>;
  /** The same environment under another address; `source/changed` when another organization answers there. */
  moveLink(name: LinkName, to: EnvironmentAddress): Promise<void>;
  /** Intervals and pace of a live link; no table is read again. */
  changeLink(name: LinkName, change: LinkSettingsChange): Promise<LinkView>;
  /** Mode or strategy of tables: their files are written again from what the lake holds. */
  changeTables(name: LinkName, tables: readonly TableName[], change: TablesChange): Promise<void>;
  /** Nothing more is asked of the environment until `resume`; tables null: for the whole link. */
  pause(
    name: LinkName,
    options: { readonly tables: readonly TableName[] | null; readonly reason: string },
  ): Promise<void>;
  resume(name: LinkName, options: { readonly tables: readonly TableName[] | null }): Promise<void>;
  /** Makes the link's choices these: only what differs is done, and answered. With `dryRun` nothing is done. */
  applyChoices(
    name: LinkName,
    choices: LinkChoices,
    options: { readonly dryRun: boolean; readonly deleteData: boolean },
  ): Promise<ChoiceDifferences>;
  /** What the environment offers, chosen or not. */
  offeredTables(name: LinkName): Promise<OfferedTable[]>;
  addTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly partitionStrategy: PartitionStrategy | null; readonly appendOnly: boolean },
  ): Promise<void>;
  removeTables(name: LinkName, tables: readonly TableName[], options: { readonly deleteData: boolean }): Promise<void>;
  /** `null`: every table of the link. */
  takeSnapshots(name: LinkName, tables: readonly TableName[] | null): Promise<SnapshotResult[]>;
  retryTable(name: LinkName, table: TableName): Promise<void>;
  /** `RunningLink.backfill`; the link has to run. */
  backfillTable(name: LinkName, table: TableName): Promise<void>;
  confirmDeletes(name: LinkName, table: TableName): Promise<void>;
  /** Every table of every link, or of one. */
  status(name?: LinkName): TableStatus[];
}
