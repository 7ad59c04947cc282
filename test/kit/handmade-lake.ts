import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { EntryBody } from '../../src/core/commit.ts';
import type { Cursor } from '../../src/core/cursor.ts';
import { appendColumns, type LakeColumn, lakeColumns, type TableShape } from '../../src/core/shape.ts';

/** A row as texts that SQL can cast to the columns' types; what is missing is null. */
export interface TextRow {
  readonly [column: string]: string | null;
}

/** A row of a batch or image: its version, and whether it is a delete. */
export interface PlacedRow {
  readonly cells: TextRow;
  readonly version: number;
  readonly deleted?: boolean;
}

const FEED = 'Microsoft.Athena.TrickleFeedService';
const OPTION_SETS = ['Optionset', 'GlobalOptionset', 'State', 'Status', 'Target'];

/** A lake of one table in a temporary folder, written by hand: no code of the product's writers is in it. */
export class HandmadeLake implements AsyncDisposable {
  readonly root: string;
  #shape: TableShape;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #sequence = 0;
  #foldedAt = 0;
  #shapeAt = 0;
  #files = 0;
  #delta = 0;
  #cursor: Cursor = { at: 'start' };

  private constructor(parts: {
    root: string;
    shape: TableShape;
    instance: DuckDBInstance;
    connection: DuckDBConnection;
  }) {
    this.root = parts.root;
    this.#shape = parts.shape;
    this.#instance = parts.instance;
    this.#connection = parts.connection;
  }

  static async create(shape: TableShape): Promise<HandmadeLake> {
    const root = await mkdtemp(join(tmpdir(), 'lakelink-handmade-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    const lake = new HandmadeLake({ root, shape, instance, connection });
    await lake.#commit({ kind: 'mode', partitionStrategy: 'year' });
    await lake.commitShape(shape);
    return lake;
  }

  async commitShape(shape: TableShape): Promise<void> {
    this.#shape = shape;
    await this.#commit({ kind: 'shape', shape });
    this.#shapeAt = this.#sequence;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.root, { recursive: true, force: true });
  }

  /** Commits a batch as one completed delta; without rows only the cursor moves. */
  async commitRows(rows: readonly PlacedRow[], { highWater }: { readonly highWater: number }): Promise<void> {
    this.#delta += 1;
    const file = rows.length === 0 ? null : await this.#write(rows, 'batch');
    const nextCursor: Cursor = { at: 'running', delta: `d${this.#delta}`, next: null };
    await this.#commit({
      kind: 'rows',
      batch: file === null ? null : { ...file, deletes: rows.filter(row => row.deleted === true).length },
      prevCursor: this.#cursor,
      nextCursor,
      highWater: String(highWater),
      sinkAt: '2026-01-01T00:00:00.000Z',
      repaired: 0,
      quarantined: [],
    });
    this.#cursor = nextCursor;
  }

  /** Commits an image of one partition, `2024`, that holds every batch so far; with parts as an append-only table's. */
  async commitFold(
    rows: readonly PlacedRow[],
    { parts }: { readonly parts?: Readonly<Record<string, readonly PlacedRow[]>> } = {},
  ): Promise<void> {
    const through = this.#sequence;
    const changedAt = this.#sequence + 1;
    const file = await this.#write(rows, 'image');
    const kept = await Promise.all(
      Object.entries(parts ?? {}).map(async ([name, versions]) => ({
        name,
        changedAt,
        file: await this.#write(versions, 'batch'),
        deletes: versions.filter(row => row.deleted === true).length,
      })),
    );
    const partitions = [{ name: '2024', changedAt, file }];
    const history = parts === undefined ? {} : { parts: kept };
    await this.#commit({ kind: 'fold', through, partitions, rowCount: rows.length, ...history });
    this.#foldedAt = this.#sequence;
  }

  /** Publishes the given CSV text as partition 2024, and everything that stands beside it. */
  async publish(csv: string): Promise<void> {
    await this.#publishFiles({ 2024: csv }, lakeColumns(this.#shape));
  }

  /** Publishes the given CSV texts as files of an append-only table. */
  async publishParts(files: Readonly<Record<string, string>>): Promise<void> {
    await this.#publishFiles(files, appendColumns(this.#shape));
  }

