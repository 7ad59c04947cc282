import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBatcher } from '../../src/batch/batcher.ts';
import { type Engine, openEngine } from '../../src/batch/duckdb.ts';
import { openCdmReplica } from '../../src/cdm/replica.ts';
import type { Batcher, FoldHistory, LocalFile } from '../../src/core/batcher.ts';
import type { AppendPart, DataFile, ImagePartition, TableState } from '../../src/core/commit.ts';
import { emptyState } from '../../src/core/log-state.ts';
import type { TableShape } from '../../src/core/shape.ts';
import { built, column, countingIds, pageKey } from '../kit/batch-fixtures.ts';
import { expectGolden } from '../kit/golden.ts';
import { crateShape } from '../kit/lake-parquet.ts';
import { counter, live } from '../kit/log-values.ts';
import { MemoryStore } from '../kit/memory-store.ts';

/*
 * From pages of the Web API to the bytes that readers find: no step between is a test's own. README.md beside this file
 * says where each decision is from.
 */

const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;

/** A row as the Web API sends it: JSON texts by property, so that numbers are what they look like. */
function row(digit: number, version: number, properties: Readonly<Record<string, string>>): string {
  const head = {
    '@odata.etag': `"W/\\"${version}\\""`,
    crateid: `"${id(digit)}"`,
    versionnumber: String(version),
  };
  const members = Object.entries({ ...head, ...properties }).map(([name, value]) => `${JSON.stringify(name)}:${value}`);
  return `{${members.join(',')}}`;
}

function deleted(digit: number): string {
  return `{"@odata.context":"https://example.test/$metadata#crates/$deletedEntity","id":"${id(digit)}","reason":"deleted"}`;
}

const LOOKUP = 'Microsoft.Dynamics.CRM.lookuplogicalname';

const filled = {
  name: JSON.stringify('a "quoted", \\'),
  notes: JSON.stringify('line 1\r\nline 2\nline 3\rline 4\u2028end, =1+1 😀'),
  pieces: '-5',
  exchangerate: '"1.000000000001"',
  weight: '"100000000000.0000000001"',
  price: '"922337203685477.5807"',
  length: '1e-7',
  sealed: 'true',
  colour: '2',
  size: '2147483647',
  tags: '"1,2"',
  statecode: '0',
  statuscode: '1',
  _shelfid_value: `"${id(7).toUpperCase()}"`,
  [`_shelfid_value@${LOOKUP}`]: '"shelf"',
  _ownerid_value: `"${id(8)}"`,
  [`_ownerid_value@${LOOKUP}`]: '"team"',
  _buyerid_value: `"${id(9)}"`,
  [`_buyerid_value@${LOOKUP}`]: '"contact"',
  bestbefore: '"2024-02-29"',
  wallclock: '"2024-02-29T23:59:59Z"',
  modifiedon: '"2024-02-29T23:59:59Z"',
  createdon: '"2021-06-28T16:34:35Z"',
  recordtype: '"crate"',
  photo: '"photo.png"',
  ismanaged: '{"Value":true,"CanBeChanged":false}',
};
/** Values at the edges; the last moment of 2021 by UTC. */
const edges = {
  name: '""',
  notes: '"\\u0000 and \\ud800"',
  pieces: '-2147483648',
  exchangerate: '"0"',
  weight: '"-0.5"',
  price: '"-922337203685477.5808"',
  length: '1e21',
  sealed: 'false',
  tags: '""',
  bestbefore: '"1753-01-01"',
  wallclock: '"9999-12-31T23:59:59.123Z"',
  modifiedon: '"1753-01-01T00:00:00.1234567Z"',
  createdon: '"2021-12-31T23:59:59.9999999Z"',
};
/** Neither values nor a date of creation. */
const empty = { name: 'null', createdon: 'null' };

