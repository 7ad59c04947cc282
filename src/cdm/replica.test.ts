import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { Died, MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import type { AppendPart, Image, ImagePartition, TableState } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import type { PublishedTable, Replica } from '../core/replica.ts';
import { openCdmReplica } from './replica.ts';

let folder: string;
let engine: Engine;
let lake: MemoryStore;
const newId = counter('temp');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-cdm-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  lake = new MemoryStore();
  return () => lake.close();
});

function replicaOn(store: MemoryStore): Replica {
  return openCdmReplica({ store, engine, tempFolder: folder, newId });
}

/** Puts an image partition into the lake. `ids` are single hex digits. */
async function partition(name: string, changedAt: number, ids: string): Promise<ImagePartition> {
  const local = join(folder, `${name}-${changedAt}.parquet`);
  const rows = [...ids].map(
    (id): SqlRow => ({
      Id: `'00000000-0000-0000-0000-00000000000${id}'`,
      SinkCreatedOn: "'2024-05-06 07:08:09'",
      SinkModifiedOn: "'2024-05-06 07:08:09'",
      name: `'at ${changedAt}'`,
    }),
  );
  const file = await writeLakeParquet(engine, { shape: crateShape, rows, path: local });
  const path = `.lakelink/crate/image/${name}-${changedAt}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { name, changedAt, file: { ...file, path } };
}

/** Puts a part of an append-only table into the lake: a row and, after it, a delete of the same id. */
async function part(name: string, changedAt: number, id: string): Promise<AppendPart> {
  const local = join(folder, `part-${name}-${changedAt}.parquet`);
  const row = (second: number): SqlRow => ({
    Id: `'00000000-0000-0000-0000-00000000000${id}'`,
    SinkCreatedOn: `'2024-05-06 07:08:0${second}'`,
    SinkModifiedOn: `'2024-05-06 07:08:0${second}'`,
  });
  const rows: SqlRow[] = [
    { ...row(2), __version: '7', __deleted: 'true' },
    { ...row(1), name: `'at ${changedAt}'`, versionnumber: '7', __version: '7' },
  ];
  const file = await writeLakeParquet(engine, { shape: crateShape, rows, path: local, as: 'batch' });
  const path = `.lakelink/crate/image/part-${name}-${changedAt}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { name, changedAt, file: { ...file, path }, deletes: 1 };
}

function crate(
  state: Partial<TableState> & {
    readonly partitions?: readonly ImagePartition[];
    readonly parts?: Image['parts'];
    readonly strategy?: Image['strategy'];
  } = {},
): PublishedTable {
  const { partitions, parts, strategy, ...rest } = state;
  const foldedAt = Math.max(0, ...[...(partitions ?? []), ...(parts ?? [])].map(({ changedAt }) => changedAt));
  const held = { foldedAt, through: foldedAt - 1, partitions: partitions ?? [], rowCount: 0 };
  const image: Image | null =
    partitions === undefined && parts === undefined
      ? null
      : { ...held, ...(parts === undefined ? {} : { parts }), ...(strategy === undefined ? {} : { strategy }) };
  const base = { ...emptyState(), shape: crateShape, shapeAt: 1, initialSyncCompletedAt: '2024-05-06T07:08:09.000Z' };
  return { table: crateShape.table, state: { ...base, tail: foldedAt, image, ...rest } };
}

const published = () => [...lake.snapshot()].filter(([path]) => !path.startsWith('.lakelink/'));
const publishCalls = (store: MemoryStore) => store.calls.filter(({ operation }) => operation === 'publish');