  /**
   * Puts the given CSV texts as files of a snapshot, commits it unless told, and has the root manifest name it; the table's
   * own stays as it is. By partition; `changedAt` is the newest fold's.
   */
  async publishSnapshot(
    files: Readonly<Record<string, string>>,
    {
      committed = files,
      rows = 2,
    }: { readonly committed?: Readonly<Record<string, string>>; readonly rows?: number } = {},
  ): Promise<void> {
    const { table } = this.#shape;
    const pathOf = (name: string) => `${table}/Snapshot/${name}_1772359200.csv`;
    for (const [name, csv] of Object.entries(files)) await this.write(pathOf(name), csv);
    await this.#commit({
      kind: 'snapshot',
      takenAt: '2026-03-01T10:00:00.000Z',
      foldedAt: this.#foldedAt,
      shapeAt: this.#shapeAt,
      keep: 5,
      append: false,
      files: Object.entries(committed).map(([partition, csv]) => ({
        partition,
        path: pathOf(partition),
        bytes: Buffer.byteLength(csv),
        rows,
        changedAt: this.#foldedAt,
      })),
    });
    await this.write('model.json', modelText(this.root, { shape: this.#shape, names: Object.keys(files), pathOf }));
  }

  async #publishFiles(files: Readonly<Record<string, string>>, columns: readonly LakeColumn[]): Promise<void> {
    const { table } = this.#shape;
    const pathOf = (name: string) => `${table}/${name}.csv`;
    const model = modelText(this.root, { shape: this.#shape, columns, names: Object.keys(files), pathOf });
    for (const [name, csv] of Object.entries(files)) await this.write(`${table}/${name}.csv`, csv);
    await this.write('model.json', model);
    await this.write(`${FEED}/${table}-model.json`, model);
    await this.write(`${FEED}/${table}-EntityMetadata.json`, '{}');
    for (const name of OPTION_SETS) await this.write(`OptionsetMetadata/${name}Metadata.csv`, '');
  }

  async write(path: string, text: string): Promise<void> {
    const target = join(this.root, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  async #commit(body: EntryBody): Promise<void> {
    this.#sequence += 1;
    const head = {
      format: 1,
      sequence: this.#sequence,
      at: '2026-01-01T00:00:00.000Z',
      nonce: `nonce-of-${this.#sequence}`,
      epoch: 0,
      generation: 1,
    };
    const name = String(this.#sequence).padStart(20, '0');
    await this.write(`.lakelink/${this.#shape.table}/log/${name}.json`, JSON.stringify({ ...head, ...body }));
  }

  async #write(rows: readonly PlacedRow[], as: 'batch' | 'image') {
    this.#files += 1;
    const path = `.lakelink/${this.#shape.table}/data/file-${this.#files}.parquet`;
    const target = join(this.root, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    const lines = rows.map(({ cells, version, deleted }) =>
      JSON.stringify({ ...cells, __version: String(version), __epoch: '0', __deleted: String(deleted === true) }),
    );
    const source = `${target}.json`;
    await writeFile(source, `${lines.join('\n')}\n`);
    const columns = [
      ...lakeColumns(this.#shape).map(({ name, sqlType }) => ({ name, sqlType })),
      { name: '__version', sqlType: 'BIGINT' },
      { name: '__epoch', sqlType: 'INTEGER' },
      ...(as === 'batch' ? [{ name: '__deleted', sqlType: 'BOOLEAN' }] : []),
    ];
    const texts = columns.map(({ name }) => `"${name}": 'VARCHAR'`).join(', ');
    const casts = columns.map(({ name, sqlType }) => `CAST("${name}" AS ${sqlType}) AS "${name}"`).join(', ');
    await this.#connection.run(
      `COPY (SELECT ${casts} FROM read_json('${source}', format = 'newline_delimited', columns = {${texts}})) TO '${target}' (FORMAT parquet)`,
    );
    await rm(source);
    const bytes = await readFile(target);
    return {
      path,
      bytes: bytes.byteLength,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      rows: rows.length,
    };
  }
}

function modelText(
  root: string,
  {
    shape,
    columns = lakeColumns(shape),
    names,
    pathOf,
  }: {
    readonly shape: TableShape;
    readonly columns?: readonly LakeColumn[];
    readonly names: readonly string[];
    readonly pathOf: (name: string) => string;
  },
): string {
  const { table } = shape;
  const partitions = names.map(name => ({
    name,
    location: pathToFileURL(join(root, ...pathOf(name).split('/'))).href,
  }));
  const attributes = columns.map(({ name, modelType, maxLength }) => ({ name, dataType: modelType, maxLength }));
  const entity = { $type: 'LocalEntity', name: table, description: table, annotations: [], attributes };
  return JSON.stringify({ name: 'cdm', description: 'cdm', version: '1.0', entities: [{ ...entity, partitions }] });
}
