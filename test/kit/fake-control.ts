import { type ChoiceDifferences, choiceDifferences, choicesOf } from '../../src/core/choice-differences.ts';
import type { PartitionStrategy } from '../../src/core/commit.ts';
import { Fault } from '../../src/core/fault.ts';
import type { LinkChoices } from '../../src/core/link-choices.ts';
import type { LinkName, TableName } from '../../src/core/names.ts';
import type { OfferedTable } from '../../src/core/source.ts';
import type { TableStatus } from '../../src/core/status.ts';
import type {
  AttachLinkRequest,
  CreateLinkRequest,
  DeleteLinkOptions,
  EnvironmentAddress,
  LakeContents,
  LinkControl,
  LinkSettingsChange,
  LinkView,
  TablesChange,
} from '../../src/engine/control.ts';
import type { SnapshotResult } from '../../src/engine/snapshot-schedule.ts';

/** A running service in memory: it keeps what it was told, and every call in order. */
export class FakeControl implements LinkControl {
  readonly calls: unknown[][] = [];
  readonly #links = new Map<string, LinkView>();

  links(): LinkView[] {
    return [...this.#links.values()];
  }

  link(name: LinkName): LinkView {
    const link = this.#links.get(name);
    if (link === undefined) throw new Fault('link/unknown', { link: name });
    return link;
  }

  async createLink(request: CreateLinkRequest): Promise<LinkView> {
    this.calls.push(['createLink', request]);
    if (this.#links.has(request.name)) throw new Fault('link/exists', { link: request.name });
    const { clientSecret: _, ...rest } = request;
    const link: LinkView = {
      ...rest,
      id: `id-${request.name}`,
      lakeName: request.lakeName ?? 'dataverse-contoso-org1',
      pollSeconds: request.pollSeconds ?? 5,
      publishSeconds: request.publishSeconds ?? 15,
      createdAt: '2026-01-01T00:00:00.000Z',
      organizationId: 'org-1',
      tables: request.tables.map(chosen => ({ ...chosen, ...ADDED })),
      paused: null,
      running: true,
      error: null,
    };
    this.#links.set(request.name, link);
    return link;
  }

  async replaceSecret(name: LinkName, clientSecret: string): Promise<void> {
    this.calls.push(['replaceSecret', name, clientSecret]);
    this.link(name);
  }

  async acceptEnvironment(name: LinkName): Promise<void> {
    this.calls.push(['acceptEnvironment', name]);
    this.link(name);
  }

  async attachLink(request: AttachLinkRequest): Promise<LinkView> {
    this.calls.push(['attachLink', request]);
    return this.link(request.name);
  }

  async moveLink(name: LinkName, to: EnvironmentAddress): Promise<void> {
    this.calls.push(['moveLink', name, to]);
    this.link(name);
  }

  async lakeContents(name: LinkName): Promise<LakeContents> {
    this.link(name);
    return {
      kinds: [
        { kind: 'commits', files: 12, bytes: 3_000_000 },
        { kind: 'foreign', files: 1, bytes: 7 },
      ],
      foreign: ['notes/mine.txt'],
    };
  }

  async changeLink(name: LinkName, change: LinkSettingsChange): Promise<LinkView> {
    this.calls.push(['changeLink', name, change]);
    const link = { ...this.link(name), ...change };
    this.#links.set(name, link);
    return link;
  }

  async changeTables(name: LinkName, tables: readonly TableName[], change: TablesChange): Promise<void> {
    this.calls.push(['changeTables', name, tables, change]);
    this.link(name);
  }

  async pause(
    name: LinkName,
    options: { readonly tables: readonly TableName[] | null; readonly reason: string },
  ): Promise<void> {
    this.calls.push(['pause', name, options]);
    this.link(name);
  }

  async resume(name: LinkName, options: { readonly tables: readonly TableName[] | null }): Promise<void> {
    this.calls.push(['resume', name, options]);
    this.link(name);
  }

  async applyChoices(
    name: LinkName,
    choices: LinkChoices,
    options: { readonly dryRun: boolean; readonly deleteData: boolean },
  ): Promise<ChoiceDifferences> {
    this.calls.push(['applyChoices', name, choices, options]);
    return choiceDifferences(name, { from: choicesOf(this.link(name)), to: choices });
  }

  async deleteLink(name: LinkName, options: DeleteLinkOptions): Promise<void> {
    this.calls.push(['deleteLink', name, options]);
    this.link(name);
    this.#links.delete(name);
  }

  async offeredTables(name: LinkName): Promise<OfferedTable[]> {
    this.link(name);
    return [offered('account'), offered('lead'), offered('audit', 'Track changes is off')];
  }

  async addTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly partitionStrategy: PartitionStrategy | null; readonly appendOnly: boolean },
  ): Promise<void> {
    this.calls.push(['addTables', name, tables, options]);
    const link = this.link(name);
    const { appendOnly } = options;
    const partitionStrategy = options.partitionStrategy ?? link.partitionStrategy;
    const added = tables.map(table => ({ table, appendOnly, partitionStrategy, ...ADDED }));
    this.#links.set(name, { ...link, tables: [...link.tables, ...added] });
  }