describe('a table in the lake', () => {
  test('publishing writes its partitions, its model and its metadata; again it writes nothing (I-1)', async () => {
    const table = crate({ partitions: [await partition('2024', 5, '21'), await partition('2025', 5, '3')] });
    const written = await replicaOn(lake).publishTable(table, live);
    expect(published().map(([path]) => path)).toEqual([
      'Microsoft.Athena.TrickleFeedService/crate-EntityMetadata.json',
      'Microsoft.Athena.TrickleFeedService/crate-model.json',
      'crate/2024.csv',
      'crate/2025.csv',
    ]);
    expect(written.files).toBe(4);
    expect(written.bytes).toBe(published().reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0));
    const before = lake.snapshot();
    const again = lake.handle();
    expect(await replicaOn(again).publishTable(table, live)).toEqual({ files: 0, bytes: 0 });
    expect(publishCalls(again)).toEqual([]);
    expect(lake.snapshot()).toEqual(before);
  });

  test('only the partition that changed is rewritten', async () => {
    const [old, unchanged] = [await partition('2024', 5, '1'), await partition('2025', 5, '3')];
    await replicaOn(lake).publishTable(crate({ partitions: [old, unchanged] }), live);
    const next = lake.handle();
    const table = crate({ partitions: [await partition('2024', 8, '12'), unchanged] });
    await replicaOn(next).publishTable(table, live);
    expect(publishCalls(next).map(({ path }) => path)).toEqual([
      'crate/2024.csv',
      'Microsoft.Athena.TrickleFeedService/crate-model.json',
      'Microsoft.Athena.TrickleFeedService/crate-EntityMetadata.json',
    ]);
    expect(lake.text('crate/2024.csv')?.match(/"at 8"/g)).toHaveLength(2);
  });

  test('commits that bring only rows write nothing', async () => {
    const partitions = [await partition('2024', 5, '1')];
    await replicaOn(lake).publishTable(crate({ partitions, tail: 5 }), live);
    const next = lake.handle();
    await replicaOn(next).publishTable(crate({ partitions, tail: 9 }), live);
    expect(publishCalls(next)).toEqual([]);
  });

  test('a stale publisher changes nothing (I-3)', async () => {
    const stale = crate({ partitions: [await partition('2024', 5, '1')] });
    const fresh = crate({ partitions: [await partition('2024', 8, '2'), await partition('2025', 8, '3')] });
    await replicaOn(lake).publishTable(fresh, live);
    await replicaOn(lake).publishLink({ sequence: 2, tables: [fresh] }, live);
    const before = lake.snapshot();
    await replicaOn(lake).publishTable(stale, live);
    await replicaOn(lake).publishLink({ sequence: 1, tables: [stale] }, live);
    expect(lake.snapshot()).toEqual(before);
  });

  test('a publisher that falls behind while it renders changes nothing (I-3)', async () => {
    const stale = crate({ partitions: [await partition('2024', 5, '1')] });
    const fresh = crate({ partitions: [await partition('2024', 8, '2')] });
    const slow = lake.handle({ script: [{ on: 'publish', path: /2024/, do: 'hold' }] });
    const late = replicaOn(slow).publishTable(stale, live);
    await expect.poll(() => slow.heldCalls).toBe(1);
    await replicaOn(lake).publishTable(fresh, live);
    const before = lake.snapshot();
    slow.release();
    expect((await late).files).toBe(0);
    expect(lake.snapshot()).toEqual(before);
  });

  test('until the initial sync is complete readers get the definition and no rows (R: readers skip unfinished tables)', async () => {
    const partitions = [await partition('2024', 5, '1')];
    await replicaOn(lake).publishTable(crate({ partitions, initialSyncCompletedAt: null }), live);
    expect(lake.text('crate/2024.csv')).toBeNull();
    expect(lake.text('Microsoft.Athena.TrickleFeedService/crate-model.json')).toContain('"InProgress"');
    await replicaOn(lake).publishTable(crate({ partitions, tail: 7 }), live);
    expect(lake.text('Microsoft.Athena.TrickleFeedService/crate-model.json')).toContain('"Completed"');
    expect(lake.text('crate/2024.csv')).not.toBeNull();
  });

  test('a table without rows is Completed, names no partitions and has no partition files', async () => {
    await replicaOn(lake).publishLink({ sequence: 1, tables: [crate()] }, live);
    const [entity] = JSON.parse(lake.text('model.json') ?? '').entities;
    expect(entity.partitions).toEqual([]);
    expect(entity.annotations[1].value).toBe('Completed');
  });

  test('a partition that became empty keeps a file of zero rows while it is named', async () => {
    const table = crate({ partitions: [await partition('2024', 5, '')] });
    await replicaOn(lake).publishLink({ sequence: 1, tables: [table] }, live);
    expect(lake.text('crate/2024.csv')).toBe('');
    expect(JSON.parse(lake.text('model.json') ?? '').entities[0].partitions[0].location).toBe(
      'memory:///crate/2024.csv',
    );
  });

  test('a table that leaves takes its files along and no other table is touched', async () => {
    const table = crate({ partitions: [await partition('2024', 5, '1')] });
    await replicaOn(lake).publishTable(table, live);
    lake.plant('crateful/2024.csv', 'another table');
    lake.plant('crate/2024 of last week.csv', 'a copy that somebody made');
    await replicaOn(lake).withdrawTable(table.table, live);
    expect(published().map(([path]) => path)).toEqual(['crate/2024 of last week.csv', 'crateful/2024.csv']);
  });
});

