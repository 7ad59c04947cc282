import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { Died, MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import type { Image, ImagePartition, Snapshot, SnapshotFile, TableState } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import type { PublishedTable } from '../core/replica.ts';
import { type CdmParts, openCdmReplica } from './replica.ts';
import { openSnapshotWriter } from './snapshots.ts';

const TEN_MS = Date.UTC(2026, 2, 1, 10);
const MINUTE_MS = 60_000;
const second = (ms: number) => Math.floor(ms / 1_000);

let folder: string;
let engine: Engine;
let lake: MemoryStore;
let nowMs = TEN_MS;
const newId = counter('temp');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-snapshots-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  nowMs = TEN_MS;
  lake = new MemoryStore({ clock: { nowMs: () => nowMs } });
  return () => lake.close();
});

function partsOn(store: MemoryStore): CdmParts {
  return { store, engine, tempFolder: folder, newId };
}

function row(id: number, name: string): SqlRow {
  const text = `00000000-0000-0000-0000-${String(id).padStart(12, '0')}`;
  const at = "'2024-05-06 07:08:09'";
  return { Id: `'${text}'`, SinkCreatedOn: at, SinkModifiedOn: at, name: `'${name}'` };
}

/** Puts an image partition, or a file with system columns, into the lake. */
async function partition(
  name: string,
  changedAt: number,
  rows: readonly SqlRow[],
  as: 'image' | 'batch' = 'image',
): Promise<ImagePartition> {
  const local = join(folder, `${newId()}.parquet`);
  const file = await writeLakeParquet(engine, { shape: crateShape, rows, path: local, as });
  const path = `.lakelink/crate/data/${name}-${changedAt}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { name, changedAt, file: { ...file, path } };
}

function crate(partitions: readonly ImagePartition[], changes: Partial<TableState> = {}): PublishedTable {
  const foldedAt = Math.max(2, ...partitions.map(({ changedAt }) => changedAt));
  const image: Image = { foldedAt, through: foldedAt - 1, partitions, rowCount: 0, strategy: 'year' };
  const since = { initialSyncCompletedAt: '2026-01-01T00:00:00.000Z', initialSyncCompletedIn: 1 };
  const state = { ...emptyState(), shape: crateShape, shapeAt: 1, tail: foldedAt, ...since, image, ...changes };
  return { table: crateShape.table, state };
}

function snapshot(files: readonly SnapshotFile[], takenAtMs: number, changes: Partial<Snapshot> = {}): Snapshot {
  const takenAt = new Date(takenAtMs).toISOString();
  return { sequence: second(takenAtMs), takenAt, foldedAt: 2, shapeAt: 1, files, ...changes };
}

/** Takes a snapshot and answers the table as it is after the commit. */
async function taken(table: PublishedTable, { keep = 5, on = lake } = {}): Promise<PublishedTable> {
  const files = await openSnapshotWriter(partsOn(on)).writeSnapshot(table, { takenAtMs: nowMs, signal: live });
  const { image, shapeAt, snapshots } = table.state;
  const append = image?.parts !== undefined;
  const newest = snapshot(files, nowMs, { foldedAt: image?.foldedAt ?? 0, shapeAt, append });
  return { ...table, state: { ...table.state, snapshots: [newest, ...snapshots].slice(0, keep) } };
}

let manifests = 0;
async function shown(tables: readonly PublishedTable[], on = lake): Promise<void> {
  manifests += 1;
  await openCdmReplica(partsOn(on)).publishLink({ sequence: manifests, tables, names: 'snapshots' }, live);
}

const csvPuts = (store: MemoryStore) =>
  store.calls.flatMap(({ operation, path }) =>
    operation === 'putIfAbsent' && path.endsWith('.csv') ? [path.replace('crate/Snapshot/', '')] : [],
  );
const snapshotFiles = () => lake.paths.filter(path => path.includes('/Snapshot/'));
const filesOf = (table: PublishedTable) => table.state.snapshots[0]?.files ?? [];

interface Entity {
  readonly name: string;
  readonly attributes: readonly { readonly name: string }[];
  readonly annotations: readonly { readonly value: string }[];
  readonly partitions: readonly { readonly name: string; readonly location: string }[];
}
const entities = (path = 'model.json'): Entity[] => JSON.parse(lake.text(path) ?? '').entities;

describe('writing a snapshot', () => {
  test('its files are the near real-time ones under names of their own, by partition and second (facts 2.3)', async () => {
    const table = crate([await partition('2024', 5, [row(1, 'a')]), await partition('2025-03', 5, [row(2, 'b')])]);
    await openCdmReplica(partsOn(lake)).publishTable(table, live);
    const files = filesOf(await taken(table));
    const at = second(TEN_MS);
    expect(snapshotFiles()).toEqual([`crate/Snapshot/2024_${at}.csv`, `crate/Snapshot/2025-03_${at}.csv`]);
    expect(files).toEqual([
      expect.objectContaining({ partition: '2024', path: `crate/Snapshot/2024_${at}.csv`, rows: 1, changedAt: 5 }),
      expect.objectContaining({ partition: '2025-03', rows: 1, changedAt: 5 }),
    ]);
    for (const { partition: name, path, bytes } of files) {
      expect(lake.text(path)).toBe(lake.text(`crate/${name}.csv`));
      expect(Buffer.byteLength(lake.text(path) ?? '')).toBe(bytes);
    }
  });

  test('of 24 partitions with one that changed one file is written; the others are named again (cost follows change)', async () => {
    const names = Array.from(
      { length: 24 },
      (_, n) => `${2024 + Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`,
    );
    const partitions = await Promise.all(names.map((name, n) => partition(name, 5, [row(n, 'a')])));
    const first = await taken(crate(partitions));
    nowMs += 60 * MINUTE_MS;
    const changed = partitions.with(7, await partition('2024-08', 9, [row(7, 'b')]));
    const later = lake.handle();
    const second_ = await taken(crate(changed, { snapshots: first.state.snapshots }), { on: later });
    expect(csvPuts(later)).toEqual([`2024-08_${second(nowMs)}.csv`]);
    const [before, after] = [filesOf(first), filesOf(second_)];
    expect(after).toHaveLength(24);
    expect(after.filter(({ path }, n) => path !== before[n]?.path).map(({ partition }) => partition)).toEqual([
      '2024-08',
    ]);
    await later.close();
  });

  test('a name in use takes the next second, whoever has it', async () => {
    const at = second(TEN_MS);
    lake.plant(`crate/Snapshot/2024_${at}.csv`, 'of another');
    const [file] = filesOf(await taken(crate([await partition('2024', 5, [row(1, 'a')])])));
    expect(file?.path).toBe(`crate/Snapshot/2024_${at + 1}.csv`);
    expect(lake.text(`crate/Snapshot/2024_${at}.csv`)).toBe('of another');
  });

  test('a partition whose rows are all gone has a file of zero bytes, a table without rows no file', async () => {
    const [file] = filesOf(await taken(crate([await partition('2024', 5, [])])));
    expect(file).toMatchObject({ bytes: 0, rows: 0 });
    expect(lake.text(file?.path ?? '')).toBe('');
    expect(filesOf(await taken(crate([])))).toEqual([]);
  });

  test('a column that changed its type, another mode, or a file that went away make files be written anew', async () => {
    const partitions = [await partition('2024', 5, [row(1, 'a')])];
    const { snapshots } = (await taken(crate(partitions))).state;
    nowMs += MINUTE_MS;
    const retyped = filesOf(await taken(crate(partitions, { snapshots, retypedAt: 7, shapeAt: 7 })));
    expect(retyped).toMatchObject([{ path: `crate/Snapshot/2024_${second(nowMs)}.csv`, changedAt: 7 }]);
    nowMs += MINUTE_MS;
    const append = snapshots.map(one => ({ ...one, append: true }));
    const other = filesOf(await taken(crate(partitions, { snapshots: append })));
    expect(other).toMatchObject([{ path: `crate/Snapshot/2024_${second(nowMs)}.csv` }]);
    nowMs += MINUTE_MS;
    lake.lose(snapshots[0]?.files[0]?.path ?? '');
    const again = filesOf(await taken(crate(partitions, { snapshots })));
    expect(again).toMatchObject([{ path: `crate/Snapshot/2024_${second(nowMs)}.csv` }]);
  });

  test('a snapshot that fails halfway leaves nothing behind', async () => {
    const table = crate([await partition('2024', 5, [row(1, 'a')]), await partition('2025', 5, [row(2, 'b')])]);
    const full = lake.handle({ script: [{ on: 'putIfAbsent', path: /2025_/, do: 'refuse' }] });
    await expect(taken(table, { on: full })).rejects.toMatchObject({ code: 'store/failed' });
    expect(snapshotFiles()).toEqual([]);
    await full.close();
  });
});

describe('the manifest of a link with snapshots', () => {
  test('the root names the newest snapshot, the table’s own model the near real-time files (facts row 91)', async () => {
    const table = crate([await partition('2024', 5, [row(1, 'a')])]);
    await openCdmReplica(partsOn(lake)).publishTable(table, live);
    const first = await taken(table);
    await shown([first]);
    const locations = (path: string) => entities(path).flatMap(one => one.partitions.map(({ location }) => location));
    expect(locations('model.json')).toEqual([`memory:///crate/Snapshot/2024_${second(TEN_MS)}.csv`]);
    expect(locations('Microsoft.Athena.TrickleFeedService/crate-model.json')).toEqual(['memory:///crate/2024.csv']);
  });

  test('a table without a snapshot yet is InProgress, one without rows is Completed and names no file (PD#3380)', async () => {
    await shown([crate([await partition('2024', 5, [row(1, 'a')])])]);
    const stateOf = () => entities().map(({ annotations, partitions }) => [annotations[1]?.value, partitions.length]);
    expect(stateOf()).toEqual([['InProgress', 0]]);
    const empty = await taken(crate([]));
    await shown([empty]);
    expect(stateOf()).toEqual([['Completed', 0]]);
    nowMs += MINUTE_MS;
    const filled = crate([await partition('2026', 9, [row(1, 'first')])], { snapshots: empty.state.snapshots });
    await shown([await taken(filled)]);
    expect(stateOf()).toEqual([['Completed', 1]]);
  });

  test('a table that was defined in another way since its snapshot stays as it was shown until the next one', async () => {
    const partitions = [await partition('2024', 5, [row(1, 'a')])];
    const first = await taken(crate(partitions));
    await shown([first]);
    const before = entities();
    const columns = crateShape.columns.map(column =>
      column.name === 'pieces' ? { ...column, kind: 'decimal' as const, precision: 2 } : column,
    );
    const retyped = { shape: { ...crateShape, columns }, shapeAt: 8, retypedAt: 8 };
    const table = crate(partitions, { snapshots: first.state.snapshots, ...retyped });
    await shown([table]);
    expect(entities()).toEqual(before);
    await shown([await taken(table)]);
    expect(entities()).not.toEqual(before);
  });

  test('an append-only table is shown with IsDelete exactly while its files have it', async () => {
    const partitions = [await partition('2024', 5, [row(1, 'a')])];
    const first = await taken(crate(partitions));
    const parts = [{ ...(await partition('2024', 8, [row(1, 'a')], 'batch')), deletes: 0 }];
    const image = { foldedAt: 8, through: 7, partitions, rowCount: 1, parts };
    await shown([crate(partitions, { snapshots: first.state.snapshots, writeMode: 'append', image })]);
    const last = () => entities()[0]?.attributes.at(-1)?.name;
    expect(last()).not.toBe('IsDelete');
    const append = crate(partitions, { snapshots: first.state.snapshots, writeMode: 'append', image });
    nowMs += MINUTE_MS;
    await shown([await taken(append)]);
    expect(last()).toBe('IsDelete');
    const width = lake.text(`crate/Snapshot/2024_${second(nowMs)}.csv`)?.split(',').length;
    expect(width).toBe(entities()[0]?.attributes.length);
  });
});

