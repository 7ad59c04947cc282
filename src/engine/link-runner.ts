import type { Batcher } from '../core/batcher.ts';
import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import type { TableState } from '../core/commit.ts';
import { TableLog } from '../core/commit-log.ts';
import { Fault, toFault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { LinkLog } from '../core/link-log.ts';
import type { TableName } from '../core/names.ts';
import type { FolderWriter, ManifestNames, PublishedTable, Replica, SnapshotWriter } from '../core/replica.ts';
import type { Source } from '../core/source.ts';
import type { PageSpool } from '../core/spool.ts';
import type { TableStatus } from '../core/status.ts';
import type { LinkSettings, LinkTable, RunningLink } from './control.ts';
import { EnvironmentGuard, type GuardParts } from './environment-guard.ts';
import { Gate } from './gate.ts';
import { IncrementalFolders } from './incremental-folders.ts';
import { type LinkPace, tableSettings } from './link-pace.ts';
import { commitManifest, filesKey, manifestKey, snapshotKey, snapshotsKey } from './manifest.ts';
import { ManifestQueue } from './manifest-queue.ts';
import { QuietPolls } from './quiet-polls.ts';
import { ReadQueue } from './read-queue.ts';
import { type SnapshotResult, SnapshotSchedule } from './snapshot-schedule.ts';
import { modeOf } from './table-mode.ts';
import type { EngineLog, TableSettings } from './table-parts.ts';
import { TableRunner } from './table-runner.ts';

export interface LinkParts {
  readonly settings: LinkSettings;
  readonly source: Source;
  readonly store: ByteStore;
  readonly linkLog: LinkLog;
  readonly spool: PageSpool;
  readonly batcher: Batcher;
  readonly replica: Replica;
  /** Null: no snapshots are made. */
  readonly snapshots: SnapshotWriter | null;
  /** Null but for a link of incremental folders. */
  readonly folders: FolderWriter | null;
  readonly clock: Clock;
  readonly newNonce: () => string;
  readonly report: EngineLog;
  /** Changes of the pace for a demo or a test; see `tableSettings`. */
  readonly pace?: LinkPace;
}

const KNOWN_LOOK_MS = 50;
const KNOWN_MS_MAX = 60_000;

/** Runs the tables of one link beside each other and keeps the link's manifest in step with what they publish. */
export class LinkRunner implements RunningLink {
  readonly #parts: LinkParts;
  /** As chosen now; the parts hold what it began with. */
  #settings: LinkSettings;
  readonly #runners = new Map<TableName, TableRunner>();
  readonly #readQueue: ReadQueue;
  readonly #fullGate = new Gate(limits.tablesReadAtOnce);
  readonly #deltaGate = new Gate(limits.tablesPolledAtOnce);
  readonly #upkeepGate = new Gate(limits.tablesKeptUpAtOnce);
  readonly #stopped = new AbortController();
  readonly #manifests: ManifestQueue;
  readonly #snapshots: SnapshotSchedule | null;
  readonly #folders: IncrementalFolders | null;
  #shownKey: string | null = null;
  #shownSnapshots = '';
  /** What the newest manifest shows of each table's files. */
  #shownFiles: ReadonlyMap<TableName, string | null> = new Map();

  readonly #environment: EnvironmentGuard;
  readonly #quietPolls: QuietPolls;

  constructor(parts: LinkParts) {
    const { source, clock, settings, report } = parts;
    const { signal } = this.#stopped;
    this.#parts = parts;
    this.#settings = settings;
    const { tablesReadAtOnce: places, readPatienceMs: patienceMs } = limits;
    this.#readQueue = new ReadQueue({ places, clock, patienceMs });
    this.#manifests = new ManifestQueue({ publish: () => this.#publishManifest(signal), clock, report });
    this.#snapshots = this.#scheduleOf(parts);
    this.#folders = this.#foldersOf(parts);
    this.#quietPolls = new QuietPolls({ source, clock, report, gate: this.#deltaGate, signal });
    this.#environment = new EnvironmentGuard({
      source,
      clock,
      organizationId: settings.organizationId,
      linkLog: parts.linkLog,
      witnesses: () => this.#witnesses(),
      report,
      signal,
    });
  }

  async start(): Promise<void> {
    await this.addTables(this.#parts.settings.tables);
    this.#snapshots?.start();
    this.#folders?.start();
  }

  status(): TableStatus[] {
    return [...this.#runners].map(([table, runner]) => {
      const status = runner.status();
      const key = runner.state === null ? null : this.#fileKey(runner.state);
      const isFound = key === null || key === this.#shownFiles.get(table);
      const error = status.error ?? errorOf(this.#snapshots?.faultOf(table) ?? this.#folders?.fault ?? null);
      // Files that no manifest names yet are not published for readers.
      return { ...status, error, pendingBatches: isFound ? status.pendingBatches : Math.max(1, status.pendingBatches) };
    });
  }

  /** Snapshots now, and a manifest that names them. `input/invalid` where the link has none. */
  async takeSnapshots(tables: readonly TableName[] | null): Promise<SnapshotResult[]> {
    if (this.#snapshots === null || this.#names !== 'snapshots') {
      throw new Fault('input/invalid', { option: 'snapshot-minutes', reason: 'this link makes no snapshots' });
    }
    for (const table of tables ?? []) this.#runner(table);
    return this.#snapshots.takeNow(tables ?? [...this.#runners.keys()]);
  }

  async addTables(tables: readonly LinkTable[]): Promise<void> {
    for (const chosen of tables) {
      const { table } = chosen;
      if (this.#runners.has(table)) throw new Fault('link/table-exists', { link: this.#parts.settings.name, table });
      const runner = this.#runnerOf(chosen);
      this.#runners.set(table, runner);
      runner.pause(chosen.paused ?? this.#settings.paused);
      runner.start();
    }
    if (this.#settings.paused === null) this.#estimate(tables.map(({ table }) => table));
  }

  async change(settings: LinkSettings): Promise<void> {
    const resumes = this.#settings.paused !== null && settings.paused === null;
    const wereNone = this.#settings.snapshotMinutes === null && settings.snapshotMinutes !== null;
    this.#settings = settings;
    if (wereNone) this.#snapshots?.catchUp();
    for (const chosen of settings.tables) {
      const runner = this.#runners.get(chosen.table);
      runner?.change(this.#tableSettings(chosen));
      runner?.pause(chosen.paused ?? settings.paused);
    }
    if (resumes) this.#estimate(settings.tables.map(({ table }) => table));
    // Snapshots may be due by another interval, or be named instead of other files.
    this.#askManifest();
    this.#folders?.wake();
  }

  requireInPlace(table: TableName): void {
    const shape = this.#runners.get(table)?.state?.shape ?? null;
    if (shape === null) return;
    const { writeMode } = modeOf({ writeMode: 'in-place', partitionStrategy: 'year' }, shape);
    if (writeMode === 'in-place') return;
    throw new Fault('link/append-only', { link: this.#settings.name, table, reason: 'it has no createdon' });
  }

  async removeTables(tables: readonly TableName[], { deleteData }: { readonly deleteData: boolean }): Promise<void> {
    for (const table of tables) {
      // A removal that was cut off is asked again after a restart, when the table no longer runs.
      await this.#runners.get(table)?.stop();
      this.#runners.delete(table);
      await this.#parts.spool.clear(this.#parts.settings.name, table);
    }
    const forget = () => this.#forget(tables, { deleteData });
    await (this.#folders === null ? forget() : this.#folders.leave(tables, { isKept: !deleteData, work: forget }));
  }

  /** First the manifest forgets the tables, then their files go: a reader never finds a named file missing. */
  async #forget(tables: readonly TableName[], { deleteData }: { readonly deleteData: boolean }): Promise<void> {
    const { signal } = this.#stopped;
    await this.#manifests.now(() => this.#publishWhenKnown(signal));
    if (!deleteData) return;
    for (const table of tables) {
      await this.#parts.replica.withdrawTable(table, signal);
      const log = this.#logOf(table);
      await log.remove(await log.load(signal), signal);
    }
  }

  async retry(table: TableName): Promise<void> {
    const runner = this.#runner(table);
    const { paused } = runner.status();
    if (paused !== null) throw new Fault('link/paused', { link: this.#settings.name, table, reason: paused });
    runner.retryAsked();
  }

  async backfill(table: TableName): Promise<void> {
    await this.#runner(table).readAgain();
  }

  async confirmDeletes(table: TableName): Promise<void> {
    this.#runner(table).confirmDeletes();
  }

  async beginEpoch(): Promise<void> {
    await this.#environment.beginEpoch();
    for (const runner of this.#runners.values()) runner.retryNow();
  }

  async stop(): Promise<void> {
    const scheduled = Promise.all([this.#snapshots?.end(), this.#folders?.end()]);
    await Promise.all([...this.#runners.values()].map(runner => runner.stop()));
    await scheduled;
    await this.#manifests.end();
    this.#stopped.abort();
  }

  #witnesses(): ReturnType<GuardParts['witnesses']> {
    const runners = [...this.#runners.values()];
    return {
      tables: runners.flatMap(({ witnesses }) => (witnesses === null ? [] : [witnesses])),
      isAll: runners.every(({ known }) => known),
    };
  }

  #runner(table: TableName): TableRunner {
    const runner = this.#runners.get(table);
    if (runner === undefined) throw new Fault('link/table-unknown', { link: this.#parts.settings.name, table });
    return runner;
  }

  #logOf(table: TableName): TableLog {
    const { store, clock, newNonce } = this.#parts;
    return new TableLog({ store, table, clock, newNonce });
  }

  #tableSettings(chosen: LinkTable): TableSettings {
    return tableSettings(this.#settings, chosen, this.#parts.pace);
  }

  #runnerOf(chosen: LinkTable): TableRunner {
    const { settings, source, store, spool, batcher, replica, clock, report } = this.#parts;
    const { table } = chosen;
    return new TableRunner({
      link: settings.name,
      table,
      source,
      store,
      log: this.#logOf(table),
      spool,
      batcher,
      replica,
      clock,
      settings: this.#tableSettings(chosen),
      readQueue: this.#readQueue,
      fullGate: this.#fullGate,
      deltaGate: this.#deltaGate,
      upkeepGate: this.#upkeepGate,
      quietPolls: this.#quietPolls,
      report,
      environment: this.#environment,
      onPublished: () => this.#askManifest(),
    });
  }

  #scheduleOf({ snapshots: writer, clock, report }: LinkParts): SnapshotSchedule | null {
    if (writer === null) return null;
    return new SnapshotSchedule({
      writer,
      settings: () => {
        const { snapshotMinutes, snapshotsKept: keep } = this.#settings;
        return snapshotMinutes === null ? null : { intervalMs: snapshotMinutes * 60_000, keep };
      },
      tables: () =>
        [...this.#runners].map(([table, runner]) => ({
          table,
          state: runner.state,
          caughtUp: runner.caughtUp,
          snapshot: order => runner.snapshot(order),
        })),
      publish: () => this.#publishSnapshots(),
      clock,
      report,
    });
  }

  #foldersOf({ folders: writer, linkLog, clock, report, pace }: LinkParts): IncrementalFolders | null {
    if (writer === null) return null;
    return new IncrementalFolders({
      writer,
      linkLog,
      tables: () =>
        [...this.#runners].map(([table, runner]) => ({
          table,
          state: runner.state,
          known: runner.known,
          fold: () => runner.foldForFolder(),
          markExported: entry => runner.markExported(entry),
        })),
      logOf: table => this.#logOf(table),
      intervalMs: () => pace?.folderMs ?? this.#settings.incrementalMinutes * 60_000,
      clock,
      report,
    });
  }

  get #names(): ManifestNames {
    return this.#snapshots === null || this.#settings.snapshotMinutes === null ? 'near-real-time' : 'snapshots';
  }

  /** A manifest of snapshots follows them; what is published in near real time has no place in it. */
  #askManifest(): void {
    this.#snapshots?.wake();
    if (this.#names === 'near-real-time') this.#manifests.ask();
  }

  #fileKey(state: TableState): string | null {
    return this.#names === 'snapshots' ? snapshotKey(state) : filesKey(state);
  }

  /** Estimates only feed progress bars: without them the bars show rows instead of a share. */
  #estimate(tables: readonly TableName[]): void {
    const { source, report } = this.#parts;
    source.estimates(tables, this.#stopped.signal).then(
      estimates => {
        for (const [table, rows] of estimates) this.#runners.get(table)?.expect(rows);
      },
      failure => report.info('no estimates of row counts', { code: toFault(failure).code }),
    );
  }

  /** Waits until every table's log was read, so that none drops out of the manifest. */
  async #publishWhenKnown(signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; [...this.#runners.values()].some(({ known }) => !known); waitedMs += KNOWN_LOOK_MS) {
      if (waitedMs >= KNOWN_MS_MAX) throw new Fault('store/failed', { reason: 'other tables are still being opened' });
      await this.#parts.clock.sleep(KNOWN_LOOK_MS, signal);
    }
    await this.#publishManifest(signal);
  }

  /** A manifest when there are newer snapshots to name. */
  async #publishSnapshots(): Promise<boolean> {
    if (this.#names !== 'snapshots') return true;
    if (!this.#allKnown) return false;
    const key = snapshotsKey(this.#tables());
    // While there are none, a manifest would only wake readers for nothing.
    if (key !== this.#shownSnapshots) await this.#manifests.now(() => this.#publishManifest(this.#stopped.signal));
    return true;
  }

  get #allKnown(): boolean {
    return [...this.#runners.values()].every(({ known }) => known);
  }

  #tables(): PublishedTable[] {
    return [...this.#runners].flatMap(([table, { state }]) => (state === null ? [] : [{ table, state }]));
  }

  async #publishManifest(signal: AbortSignal): Promise<void> {
    // A table whose log is not read yet would drop out of the manifest; its own first publication asks again.
    if (!this.#allKnown) return;
    const tables = this.#tables();
    const names = this.#names;
    const key = manifestKey(tables, names);
    if (key === this.#shownKey) return;
    const sequence = await commitManifest(this.#parts.linkLog, tables, signal);
    await this.#parts.replica.publishLink({ sequence, tables, names }, signal);
    await this.#parts.linkLog.sweep(signal);
    this.#shownKey = key;
    this.#shownSnapshots = names === 'snapshots' ? snapshotsKey(tables) : '';
    const before = this.#shownFiles;
    this.#shownFiles = new Map(tables.map(({ table, state }) => [table, this.#fileKey(state)]));
    for (const one of tables)
      if (this.#shownFiles.get(one.table) !== before.get(one.table)) await this.#tidy(one, signal);
  }

  /** What no manifest names any more goes; what stays behind now goes after the next one. */
  async #tidy(table: PublishedTable, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.replica.tidyTable(table, signal);
    } catch (failure) {
      if (signal.aborted) throw failure;
      this.#parts.report.warn('older files not removed', { table: table.table, code: toFault(failure).code });
    }
  }
}

function errorOf(fault: Fault | null): TableStatus['error'] {
  return fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy };
}