describe('an append-only table in the lake', () => {
  const modelOf = (text: string | null) => JSON.parse(text ?? '').entities[0];
  const namesIn = (text: string | null) => modelOf(text).partitions.map(({ name }: { name: string }) => name);

  test('its files are its parts, with IsDelete, and the manifest says so', async () => {
    const parts = [await part('2018', 5, '1'), await part('2018_001', 5, '2')];
    const partitions = [await partition('2018', 5, '12')];
    const table = crate({ partitions, parts, writeMode: 'append' });
    await replicaOn(lake).publishTable(table, live);
    await replicaOn(lake).publishLink({ sequence: 1, tables: [table] }, live);
    expect(lake.text('crate/2018.csv')?.match(/at 5/g)).toHaveLength(1);
    expect(
      lake
        .text('crate/2018_001.csv')
        ?.trimEnd()
        .split('\n')
        .map(line => line.endsWith(',True')),
    ).toEqual([false, true]);
    const model = lake.text('model.json');
    expect(namesIn(model)).toEqual(['2018', '2018_001']);
    expect(modelOf(model).attributes.at(-1).name).toBe('IsDelete');
    const metadata = JSON.parse(lake.text('Microsoft.Athena.TrickleFeedService/crate-EntityMetadata.json') ?? '');
    expect(metadata.AttributeMetadata.at(-1)).toMatchObject({ AttributeName: 'IsDelete', AttributeType: 'Boolean' });
  });

  test('only the part that grew is written again, and all after a column changed its type', async () => {
    const full = await part('2018', 5, '1');
    const before = crate({ parts: [full, await part('2018_001', 5, '2')] });
    await replicaOn(lake).publishTable(before, live);
    const next = lake.handle();
    const parts = [full, await part('2018_001', 8, '3')];
    await replicaOn(next).publishTable(crate({ parts }), live);
    const csvCalls = (store: MemoryStore) =>
      publishCalls(store)
        .flatMap(({ path }) => (path.startsWith('crate/') ? [path] : []))
        .sort();
    expect(csvCalls(next)).toEqual(['crate/2018_001.csv']);
    const last = lake.handle();
    await replicaOn(last).publishTable(crate({ parts, retypedAt: 9, shapeAt: 9, tail: 9 }), live);
    expect(csvCalls(last)).toEqual(['crate/2018.csv', 'crate/2018_001.csv']);
  });

  test('a new mode or strategy is shown only once the image follows it', async () => {
    const partitions = [await partition('2018', 5, '1')];
    const chosen = { writeMode: 'append', partitionStrategy: 'month' } as const;
    const table = crate({ partitions, strategy: 'year', ...chosen });
    await replicaOn(lake).publishLink({ sequence: 1, tables: [table] }, live);
    const entity = modelOf(lake.text('model.json'));
    expect(entity.attributes.at(-1).name).not.toBe('IsDelete');
    expect(entity.annotations[0].value).toBe('Year');
  });

  test('after another strategy the files of the one before go, once readers are led to the new ones', async () => {
    const byYear = crate({ partitions: [await partition('2018', 5, '1')] });
    await replicaOn(lake).publishTable(byYear, live);
    const byMonth = crate({ partitions: [await partition('2018-03', 8, '1')] });
    await replicaOn(lake).publishTable(byMonth, live);
    lake.plant('crate/9999.csv', 'of someone else');
    lake.plant('crate/notes.csv', 'no partition');
    lake.plant('crateful/2018.csv', 'of another table');
    await replicaOn(lake).tidyTable(byMonth, live);
    expect(published().flatMap(([path]) => (path.endsWith('.csv') ? [path] : []))).toEqual([
      'crate/2018-03.csv',
      'crate/9999.csv',
      'crate/notes.csv',
      'crateful/2018.csv',
    ]);
  });

  test('who tidies by an older state takes nothing that a newer one names (I-3)', async () => {
    const older = crate({ partitions: [await partition('2018', 5, '1')] });
    const newer = crate({ partitions: [await partition('2018-03', 8, '1')] });
    await replicaOn(lake).publishTable(older, live);
    await replicaOn(lake).publishTable(newer, live);
    await replicaOn(lake).tidyTable(older, live);
    expect(lake.text('crate/2018-03.csv')).not.toBeNull();
    await replicaOn(lake).tidyTable(crate({ initialSyncCompletedAt: null, partitions: [] }), live);
    expect(lake.text('crate/2018.csv')).not.toBeNull();
  });
});

