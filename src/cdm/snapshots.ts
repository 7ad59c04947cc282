import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { literal } from '../batch/sql.ts';
import { type StoredColumns, storedColumns } from '../batch/stored.ts';
import type { ByteStore, StoredFile } from '../core/bytestore.ts';
import type { ImagePartition, SnapshotFile } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import { inParallel } from '../core/in-parallel.ts';
import { limits } from '../core/limits.ts';
import type { TableName } from '../core/names.ts';
import type { PublishedTable, SnapshotWriter } from '../core/replica.ts';
import { tableCsvSql } from './partition-csv.ts';
import { ROOT_MODEL, snapshotFolder, snapshotPath, snapshotSecond } from './paths.ts';
import type { CdmParts } from './replica.ts';
import { type ShapedTable, shaped, shownFiles } from './shown-files.ts';

const PARTITIONS_AT_ONCE = 2;

/** Writes the CSV files of snapshots, each under a name that nobody has and that never shows anything else. */
export function openSnapshotWriter(parts: CdmParts): SnapshotWriter {
  return {
    writeSnapshot: async (published, { takenAtMs, signal }) => {
      const table = shaped(published);
      if (table === null) throw new Fault('internal/bug', { reason: 'a snapshot of a table without a definition' });
      const kept = await unchangedFiles(parts.store, table, signal);
      const due = heldPartitions(table).filter(({ partition: { name } }) => !kept.has(name));
      const written = await writeFiles(parts, { table, due, second: Math.floor(takenAtMs / 1_000) }, signal);
      return [...kept.values(), ...written].sort((a, b) => (a.partition < b.partition ? -1 : 1));
    },
  };
}

interface HeldPartition {
  readonly partition: ImagePartition;
  /** What decides whether an older file still shows it. */
  readonly changedAt: number;
}

function heldPartitions(table: ShapedTable): HeldPartition[] {
  const { retypedAt } = table.state;
  return shownFiles(table).files.map(partition => ({
    partition,
    changedAt: Math.max(partition.changedAt, retypedAt),
  }));
}

/** Files of the newest snapshot that show what their partition holds now, by partition; one that is gone is written anew. */
async function unchangedFiles(
  store: ByteStore,
  table: ShapedTable,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, SnapshotFile>> {
  const [newest] = table.state.snapshots;
  // The files of another form may go by the same sequences: one fold makes both.
  if (newest === undefined || (newest.append ?? false) !== (table.state.image?.parts !== undefined)) return new Map();
  const there = new Set((await allSnapshotFiles(store, table.table, signal)).map(({ path }) => path));
  const shown = new Map(newest.files.map(file => [file.partition, file]));
  return new Map(
    heldPartitions(table).flatMap(({ partition: { name }, changedAt }): [string, SnapshotFile][] => {
      const file = shown.get(name);
      return file !== undefined && file.changedAt === changedAt && there.has(file.path) ? [[name, file]] : [];
    }),
  );
}

async function writeFiles(
  { store, engine, tempFolder, newId }: CdmParts,
  {
    table,
    due,
    second,
  }: { readonly table: ShapedTable; readonly due: readonly HeldPartition[]; readonly second: number },
  signal: AbortSignal,
): Promise<SnapshotFile[]> {
  const sources = await Promise.all(due.map(({ partition }) => store.localFile(partition.file.path, signal)));
  const columns = await engine.session(session => storedColumns(session, sources), signal);
  const put: string[] = [];
  try {
    return await inParallel({ items: due, atOnce: PARTITIONS_AT_ONCE }, async ({ partition, changedAt }, n) => {
      const target = join(tempFolder, `${newId()}.csv`);
      const sql = csvSql(table, { source: sources[n] ?? '', columns, target });
      try {
        await engine.session(session => session.runAll(sql), signal);
        const path = await putNew(
          { store, table: table.table, partition: partition.name, second, file: target },
          signal,
        );
        put.push(path);
        const { size: bytes } = await stat(target);
        return { partition: partition.name, path, bytes, rows: partition.file.rows, changedAt };
      } finally {
        await rm(target, { force: true });
      }
    });
  } catch (failure) {
    // A snapshot that cannot be taken is tried again for hours: what each try leaves would fill the lake.
    for (const path of put) await store.remove(path, signal).catch(() => undefined);
    throw failure;
  }
}

function csvSql(
  table: ShapedTable,
  options: {
    readonly source: string;
    readonly columns: ReadonlyMap<string, StoredColumns>;
    readonly target: string;
  },
): string {
  const { source, columns, target } = options;
  const { rows } = shownFiles(table);
  const stored = columns.get(source) ?? new Map();
  return tableCsvSql({ shape: table.shape, rows, from: `read_parquet(${literal(source)})`, stored, target });
}

/** Puts a file under the first second that is free; answers its path. */
async function putNew(
  {
    store,
    table,
    partition,
    second,
    file,
  }: {
    readonly store: ByteStore;
    readonly table: TableName;
    readonly partition: string;
    readonly second: number;
    readonly file: string;
  },
  signal: AbortSignal,
): Promise<string> {
  for (let free = second; ; free += 1) {
    const path = snapshotPath(table, { partition, second: free });
    if ((await store.putIfAbsent(path, { file }, signal)) === 'created') return path;
  }
}

/** Every file of the table that is named as a snapshot's is. */
export async function allSnapshotFiles(
  store: ByteStore,
  table: TableName,
  signal: AbortSignal,
): Promise<readonly (StoredFile & { readonly second: number })[]> {
  const files = await store.list(snapshotFolder(table), { signal, deep: false });
  return files.flatMap(file => {
    const second = snapshotSecond(table, file.path);
    return second === null ? [] : [{ ...file, second }];
  });
}

/**
 * Snapshot files that can go: no kept snapshot names them, nor the manifest that lies there now, and they are of a time
 * before the oldest snapshot that is kept, or older than a file of the newest one: whoever wrote them died, or was slower
 * than that one, and its snapshot is discarded.
 */
export async function goneSnapshotFiles(
  store: ByteStore,
  { table, state: { snapshots } }: PublishedTable,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [newest, oldest] = [snapshots[0], snapshots.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  const named = new Set(snapshots.flatMap(({ files }) => files.map(({ path }) => path)));
  const oldestSecond = Math.floor(Date.parse(oldest.takenAt) / 1_000);
  const all = await allSnapshotFiles(store, table, signal);
  const ofNewest = new Set(newest.files.map(({ path }) => path));
  // By the store's own clock, which is the same for every writer.
  const orphanedMs = Math.max(
    Date.parse(newest.takenAt) - limits.retentionMs,
    ...all.filter(({ path }) => ofNewest.has(path)).map(({ modifiedMs }) => modifiedMs),
  );
  const gone = all.filter(
    ({ path, second, modifiedMs }) => !named.has(path) && (second < oldestSecond || modifiedMs < orphanedMs),
  );
  if (gone.length === 0) return [];
  const manifest = Buffer.from((await store.read(ROOT_MODEL, signal)) ?? []).toString('utf8');
  return gone.map(({ path }) => path).filter(path => !manifest.includes(JSON.stringify(store.urlOf(path))));
}
