import type { Batcher } from '../../src/core/batcher.ts';
import type { ByteStore } from '../../src/core/bytestore.ts';
import { LinkLog } from '../../src/core/link-log.ts';
import { parseLinkName, type TableName } from '../../src/core/names.ts';
import type { FolderWriter, SnapshotWriter } from '../../src/core/replica.ts';
import type { Source } from '../../src/core/source.ts';
import type { LinkSettings, LinkTable } from '../../src/engine/control.ts';
import { LinkRunner } from '../../src/engine/link-runner.ts';
import type { Chance } from '../kit/chance.ts';
import { linkTables, NEAR_REAL_TIME } from '../kit/choices.ts';
import { SeededBatcher } from './seeded-batcher.ts';
import type { SeededClock } from './seeded-clock.ts';
import type { SeededEnvironment } from './seeded-environment.ts';
import type { SeededFaults } from './seeded-faults.ts';
import { seededFolderWriter } from './seeded-folders.ts';
import { type Death, Life } from './seeded-life.ts';
import { seededReplica } from './seeded-replica.ts';
import { seededSnapshotWriter } from './seeded-snapshots.ts';
import { ORGANIZATION, type ReadMemory, SeededSource } from './seeded-source.ts';
import { SeededSpool, type SpoolDisk } from './seeded-spool.ts';
import { type SeededDisk, SeededStore } from './seeded-store.ts';

/** Does something wrong with a contract, to show that it would be found. Each wraps what it is given. */
export interface Plant {
  readonly source?: (source: Source, environment: SeededEnvironment) => Source;
  readonly store?: (store: ByteStore, disk: SeededDisk) => ByteStore;
  readonly batcher?: (batcher: Batcher, spool: SpoolDisk, disk: SeededDisk) => Batcher;
  readonly snapshots?: (writer: SnapshotWriter, store: ByteStore) => SnapshotWriter;
  readonly folders?: (writer: FolderWriter) => FolderWriter;
}

/** How a link writes for its readers; `plain`: in place, without snapshots. */
export type SeededOutput = 'plain' | 'in-place' | 'append' | 'folders';

export interface ProcessParts {
  readonly name: string;
  readonly output: SeededOutput;
  readonly tables: readonly TableName[];
  readonly environment: SeededEnvironment;
  readonly memory: ReadMemory;
  readonly disk: SeededDisk;
  readonly spool: SpoolDisk;
  readonly clock: SeededClock;
  readonly chance: Chance;
  readonly faults: SeededFaults;
  readonly death: Death | null;
  readonly slowness: number;
  readonly plant: Plant;
  readonly meanwhile: () => void;
  readonly metadataIdOf: (table: TableName) => string;
  readonly newNonce: () => string;
  readonly note: (what: string) => void;
}

/** One process at work on the link: the production engine over simulated parts. */
export class SeededProcess {
  readonly life: Life;
  readonly runner: LinkRunner;
  /** Resolves when it dies, if it does. */
  readonly died: Promise<void>;

  constructor(parts: ProcessParts) {
    const { clock, plant, disk, faults, slowness, newNonce } = parts;
    let onDeath = () => {};
    this.died = new Promise(resolve => {
      onDeath = resolve;
    });
    const note = (what: string) => parts.note(`${parts.name}: ${what}`);
    this.life = new Life({
      name: parts.name,
      clock,
      death: parts.death,
      onDeath: () => {
        note('died');
        onDeath();
      },
    });
    const { life } = this;
    const own = { ...parts, life, note, chance: parts.chance.part() };
    const bareStore = new SeededStore({ disk, life, clock, faults, slowness, note, chance: parts.chance.part() });
    const source = new SeededSource(own);
    const batcher = new SeededBatcher({ disk, spool: parts.spool, life, clock, chance: parts.chance.part() });
    const store = plant.store?.(bareStore, disk) ?? bareStore;
    const { output } = parts;
    const snapshots = seededSnapshotWriter(store);
    const folders = output === 'folders' ? seededFolderWriter(store, disk) : null;
    this.runner = new LinkRunner({
      settings: settingsOf(parts),
      source: plant.source?.(source, parts.environment) ?? source,
      store,
      linkLog: new LinkLog({ store, clock: life.clock, newNonce }),
      spool: new SeededSpool({ disk: parts.spool, life }),
      batcher: plant.batcher?.(batcher, parts.spool, disk) ?? batcher,
      replica: seededReplica(store),
      snapshots: output === 'folders' ? null : (plant.snapshots?.(snapshots, store) ?? snapshots),
      folders: folders === null ? null : (plant.folders?.(folders) ?? folders),
      clock: life.clock,
      newNonce,
      report: {
        info: () => {},
        warn: (sentence, fields) => note(`${sentence} ${JSON.stringify(fields)}`),
      },
      pace: PACE,
    });
  }

  async start(): Promise<void> {
    await this.runner.start();
  }

  /** Ends it in order; also resolves when it dies instead. */
  async stop(): Promise<void> {
    await Promise.race([this.runner.stop(), this.died]);
  }
}

const PACE = {
  pollMs: 1_000,
  quietPollMs: 4_000,
  retryMs: 100,
  retryMsMax: 2_000,
  pausedMs: 10_000,
  publishMs: 3_000,
  describeMs: 60_000,
  renewCursorMs: 120_000,
  folderMs: 9_000,
} as const;

function settingsOf({ tables, output }: ProcessParts): LinkSettings {
  const addedAt = '2026-01-01T00:00:00.000Z';
  return {
    id: 'link-1',
    name: parseLinkName('seeded'),
    environmentUrl: 'https://seeded.example',
    tenantId: 'tenant',
    clientId: 'client',
    authorityUrl: null,
    lakePath: '/lake',
    lakeName: 'dataverse-seeded-1',
    partitionStrategy: 'year',
    pollSeconds: 1,
    publishSeconds: 3,
    createdAt: addedAt,
    organizationId: ORGANIZATION,
    ...NEAR_REAL_TIME,
    output: output === 'folders' ? 'incremental' : 'replica',
    snapshotMinutes: makesSnapshots(output) ? 1 : null,
    snapshotsKept: 2,
    paused: null,
    tables: seededTables(tables, output),
  };
}

/** Tables as a link of this output chooses them. */
export function seededTables(tables: readonly TableName[], output: SeededOutput): LinkTable[] {
  return linkTables(tables).map(one => ({ ...one, appendOnly: output === 'append' }));
}

export function makesSnapshots(output: SeededOutput): boolean {
  return output === 'in-place' || output === 'append';
}