describe('the root model.json', () => {
  test('killed at any store call, a publisher leaves no name without its file, and the next one completes (I-1)', async () => {
    const table = crate({ partitions: [await partition('2024', 5, '1'), await partition('2025', 5, '2')] });
    const start = lake.handle();
    await replicaOn(start).publishLink({ sequence: 1, tables: [table] }, live);
    const whole = lake.snapshot();
    const callCount = start.calls.length;
    expect(callCount).toBeGreaterThan(15);
    for (let call = 1; call <= callCount; call += 1) {
      for (const fault of ['die', 'apply-then-die'] as const) {
        const fresh = new MemoryStore();
        for (const [path, text] of whole) if (path.startsWith('.lakelink/')) fresh.plant(path, text);
        for (const { file } of table.state.image?.partitions ?? []) {
          const bytes = await lake.read(file.path, live);
          if (bytes === null) throw new Error('the image is gone');
          fresh.lose(file.path);
          await fresh.putIfAbsent(file.path, { bytes }, live);
        }
        const dying = fresh.handle({ script: [{ call, do: fault }] });
        await expect(replicaOn(dying).publishLink({ sequence: 1, tables: [table] }, live)).rejects.toThrow(Died);
        expectNamedFilesExist(fresh);
        await replicaOn(fresh).publishLink({ sequence: 1, tables: [table] }, live);
        expect(fresh.snapshot()).toEqual(whole);
        await Promise.all([fresh.close(), dying.close()]);
      }
    }
    await start.close();
  });

  test('a table without a definition yet is left out', async () => {
    await replicaOn(lake).publishLink({ sequence: 1, tables: [crate({ shape: null })] }, live);
    expect(JSON.parse(lake.text('model.json') ?? '').entities).toEqual([]);
  });

  test('an abort leaves nothing behind', async () => {
    const table = crate({ partitions: [await partition('2024', 5, '1')] });
    const aborted = AbortSignal.abort();
    await expect(replicaOn(lake).publishTable(table, aborted)).rejects.toThrow();
    expect(published()).toEqual([]);
  });
});

function expectNamedFilesExist(store: MemoryStore): void {
  const model = store.text('model.json');
  if (model === null) return;
  const paths = store.paths;
  for (const entity of JSON.parse(model).entities) {
    for (const { location } of entity.partitions) expect(paths).toContain(location.replace('memory:///', ''));
  }
}
