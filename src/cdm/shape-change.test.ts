import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crateShape, type SqlRow, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import type { ImagePartition } from '../core/commit.ts';
import { emptyState } from '../core/log-state.ts';
import type { PublishedTable, Replica } from '../core/replica.ts';
import { type Column, lakeColumns, type TableShape } from '../core/shape.ts';
import { openCdmReplica } from './replica.ts';

let folder: string;
let engine: Engine;
let lake: MemoryStore;
let replica: Replica;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-cdm-shape-'));
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  lake = new MemoryStore();
  replica = openCdmReplica({ store: lake, engine, tempFolder: folder, newId: counter('temp') });
  return () => lake.close();
});

const sizeColumn = crateShape.columns.find(({ name }) => name === 'size') as Column;

/** The crate with another column, or with another kind of its `size`. */
function changed(change: { readonly added?: string; readonly size?: Column['kind'] }): TableShape {
  const { added, size = sizeColumn.kind } = change;
  const columns = crateShape.columns.map(column => (column.name === 'size' ? { ...column, kind: size } : column));
  const more: Column[] =
    added === undefined
      ? []
      : [{ ...sizeColumn, name: added, property: added, kind: 'string', maxLength: 100, addedLater: true }];
  return { ...crateShape, columns: [...columns, ...more] };
}

async function partition(name: string, changedAt: number): Promise<ImagePartition> {
  const local = join(folder, `${name}-${changedAt}.parquet`);
  const row: SqlRow = {
    Id: `'00000000-0000-0000-0000-00000000${name}'`,
    SinkCreatedOn: "'2024-05-06 07:08:09'",
    SinkModifiedOn: "'2024-05-06 07:08:09'",
    size: '7',
  };
  const file = await writeLakeParquet(engine, { shape: crateShape, rows: [row], path: local });
  const path = `.lakelink/crate/image/${name}-${changedAt}.parquet`;
  await lake.putIfAbsent(path, { bytes: await readFile(local) }, live);
  return { name, changedAt, file: { ...file, path } };
}

function crate(
  partitions: readonly ImagePartition[],
  { shape = crateShape, tail = 5, retypedAt = 0 }: { shape?: TableShape; tail?: number; retypedAt?: number } = {},
): PublishedTable {
  const image = { foldedAt: 5, through: 4, partitions, rowCount: 2 };
  const state = { shape, shapeAt: 1, retypedAt, tail, image, initialSyncCompletedAt: '2024-05-06T07:08:09.000Z' };
  return { table: crateShape.table, state: { ...emptyState(), ...state } };
}

const width = lakeColumns(crateShape).length;
const cells = (path: string) => (lake.text(path) ?? '').trimEnd().split(',');
const namedColumns = () => JSON.parse(lake.text('model.json') ?? '{}').entities[0].attributes.length;
const atSize = lakeColumns(crateShape).findIndex(({ name }) => name === 'size');

describe('after a definition changed', () => {
  test('a partition whose image did not change is written again when a column changed its type', async () => {
    const partitions = [await partition('2024', 5), await partition('2025', 5)];
    await replica.publishTable(crate(partitions), live);
    expect(cells('crate/2024.csv')[atSize]).toBe('7');
    await replica.publishTable(crate(partitions, { shape: changed({ size: 'string' }), tail: 8, retypedAt: 8 }), live);
    expect(cells('crate/2024.csv')[atSize]).toBe('"7"');
    expect(cells('crate/2025.csv')[atSize]).toBe('"7"');
  });

  test('a publisher that has not seen it writes nothing over it (I-3)', async () => {
    const partitions = [await partition('2024', 5)];
    await replica.publishTable(crate(partitions, { shape: changed({ size: 'string' }), tail: 8, retypedAt: 8 }), live);
    await replica.publishTable(crate(partitions), live);
    expect(cells('crate/2024.csv')[atSize]).toBe('"7"');
  });

  test('a column at the end costs no file: what is there stays until its rows change', async () => {
    const partitions = [await partition('2024', 5)];
    await replica.publishTable(crate(partitions), live);
    await replica.publishLink({ sequence: 1, tables: [crate(partitions)] }, live);
    const shape = changed({ added: 'note' });
    await replica.publishTable(crate(partitions, { shape, tail: 8 }), live);
    await replica.publishLink({ sequence: 2, tables: [crate(partitions, { shape, tail: 8 })] }, live);
    expect(cells('crate/2024.csv')).toHaveLength(width);
    expect(namedColumns()).toBe(width + 1);
  });

  test('no file becomes wider than the manifest says, whichever of the two is published first', async () => {
    const before = [await partition('2024', 5)];
    await replica.publishTable(crate(before), live);
    await replica.publishLink({ sequence: 1, tables: [crate(before)] }, live);
    const next = crate([await partition('2024', 9), await partition('2025', 9)], {
      shape: changed({ added: 'note' }),
      tail: 9,
    });
    await replica.publishTable(next, live);
    expect(cells('crate/2024.csv')).toHaveLength(width);
    // No manifest names it yet.
    expect(cells('crate/2025.csv')).toHaveLength(width + 1);
    const linked = lake.handle();
    const other = openCdmReplica({ store: linked, engine, tempFolder: folder, newId: counter('other') });
    await other.publishLink({ sequence: 2, tables: [next] }, live);
    const order = linked.calls.filter(({ operation }) => operation === 'publish').map(({ path }) => path);
    expect(order.slice(-2)).toEqual(['model.json', 'crate/2024.csv']);
    expect(cells('crate/2024.csv')).toHaveLength(width + 1);
    expect(namedColumns()).toBe(width + 1);
  });
});