  async removeTables(
    name: LinkName,
    tables: readonly TableName[],
    options: { readonly deleteData: boolean },
  ): Promise<void> {
    this.calls.push(['removeTables', name, tables, options]);
    const link = this.link(name);
    this.#links.set(name, { ...link, tables: link.tables.filter(one => !tables.includes(one.table)) });
  }

  async takeSnapshots(name: LinkName, tables: readonly TableName[] | null): Promise<SnapshotResult[]> {
    this.calls.push(['takeSnapshots', name, tables]);
    const chosen = tables ?? this.link(name).tables.map(({ table }) => table);
    const failure = new Fault('store/full', { path: 'account' });
    return chosen.map((table, n) => ({
      table,
      outcome: n === 0 ? 'taken' : n === 1 ? 'unchanged' : 'failed',
      fault: n > 1 ? failure : null,
    }));
  }

  async retryTable(name: LinkName, table: TableName): Promise<void> {
    this.calls.push(['retryTable', name, table]);
    this.link(name);
  }

  async backfillTable(name: LinkName, table: TableName): Promise<void> {
    this.calls.push(['backfillTable', name, table]);
    this.link(name);
  }

  async confirmDeletes(name: LinkName, table: TableName): Promise<void> {
    this.calls.push(['confirmDeletes', name, table]);
    this.link(name);
  }

  status(name?: LinkName): TableStatus[] {
    const links = name === undefined ? this.links() : [this.link(name)];
    return links.flatMap(link => link.tables.map(one => tableStatus(link.name, one.table)));
  }
}

const ADDED = { addedAt: '2026-01-01T00:00:00.000Z', paused: null } as const;

function offered(table: string, reason: string | null = null): OfferedTable {
  return {
    table: table as TableName,
    displayName: table,
    entitySetName: `${table}s`,
    changeTracking: reason === null,
    canTrackChanges: true,
    refusal: reason === null ? null : { code: 'source/table-untracked', reason },
  };
}

/** A healthy table's status; `changes` replaces parts of it. */
export function tableStatus(link: string, table: string, changes: Partial<TableStatus> = {}): TableStatus {
  return {
    link,
    table,
    initialSync: 'Completed',
    sync: 'InProgress',
    label: 'Active',
    queued: null,
    count: 1_234,
    progress: null,
    lastSynchronizedOn: '2026-01-01T00:00:00.000Z',
    lastPolledOn: '2026-01-01T00:00:05.000Z',
    rowsPerSecond: 0,
    changes: { rows: 10, deletes: 2 },
    pendingBatches: 1,
    partitionStrategy: 'year',
    appendOnly: false,
    lastSnapshotOn: null,
    postProcessingMs: 12,
    omittedColumns: 0,
    paused: null,
    error: null,
    ...changes,
  };
}