let folder: string;
let engine: Engine;
let batcher: Batcher;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-golden-'));
  // One thread, so that lines come in one order: readers are promised none for tables in place.
  engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 1 });
  batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
});
afterAll(async () => {
  await batcher.close();
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

interface Taken {
  readonly path: string;
  readonly sequence: number;
  readonly epoch: number;
}

/** A table between its log and its readers; sequences, times and names of files are its own. */
class GoldenTable implements AsyncDisposable {
  readonly lake = new MemoryStore();
  readonly #newName = counter('data');
  readonly #replica = openCdmReplica({ store: this.lake, engine, tempFolder: folder, newId: counter('golden') });
  #state: TableState;
  #pages = 0;
  #taken: Taken[] = [];

  constructor(state: Pick<TableState, 'writeMode' | 'partitionStrategy'>) {
    const shapeAt = 2;
    this.#state = { ...emptyState(), ...state, shape: crateShape, shapeAt, tail: shapeAt };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lake.close();
  }

  /** The files that readers find. */
  get files(): ReadonlyMap<string, string> {
    return new Map([...this.lake.snapshot()].filter(([path]) => !path.startsWith('.lakelink/')));
  }

  /** What changes another definition makes. */
  describe(shape: TableShape): void {
    const tail = this.#state.tail + 1;
    this.#state = { ...this.#state, shape, shapeAt: tail, tail };
  }

  /** Takes a page of rows in, as of a moment. `highWater`: the version that deletes take. */
  async take(rows: readonly string[], { at, highWater = 0 }: { readonly at: string; readonly highWater?: number }) {
    this.#pages += 1;
    const path = join(folder, `page-${this.#pages}.json`);
    await writeFile(path, `[${rows.join(',')}]`);
    const { size: bytes } = await stat(path);
    const request = {
      shape: this.#state.shape ?? crateShape,
      page: { key: pageKey(), path, bytes, next: null, delta: null },
      chain: [],
      epoch: 0,
      sinkAt: new Date(at),
      deleteVersion: String(highWater),
      settled: null,
    };
    const { file } = built(await batcher.build(request, live));
    const tail = this.#state.tail + 1;
    const stored = await this.#put(file);
    this.#taken.push({ path: await this.lake.localFile(stored.path, live), sequence: tail, epoch: 0 });
    this.#state = {
      ...this.#state,
      tail,
      initialSyncCompletedAt: '2024-03-09T13:02:03.456Z',
      initialSyncCompletedIn: 0,
    };
  }

  async fold(partBytesMax?: number): Promise<void> {
    const { shape, image, partitionStrategy, writeMode, tail: through } = this.#state;
    const changedAt = through + 1;
    const local = async ({ name, file }: ImagePartition) => ({
      name,
      path: await this.lake.localFile(file.path, live),
    });
    const parts =
      image?.parts &&
      (await Promise.all(image.parts.map(async part => ({ ...part, rows: part.file.rows, ...(await local(part)) }))));
    const history: FoldHistory = { keep: 'parts', parts: parts ?? null };
    const result = await batcher.fold(
      {
        shape: shape ?? crateShape,
        image: await Promise.all((image?.partitions ?? []).map(local)),
        batches: this.#taken,
        partitionStrategy,
        ...(partBytesMax === undefined ? {} : { partBytesMax }),
        ...(writeMode === 'append' ? { history } : {}),
      },
      live,
    );
    const partitions = new Map((image?.partitions ?? []).map(partition => [partition.name, partition]));
    for (const { name, file } of result.changed) partitions.set(name, { name, changedAt, file: await this.#put(file) });
    const kept = new Map((image?.parts ?? []).map(part => [part.name, part]));
    for (const { name, file, deletes } of result.parts)
      kept.set(name, { name, changedAt, file: await this.#put(file), deletes });
    this.#taken = [];
    this.#state = {
      ...this.#state,
      tail: changedAt,
      image: {
        foldedAt: changedAt,
        through,
        rowCount: result.rowCount,
        partitions: [...partitions.values()],
        ...(writeMode === 'append' ? { parts: [...kept.values()] satisfies AppendPart[] } : {}),
      },
    };
  }

  async publish(): Promise<void> {
    const table = { table: crateShape.table, state: this.#state };
    await this.#replica.publishTable(table, live);
    await this.#replica.publishLink({ sequence: this.#state.tail, tables: [table] }, live);
  }

  async #put(file: LocalFile): Promise<DataFile> {
    const path = `.lakelink/crate/data/${this.#newName()}.parquet`;
    await this.lake.putIfAbsent(path, { file: file.path }, live);
    return { path, bytes: file.bytes, sha256: file.sha256, rows: file.rows };
  }
}

const first = { at: '2024-03-09T12:59:58.900Z' };
const second = { at: '2024-03-10T00:00:00.000Z' };

test('a table in place, by month, is to the byte what the repository holds', async () => {
  await using table = new GoldenTable({ writeMode: 'in-place', partitionStrategy: 'month' });
  await table.take([row(1, 10, filled), row(2, 11, edges), row(3, 12, empty), row(4, 13, edges)], first);
  await table.fold();
  await table.take([row(1, 20, { ...filled, name: '"the second version"' }), deleted(4)], { ...second, highWater: 13 });
  await table.fold();
  await table.publish();
  await expectGolden(join(import.meta.dirname, 'in-place'), table.files);
});

test('an append-only table, by year, with a column that came later and a file that goes on, is to the byte what the repository holds', async () => {
  await using table = new GoldenTable({ writeMode: 'append', partitionStrategy: 'year' });
  await table.take([row(1, 10, filled), row(2, 11, edges), row(3, 12, empty)], first);
  await table.fold();
  await table.publish();
  const motto = { ...column('motto', 'string', { maxLength: 20 }), addedLater: true };
  table.describe({ ...crateShape, columns: [...crateShape.columns, motto] });
  await table.take([row(1, 20, { ...filled, motto: '"festina lente"' }), row(3, 21, empty)], second);
  // The newest version there is, so that the delete takes the same: the sink date tells them apart.
  await table.take([deleted(3), deleted(2)], { at: '2024-03-10T12:00:01.000Z', highWater: 21 });
  await table.fold(600);
  await table.publish();
  await expectGolden(join(import.meta.dirname, 'append-only'), table.files);
});

test('a memo of 100,001 characters is whole in both', async () => {
  const long = `${'é'.repeat(100_000)}"`;
  for (const writeMode of ['in-place', 'append'] as const) {
    await using table = new GoldenTable({ writeMode, partitionStrategy: 'year' });
    await table.take([row(1, 10, { notes: JSON.stringify(long), createdon: '"2021-06-28T16:34:35Z"' })], first);
    await table.fold();
    await table.publish();
    expect(table.files.get('crate/2021.csv')).toContain(`"${'é'.repeat(100_000)}"""`);
  }
});
