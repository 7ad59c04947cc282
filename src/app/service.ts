import type { PartitionStrategy } from '../core/commit.ts';
import { Fault, toFault } from '../core/fault.ts';
import { type LinkName, lakeName, type TableName } from '../core/names.ts';
import type { EnvironmentIdentity, OfferedTable, Source } from '../core/source.ts';
import type { TableStatus } from '../core/status.ts';
import { parseEnvironmentUrl } from '../dataverse/environment-url.ts';
import type { CreateLinkRequest, LinkControl, LinkSettings, LinkView, RunningLink } from '../engine/control.ts';
import type { SnapshotResult } from '../engine/snapshot-schedule.ts';
import { checkEnvironment, checkTables, refuseTooMany, wholePath } from './link-checks.ts';
import type { OpenLake, ServiceParts, SourceAddress } from './service-parts.ts';
import { idleStatus } from './table-idle.ts';
import { Turns } from './turns.ts';

/** Everything that is asked of an environment while a person waits. */
const CHECKS_TIMEOUT_MS = 120_000;
/** Pauses between attempts to bring up a link that did not start. */
const RESTART_PAUSES_MS = [2_000, 5_000, 15_000, 60_000] as const;

/** A link and what is open for it. `running` and `lake` are both null while it does not run; `fault` says why. */
interface LinkRecord {
  settings: LinkSettings;
  running: RunningLink | null;
  lake: OpenLake | null;
  fault: Fault | null;
}

/** Starts a service over an open ledger: every link is brought up; one that cannot be does not hold up the others (I-8). */
export async function startLinks(parts: ServiceParts): Promise<LinkService> {
  const service = new LinkService(parts);
  await service.start();
  return service;
}

/**
 * Owns the links at work. The ledger's commit is the commit point of every choice: before it nothing was made, after
 * it the work is done again at the next start until it is complete.
 */