describe('older snapshots', () => {
  /** Snapshots a minute apart, each with 2024 changed and 2025 as it was at first. */
  async function history(count: number): Promise<{ newest: PublishedTable; manifests: Entity[][] }> {
    const quiet = await partition('2025', 5, [row(2, 'quiet')]);
    let newest = crate([]);
    const seen: Entity[][] = [];
    for (let n = 0; n < count; n += 1) {
      const partitions = [await partition('2024', 10 + n, [row(1, `at ${n}`)]), quiet];
      newest = await taken(crate(partitions, { snapshots: newest.state.snapshots }));
      await shown([newest]);
      await openCdmReplica(partsOn(lake)).tidyTable(newest, live);
      seen.push(entities());
      nowMs += MINUTE_MS;
    }
    return { newest, manifests: seen };
  }

  const readable = (manifest: readonly Entity[] | undefined) =>
    (manifest ?? []).flatMap(one =>
      one.partitions.map(({ location }) => lake.text(location.replace('memory:///', ''))),
    );

  test('a reader of the newest five still reads every file as it was; the sixth oldest is gone (facts rows 90, 91)', async () => {
    const { manifests: seen } = await history(6);
    for (const [n, manifest] of seen.slice(1).entries()) {
      expect(readable(manifest)).toEqual([
        expect.stringContaining(`"at ${n + 1}"`),
        expect.stringContaining('"quiet"'),
      ]);
    }
    expect(readable(seen[0])).toEqual([null, expect.stringContaining('"quiet"')]);
    expect(snapshotFiles()).toHaveLength(6);
  });

  test('what a dead writer left goes, foreign files and other tables stay', async () => {
    const { newest } = await history(1);
    const at = second(TEN_MS);
    lake.plant(`crate/Snapshot/2024_${at - 5}.csv`, 'before the oldest that is kept');
    lake.plant(`crate/Snapshot/2025_${at + 5}.csv`, 'died before its commit');
    lake.plant('crate/Snapshot/notes.csv', 'of a person');
    lake.plant(`crates/Snapshot/2024_${at - 5}.csv`, 'of another table');
    await openCdmReplica(partsOn(lake)).tidyTable(newest, live);
    const planted = () => snapshotFiles().filter(path => !filesOf(newest).some(file => file.path === path));
    const foreign = ['crate/Snapshot/notes.csv', `crates/Snapshot/2024_${at - 5}.csv`];
    expect(planted()).toEqual([`crate/Snapshot/2025_${at + 5}.csv`, ...foreign]);
    nowMs += 25 * 60 * MINUTE_MS;
    const later = crate([await partition('2024', 30, [row(1, 'later')])], { snapshots: newest.state.snapshots });
    await openCdmReplica(partsOn(lake)).tidyTable(await taken(later), live);
    expect(planted()).toEqual([...foreign, `crate/Snapshot/2024_${second(nowMs)}.csv`].sort());
  });

  test('what the manifest names stays even if no snapshot does', async () => {
    const { newest } = await history(1);
    const snapshots = [snapshot([], TEN_MS + 90 * MINUTE_MS)];
    const before = snapshotFiles();
    await openCdmReplica(partsOn(lake)).tidyTable({ ...newest, state: { ...newest.state, snapshots } }, live);
    expect(snapshotFiles()).toEqual(before);
  });

  test('a table that leaves takes its snapshots along', async () => {
    const { newest } = await history(2);
    lake.plant('crate/Snapshot/notes.csv', 'of a person');
    await openCdmReplica(partsOn(lake)).withdrawTable(newest.table, live);
    expect(snapshotFiles()).toEqual(['crate/Snapshot/notes.csv']);
  });

  test('killed at any store call, no manifest names a file that is not there, and a restart ends the same (I-1)', async () => {
    const { newest } = await history(5);
    const partitions = [
      await partition('2024', 30, [row(1, 'newer')]),
      ...(newest.state.image?.partitions ?? []).slice(1),
    ];
    const table = crate(partitions, { snapshots: newest.state.snapshots });
    const whole = new Map(
      await Promise.all(lake.paths.map(async path => [path, await lake.read(path, live)] as const)),
    );
    const takeAll = async (store: MemoryStore, sequence: number) => {
      const after = await taken(table, { on: store });
      const replica = openCdmReplica(partsOn(store));
      await replica.publishLink({ sequence, tables: [after], names: 'snapshots' }, live);
      await replica.tidyTable(after, live);
      return after;
    };
    const fresh = async () => {
      const store = new MemoryStore({ clock: { nowMs: () => nowMs } });
      for (const [path, bytes] of whole) if (bytes !== null) await store.putIfAbsent(path, { bytes }, live);
      return store;
    };
    const counted = (await fresh()).handle();
    await takeAll(counted, 1_000);
    const model = counted.text('model.json');
    expect(counted.calls.length).toBeGreaterThan(10);
    for (let call = 1; call <= counted.calls.length; call += 1) {
      for (const fault of ['die', 'apply-then-die'] as const) {
        const store = await fresh();
        const dying = store.handle({ script: [{ call, do: fault }] });
        await takeAll(dying, 1_000).then(
          () => undefined,
          failure => expect(failure).toBeInstanceOf(Died),
        );
        const named = (JSON.parse(store.text('model.json') ?? '').entities as Entity[]).flatMap(one => one.partitions);
        for (const { location } of named) expect(store.paths).toContain(location.replace('memory:///', ''));
        // The commit may have happened or not: it is taken again, a second later.
        nowMs += 1_000;
        const after = await takeAll(store, 1_001);
        nowMs -= 1_000;
        const kept = new Set(after.state.snapshots.flatMap(({ files }) => files.map(({ path }) => path)));
        const left = store.paths.filter(path => path.includes('/Snapshot/') && !kept.has(path));
        // The file that nobody came to name is older than those of the next snapshot.
        expect(left).toEqual([]);
        await Promise.all([store.close(), dying.close()]);
      }
    }
    expect(model).not.toBeNull();
    await counted.close();
  });
});
