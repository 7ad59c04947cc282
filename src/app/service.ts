import type { ChoiceDifferences } from '../core/choice-differences.ts';
import type { PartitionStrategy } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import type { LinkChoices } from '../core/link-choices.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { OfferedTable } from '../core/source.ts';
import type { TableStatus } from '../core/status.ts';
import type {
  AttachLinkRequest,
  CreateLinkRequest,
  DeleteLinkOptions,
  EnvironmentAddress,
  LakeContents,
  LinkControl,
  LinkSettings,
  LinkSettingsChange,
  LinkView,
  RunningLink,
  TablesChange,
} from '../engine/control.ts';
import type { SnapshotResult } from '../engine/snapshot-schedule.ts';
import { addTables, applyChoices, changeLink, changeTables, moveLink, pause, removeTables } from './link-changes.ts';
import { checkEnvironment } from './link-checks.ts';
import { keptLink, newLink } from './link-making.ts';
import { moveCursors } from './link-move.ts';
import { bringDown, type LinkRecord, viewOf } from './link-record.ts';
import { LinkRecords } from './link-records.ts';
import { contentsOf, deleteLink } from './link-removal.ts';
import type { ServiceParts } from './service-parts.ts';
import { idleStatus } from './table-idle.ts';

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
  readonly #links: LinkRecords;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#links = new LinkRecords(parts);
  }

  start(): Promise<void> {
    return this.#links.start();
  }

  /** Stops every link; what was committed is complete. */
  stop(): Promise<void> {
    return this.#links.stop();
  }

  links(): LinkView[] {
    return this.#links.all().map(viewOf);
  }

  link(name: LinkName): LinkView {
    return viewOf(this.#links.get(name));
  }

  status(name?: LinkName): TableStatus[] {
    const records = name === undefined ? this.#links.all() : [this.#links.get(name)];
    return records.flatMap(record => record.running?.status() ?? idleStatus(record.settings, record.fault));
  }

  async createLink(request: CreateLinkRequest): Promise<LinkView> {
    return this.#links.inTurn(request.name, async () => {
      this.#links.refuseWhenStopping();
      const link = await newLink(this.#links, request);
      return this.#begin(link, { secret: request.clientSecret, isNew: true });
    });
  }

  async attachLink(request: AttachLinkRequest): Promise<LinkView> {
    return this.#links.inTurn(request.name, async () => {
      this.#links.refuseWhenStopping();
      const { link, kept } = await keptLink(this.#links, request);
      if (link.environmentUrl !== kept.mark.environmentUrl) await this.#moveLake(link);
      return this.#begin(link, { secret: request.clientSecret, isNew: false });
    });
  }

  async replaceSecret(name: LinkName, clientSecret: string): Promise<void> {
    await this.#change(name, async record => {
      const { settings } = record;
      const identity = await this.#links.asking({ ...settings, clientSecret }, checkEnvironment);
      if (identity.organizationId !== settings.organizationId) {
        throw new Fault('source/changed', { link: name, url: settings.environmentUrl });
      }
      await this.#parts.ledger.replaceSecret(settings.id, clientSecret);
      // The link at work signs in with the old one: it is stopped and started again.
      await bringDown(record);
      await this.#links.bringUp(record);
      this.#parts.log.info('secret replaced', { link: name });
    });
  }

  async acceptEnvironment(name: LinkName): Promise<void> {
    await this.#change(name, async record => {
      const { organizationId } = await this.#links.asking(await this.#links.addressOf(record), checkEnvironment);
      // The epoch comes first: were the organization known without it, its changes would be read onto the other one's rows.
      await runningOf(record).beginEpoch();
      await this.#parts.ledger.changeLink(record.settings.id, { organizationId }, 'environment accepted');
      record.settings = { ...record.settings, organizationId };
      await record.lake?.describe(record.settings);
      await bringDown(record);
      await this.#links.bringUp(record);
      this.#parts.log.warn('environment accepted', { link: name });
    });
  }

  moveLink(name: LinkName, to: EnvironmentAddress): Promise<void> {
    return this.#change(name, record => moveLink(this.#links, record, to));
  }

  deleteLink(name: LinkName, options: DeleteLinkOptions): Promise<void> {
    return this.#change(name, record => deleteLink(this.#links, record, options));
  }

  lakeContents(name: LinkName): Promise<LakeContents> {
    return this.#change(name, record => contentsOf(this.#links, record));
  }

  changeLink(name: LinkName, change: LinkSettingsChange): Promise<LinkView> {
    return this.#change(name, async record => {
      await changeLink(this.#links, record, change);
      return viewOf(record);
    });
  }

  pause(
    name: LinkName,
    options: { readonly tables: readonly TableName[] | null; readonly reason: string },
  ): Promise<void> {
    return this.#change(name, record => pause(this.#links, record, options));
  }

  resume(name: LinkName, { tables }: { readonly tables: readonly TableName[] | null }): Promise<void> {
    return this.#change(name, record => pause(this.#links, record, { tables, reason: null }));
  }

  applyChoices(
    name: LinkName,
    choices: LinkChoices,
    options: { readonly dryRun: boolean; readonly deleteData: boolean },
  ): Promise<ChoiceDifferences> {
    return this.#change(name, record => applyChoices(this.#links, record, { choices, ...options }));
  }

  async offeredTables(name: LinkName): Promise<OfferedTable[]> {
    const record = this.#links.get(name);
    return this.#links.asking(await this.#links.addressOf(record), (source, signal) => source.tables(signal));
  }

  addTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly partitionStrategy: PartitionStrategy | null; readonly appendOnly: boolean },
  ): Promise<void> {
    return this.#change(name, record => {
      const partitionStrategy = options.partitionStrategy ?? record.settings.partitionStrategy;
      const { appendOnly } = options;
      const choices = tables.map(table => ({ table, partitionStrategy, appendOnly }));
      return addTables(this.#links, record, choices);
    });
  }

  removeTables(name: LinkName, tables: readonly TableName[], options: { readonly deleteData: boolean }): Promise<void> {
    return this.#change(name, record => removeTables(this.#links, record, { tables, ...options }));
  }

  changeTables(name: LinkName, tables: readonly TableName[], change: TablesChange): Promise<void> {
    return this.#change(name, record => changeTables(this.#links, record, { tables, change }));
  }

  async retryTable(name: LinkName, table: TableName): Promise<void> {
    const { running } = this.#links.ofTable(name, table);
    if (running !== null) await running.retry(table);
    else await this.#change(name, record => this.#links.bringUp(record));
  }

  async backfillTable(name: LinkName, table: TableName): Promise<void> {
    await runningOf(this.#links.ofTable(name, table)).backfill(table);
  }

  async confirmDeletes(name: LinkName, table: TableName): Promise<void> {
    await runningOf(this.#links.ofTable(name, table)).confirmDeletes(table);
  }

  async takeSnapshots(name: LinkName, tables: readonly TableName[] | null): Promise<SnapshotResult[]> {
    for (const table of tables ?? []) this.#links.ofTable(name, table);
    return runningOf(this.#links.get(name)).takeSnapshots(tables);
  }

  /** Of two changes of one link the second begins when the first has ended. */
  async #change<T>(name: LinkName, work: (record: LinkRecord) => Promise<T>): Promise<T> {
    this.#links.get(name);
    return this.#links.inTurn(name, () => work(this.#links.get(name)));
  }

  async #begin(link: LinkSettings, { secret, isNew }: { readonly secret: string; readonly isNew: boolean }) {
    const { ledger, settings, log } = this.#parts;
    await ledger.addLink(link, { secret, linksMax: settings.linksMax });
    // ^ COMMIT POINT of a link. What follows is undone when it fails, and done again after a crash.
    const record: LinkRecord = { settings: link, running: null, lake: null, fault: null };
    try {
      await this.#links.bringUp(record, { isNew });
    } catch (failure) {
      await ledger.finishRemoveLink(link.id);
      throw failure;
    }
    this.#links.add(record);
    const fields = { link: link.name, lake: link.lakePath, tables: link.tables.length };
    log.info(isNew ? 'link created' : 'link attached', fields);
    return viewOf(record);
  }

  /** Before the lake is attached, so that an environment that was renamed meanwhile is asked under its new address only. */
  async #moveLake(link: LinkSettings): Promise<void> {
    const { lakes, clock, newId } = this.#parts;
    const lake = await lakes.open(link);
    try {
      const { store } = lake;
      const tables = await lake.loggedTables();
      const { signal } = new AbortController();
      await moveCursors({ store, tables, to: link.environmentUrl, clock, newNonce: newId, signal });
    } finally {
      await lake.close();
    }
  }
}

/** Where the link does not run, why it does not. */
function runningOf({ running, fault, settings }: LinkRecord): RunningLink {
  if (running === null) throw fault ?? new Fault('service/stopped', { link: settings.name });
  return running;
}