export class LinkService implements LinkControl {
  readonly #parts: ServiceParts;
  readonly #records = new Map<LinkName, LinkRecord>();
  readonly #turns = new Turns();
  readonly #stopping = new AbortController();
  readonly #retries = new Set<Promise<void>>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {
    const links = await this.#parts.ledger.links();
    for (const settings of links) {
      this.#records.set(settings.name, { settings, running: null, lake: null, fault: null });
    }
    await Promise.all(links.map(link => this.#turns.take(link.name, () => this.#bringUpOrRetry(link.name))));
  }

  /** Stops every link; what was committed is complete. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Fault('service/stopped'));
    await Promise.all([...this.#retries]);
    const stops = [...this.#records.values()].map(record =>
      this.#turns.take(record.settings.name, () => bringDown(record)),
    );
    const outcomes = await Promise.allSettled(stops);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  links(): LinkView[] {
    return [...this.#records.values()].map(viewOf);
  }

  link(name: LinkName): LinkView {
    return viewOf(this.#record(name));
  }

  status(name?: LinkName): TableStatus[] {
    const records = name === undefined ? [...this.#records.values()] : [this.#record(name)];
    return records.flatMap(record => record.running?.status() ?? idleStatus(record.settings, record.fault));
  }

  async createLink(request: CreateLinkRequest): Promise<LinkView> {
    return this.#turns.take(request.name, async () => {
      this.#refuseWhenStopping();
      const { ledger, settings, log } = this.#parts;
      const link = await this.#checkRequest(request);
      await ledger.addLink(link, { secret: request.clientSecret, linksMax: settings.linksMax });
      // ^ COMMIT POINT of a link. What follows is undone when it fails, and done again after a crash.
      const record: LinkRecord = { settings: link, running: null, lake: null, fault: null };
      try {
        await this.#bringUp(record, { isNew: true });
      } catch (failure) {
        await ledger.finishRemoveLink(link.id);
        throw failure;
      }
      this.#records.set(link.name, record);
      log.info('link created', { link: link.name, lake: link.lakePath, tables: link.tables.length });
      return viewOf(record);
    });
  }

  async replaceSecret(name: LinkName, clientSecret: string): Promise<void> {
    await this.#turns.take(name, async () => {
      const record = this.#record(name);
      const { settings } = record;
      const identity = await this.#asking({ ...settings, clientSecret }, checkEnvironment);
      if (identity.organizationId !== settings.organizationId) {
        throw new Fault('source/changed', { link: name, url: settings.environmentUrl });
      }
      await this.#parts.ledger.replaceSecret(settings.id, clientSecret);
      // The link at work signs in with the old one: it is stopped and started again.
      await bringDown(record);
      await this.#bringUp(record);
      this.#parts.log.info('secret replaced', { link: name });
    });
  }

  async acceptEnvironment(name: LinkName): Promise<void> {
    await this.#turns.take(name, async () => {
      const record = this.#record(name);
      const { organizationId } = await this.#asking(await this.#addressOf(record), checkEnvironment);
      if (record.running === null) throw record.fault ?? new Fault('service/stopped', { link: name });
      // The epoch comes first: were the organization known without it, its changes would be read onto the other one's rows.
      await record.running.beginEpoch();
      await this.#parts.ledger.replaceOrganization(record.settings.id, organizationId);
      record.settings = { ...record.settings, organizationId };
      await record.lake?.describe(record.settings);
      await bringDown(record);
      await this.#bringUp(record);
      this.#parts.log.warn('environment accepted', { link: name });
    });
  }

  async deleteLink(name: LinkName, options: { readonly deleteData: boolean }): Promise<void> {
    await this.#turns.take(name, async () => {
      const record = this.#record(name);
      await this.#parts.ledger.beginRemoveLink(record.settings.id, options);
      await this.#finishDelete(record, options);
    });
  }

  async offeredTables(name: LinkName): Promise<OfferedTable[]> {
    const record = this.#record(name);
    return this.#asking(await this.#addressOf(record), (source, signal) => source.tables(signal));
  }

  async addTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly partitionStrategy: PartitionStrategy | null; readonly appendOnly: boolean },
  ): Promise<void> {
    await this.#turns.take(name, async () => {
      const record = this.#record(name);
      const chosen = record.settings.tables.map(one => one.table);
      const known = tables.find(table => chosen.includes(table));
      if (known !== undefined) throw new Fault('link/table-exists', { link: name, table: known });
      refuseTooMany(chosen.length + tables.length);
      await this.#asking(await this.#addressOf(record), (source, signal) =>
        checkTables({ source, tables, chosen, signal }),
      );
      const added = tables.map(table => ({
        table,
        partitionStrategy: options.partitionStrategy ?? record.settings.partitionStrategy,
        appendOnly: options.appendOnly,
        addedAt: this.#nowText(),
        paused: null,
      }));
      await this.#parts.ledger.addTables(record.settings.id, added);
      record.settings = { ...record.settings, tables: [...record.settings.tables, ...added] };
      await record.lake?.describe(record.settings);
      await record.running?.addTables(added);
      this.#parts.log.info('tables added', { link: name, tables: tables.join(',') });
    });
  }

  async removeTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly deleteData: boolean },
  ): Promise<void> {
    await this.#turns.take(name, async () => {
      const record = this.#record(name);
      await this.#parts.ledger.beginRemoveTables(record.settings.id, tables, options);
      const kept = record.settings.tables.filter(one => !tables.includes(one.table));
      record.settings = { ...record.settings, tables: kept };
      // Where the link does not run the removal stays noted, and is done when it comes up.
      if (record.running === null) return;
      await record.lake?.describe(record.settings);
      await record.running.removeTables(tables, options);
      await this.#parts.ledger.finishRemoveTables(record.settings.id, tables);
      this.#parts.log.info('tables removed', { link: name, tables: tables.join(',') });
    });
  }

  async retryTable(name: LinkName, table: TableName): Promise<void> {
    const { running } = this.#recordOfTable(name, table);
    if (running === null) {
      await this.#turns.take(name, () => this.#bringUp(this.#record(name)));
      return;
    }
    await running.retry(table);
  }

  async takeSnapshots(name: LinkName, tables: readonly TableName[] | null): Promise<SnapshotResult[]> {
    const record = this.#record(name);
    for (const table of tables ?? []) this.#recordOfTable(name, table);
    if (record.running === null) throw record.fault ?? new Fault('service/stopped', { link: name });
    return record.running.takeSnapshots(tables);
  }

  async backfillTable(name: LinkName, table: TableName): Promise<void> {
    const record = this.#recordOfTable(name, table);
    if (record.running === null) throw record.fault ?? new Fault('service/stopped', { link: name });
    await record.running.backfill(table);
  }

  async confirmDeletes(name: LinkName, table: TableName): Promise<void> {
    const record = this.#recordOfTable(name, table);
    if (record.running === null) throw record.fault ?? new Fault('service/stopped', { link: name });
    await record.running.confirmDeletes(table);
  }

  /** Everything that can be found out before something is made, cheapest first. */
  async #checkRequest(request: CreateLinkRequest): Promise<LinkSettings> {
    const { ledger, settings, lakes, newId } = this.#parts;
    const environmentUrl = parseEnvironmentUrl(request.environmentUrl).origin;
    refuseTooMany(request.tables.length);
    const lakePath = await wholePath(request.lakePath);
    await ledger.checkLink({ name: request.name, lakePath, organizationId: '' }, settings.linksMax);
    const address = { ...request, environmentUrl };
    return this.#asking(address, async (opened, signal) => {
      const identity = await checkEnvironment(opened, signal);
      const { organizationId } = identity;
      await ledger.checkLink({ name: request.name, lakePath, organizationId }, settings.linksMax);
      await lakes.inspect(lakePath);
      const names = request.tables.map(({ table }) => table);
      await checkTables({ source: opened, tables: names, chosen: [], signal });
      return {
        id: newId(),
        name: request.name,
        environmentUrl,
        tenantId: request.tenantId,
        clientId: request.clientId,
        authorityUrl: request.authorityUrl,
        lakePath,
        lakeName: request.lakeName ?? nameLake(identity),
        partitionStrategy: request.partitionStrategy,
        pollSeconds: request.pollSeconds ?? settings.pollSeconds,
        publishSeconds: request.publishSeconds ?? settings.publishSeconds,
        createdAt: this.#nowText(),
        organizationId,
        output: request.output,
        snapshotMinutes: request.snapshotMinutes,
        snapshotsKept: request.snapshotsKept,
        incrementalMinutes: request.incrementalMinutes,
        paused: null,
        tables: request.tables.map(table => ({ ...table, addedAt: this.#nowText(), paused: null })),
      };
    });
  }

  /** Runs what a person waits for, with an end: an environment that hangs is `source/timeout`. */
  async #asking<T>(address: SourceAddress, work: (source: Source, signal: AbortSignal) => Promise<T>): Promise<T> {
    const source = this.#parts.openSource(address);
    const timeout = AbortSignal.timeout(CHECKS_TIMEOUT_MS);
    const signal = AbortSignal.any([timeout, this.#stopping.signal]);
    try {
      return await work(source, signal);
    } catch (failure) {
      if (this.#stopping.signal.aborted) throw new Fault('service/stopped', {}, { cause: failure });
      if (timeout.aborted) throw new Fault('source/timeout', { waitedMs: CHECKS_TIMEOUT_MS }, { cause: failure });
      throw failure;
    } finally {
      await source.close();
    }
  }

  async #addressOf(record: LinkRecord): Promise<SourceAddress> {
    return { ...record.settings, clientSecret: await this.#parts.ledger.secret(record.settings.id) };
  }

  /** Opens the lake, starts the link, and goes on with removals that were interrupted. */
  async #bringUp(record: LinkRecord, { isNew = false } = {}): Promise<void> {
    if (record.running !== null) return;
    this.#refuseWhenStopping();
    const { ledger, lakes } = this.#parts;
    try {
      const secret = await ledger.secret(record.settings.id);
      record.lake ??= await lakes.open(record.settings);
      record.running = await this.#parts.startLink(record.settings, { secret, lake: record.lake });
      record.fault = null;
    } catch (failure) {
      record.fault = toFault(failure);
      // A new link's folder was empty: the mark goes, so that it can be used again.
      if (isNew) await record.lake?.erase();
      await bringDown(record);
      throw record.fault;
    }
    await this.#finishRemovals(record);
  }

  async #finishRemovals(record: LinkRecord): Promise<void> {
    const { ledger } = this.#parts;
    for (const { table, deleteData } of await ledger.removals(record.settings.id)) {
      if (table === null) {
        await this.#finishDelete(record, { deleteData });
        return;
      }
      await record.running?.removeTables([table], { deleteData });
      await ledger.finishRemoveTables(record.settings.id, [table]);
    }
  }

  async #finishDelete(record: LinkRecord, { deleteData }: { readonly deleteData: boolean }): Promise<void> {
    const { ledger, log } = this.#parts;
    const { id, name, tables } = record.settings;
    if (deleteData) {
      if (record.running === null) await this.#bringUpForDeletion(record);
      await record.running?.removeTables(
        tables.map(one => one.table),
        { deleteData },
      );
      await record.running?.stop();
      record.running = null;
      await record.lake?.erase();
    }
    await bringDown(record);
    await ledger.finishRemoveLink(id);
    this.#records.delete(name);
    log.info('link deleted', { link: name, action: deleteData ? 'data deleted' : 'data kept' });
  }

