import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../src/batch/duckdb.ts';
import type { DataFile, PendingBatch, TableState } from '../../src/core/commit.ts';
import type { Fault } from '../../src/core/fault.ts';
import { emptyState } from '../../src/core/log-state.ts';
import { parseTableName } from '../../src/core/names.ts';
import type { PublishedTable } from '../../src/core/replica.ts';
import { type FixedLake, openFixedLake } from './fixed-lake.ts';
import { crateShape, type SqlRow, writeLakeParquet } from './lake-parquet.ts';
import { live } from './log-values.ts';
import { MemoryStore } from './memory-store.ts';

export interface CrateLake {
  readonly engine: Engine;
  readonly sql: FixedLake;
  /** What the log of `shelf` fails with; null: it does not. */
  broken: Fault | null;
  /** A CSV file that is there and no query may read. */
  readonly secretPath: string;
  close(): Promise<void>;
}

/**
 * A lake with the table `crate` (two partitions in the image, two pending batches: rows one, two and four live, three
 * deleted; its newest snapshot shows rows five and six), the table `shelf` without rows, and one without a definition.
 */
export async function openCrateLake({ rowsMax }: { readonly rowsMax?: number } = {}): Promise<CrateLake> {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-sql-'));
  const engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
  const lake = new MemoryStore();
  lake.plant(SNAPSHOT_FILE.path, SNAPSHOT_TEXT.join(''));
  const secretPath = join(folder, 'secret.csv');
  await writeFile(secretPath, 'a,b\n1,2\n');
  const crates: PublishedTable = {
    table: crateShape.table,
    state: await crateState(putInto({ lake, folder, engine })),
  };
  const shelf = parseTableName('shelf');
  const empty: PublishedTable = {
    table: shelf,
    state: { ...emptyState(), tail: 1, shape: { ...crateShape, table: shelf }, shapeAt: 1 },
  };
  const unknown: PublishedTable = { table: parseTableName('undefined_yet'), state: emptyState() };
  const made: { broken: Fault | null } = { broken: null };
  const sql = await openFixedLake({
    store: lake,
    tables: () => [crates, made.broken === null ? empty : { table: shelf, state: made.broken }, unknown],
    ...(rowsMax === undefined ? {} : { rowsMax }),
  });
  const close = async () => {
    await sql.close();
    engine.close();
    await lake.close();
    await rm(folder, { recursive: true, force: true });
  };
  return Object.assign(made, { engine, sql, secretPath, close });
}

const SNAPSHOT_FILE = {
  partition: '2024',
  path: 'crate/Snapshot/2024_1704067200.csv',
  bytes: 0,
  rows: 2,
  changedAt: 3,
};
/** A short line is one from before columns were added. */
const SNAPSHOT_TEXT = ['5', '6'].map(
  digit => `00000000-0000-0000-0000-00000000000${digit},"1/1/2024 12:00:00 AM","1/1/2024 12:00:00 AM",${digit}\n`,
);

const id = (digit: string) => `'00000000-0000-0000-0000-00000000000${digit}'`;
const sink = { SinkCreatedOn: "'2024-01-01'", SinkModifiedOn: "'2024-01-01'" };

type Put = (name: string, rows: readonly SqlRow[], as: 'image' | 'batch') => Promise<DataFile>;

function putInto({
  lake,
  folder,
  engine,
}: {
  readonly lake: MemoryStore;
  readonly folder: string;
  readonly engine: Engine;
}): Put {
  return async (name, rows, as) => {
    const local = join(folder, `${name}.parquet`);
    const whole = rows.map(row => ({ ...sink, ...row }));
    const file = await writeLakeParquet(engine, { shape: crateShape, rows: whole, path: local, as });
    const path = `.lakelink/crate/data/${name}.parquet`;
    await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
    return { ...file, path };
  };
}

async function crateState(put: Put): Promise<TableState> {
  const image = [
    {
      name: '2023',
      changedAt: 3,
      file: await put(
        'i2023',
        [{ Id: id('1'), name: "'one'", price: "'922337203685477.5807'", __version: '10' }],
        'image',
      ),
    },
    {
      name: '2024',
      changedAt: 3,
      file: await put(
        'i2024',
        [
          {
            Id: id('2'),
            name: "'two'",
            exchangerate: "'100000000000.0000000001'",
            versionnumber: "'9007199254740993'",
            __version: '10',
          },
          { Id: id('3'), name: "'three'", createdon: "'2024-02-03 04:05:06.789+02'", __version: '10' },
        ],
        'image',
      ),
    },
  ];
  const first = await put(
    'b4',
    [{ Id: id('1'), name: "'one, changed'", price: "'922337203685477.5807'", __version: '20' }],
    'batch',
  );
  const second = await put(
    'b5',
    [
      { Id: id('3'), __version: '21', __deleted: 'true' },
      { Id: id('4'), name: "'four'", __version: '22' },
    ],
    'batch',
  );
  const pending: PendingBatch[] = [
    { sequence: 4, epoch: 0, batch: { ...first, deletes: 0 } },
    { sequence: 5, epoch: 0, batch: { ...second, deletes: 1 } },
  ];
  return {
    ...emptyState(),
    tail: 5,
    shape: crateShape,
    shapeAt: 1,
    image: { foldedAt: 3, through: 2, partitions: image, rowCount: 3 },
    pending,
    initialSyncCompletedAt: '2024-01-01T00:00:00.000Z',
    initialSyncCompletedIn: 1,
    snapshots: [{ sequence: 4, takenAt: '2024-01-01T00:00:00.000Z', foldedAt: 3, shapeAt: 1, files: [SNAPSHOT_FILE] }],
  };
}