  async #bringUpForDeletion(record: LinkRecord): Promise<void> {
    const secret = await this.#parts.ledger.secret(record.settings.id);
    record.lake ??= await this.#parts.lakes.open(record.settings);
    record.running = await this.#parts.startLink({ ...record.settings, tables: [] }, { secret, lake: record.lake });
  }

  async #bringUpOrRetry(name: LinkName): Promise<void> {
    const record = this.#record(name);
    try {
      await this.#bringUp(record);
    } catch (failure) {
      const fault = toFault(failure);
      this.#parts.log.error('link did not start', { link: name, code: fault.code, reason: fault.message });
      const retry = this.#retry(record).finally(() => this.#retries.delete(retry));
      this.#retries.add(retry);
    }
  }

  async #retry(record: LinkRecord): Promise<void> {
    const { clock, log } = this.#parts;
    const { name } = record.settings;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await clock.sleep(RESTART_PAUSES_MS[Math.min(attempt, RESTART_PAUSES_MS.length - 1)] ?? 60_000, signal);
        if (this.#records.get(name) !== record || record.running !== null) return;
        await this.#turns.take(name, () => this.#bringUp(record));
        log.info('link started after all', { link: name });
        return;
      } catch (failure) {
        if (signal.aborted) return;
        log.debug('link still does not start', { link: name, code: toFault(failure).code });
      }
    }
  }

  #record(name: LinkName): LinkRecord {
    const record = this.#records.get(name);
    if (record === undefined) throw new Fault('link/unknown', { link: name });
    return record;
  }

  #recordOfTable(name: LinkName, table: TableName): LinkRecord {
    const record = this.#record(name);
    if (!record.settings.tables.some(one => one.table === table)) {
      throw new Fault('link/table-unknown', { link: name, table });
    }
    return record;
  }

  #refuseWhenStopping(): void {
    if (this.#stopping.signal.aborted) throw new Fault('service/stopped');
  }

  #nowText(): string {
    return new Date(this.#parts.clock.nowMs()).toISOString();
  }
}

async function bringDown(record: LinkRecord): Promise<void> {
  const { running, lake } = record;
  record.running = null;
  record.lake = null;
  try {
    await running?.stop();
  } finally {
    await lake?.close();
  }
}

function viewOf(record: LinkRecord): LinkView {
  const { fault } = record;
  return {
    ...record.settings,
    running: record.running !== null,
    error: fault === null ? null : { code: fault.code, message: fault.message, remedy: fault.entry.remedy },
  };
}

function nameLake(identity: EnvironmentIdentity): string {
  return lakeName({ name: identity.friendlyName, organization: identity.uniqueName });
}
