import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBatcher } from '../../src/batch/batcher.ts';
import { type Engine, openEngine } from '../../src/batch/duckdb.ts';
import { literal } from '../../src/batch/sql.ts';
import type { Batcher, FoldPart, FoldPartition, FoldResult, MergeBatch } from '../../src/core/batcher.ts';
import type { PartitionStrategy } from '../../src/core/commit.ts';
import type { TableShape } from '../../src/core/shape.ts';
import { column, countingIds, fileRows, guid, shapeOf } from './batch-fixtures.ts';

/** What a batch says of an id. */
export interface Word {
  readonly id: number;
  readonly version: number;
  readonly deleted?: boolean;
  /** Day of createdon, `2024-03-31`; null for none. */
  readonly day?: string | null;
  readonly name?: string;
  /** The row's own version where it was lifted over a delete. */
  readonly own?: number;
}

export interface WordBatch {
  readonly epoch: number;
  readonly words: readonly Word[];
}

/** A version or delete as a file has it. */
export interface KeptRow {
  readonly file: string;
  readonly id: number;
  readonly version: number;
  readonly epoch: number;
  readonly deleted: boolean;
  /** Moment of SinkModifiedOn, as text. */
  readonly sink: string;
  readonly day: string | null;
}

export interface FoldOptions {
  readonly strategy?: PartitionStrategy;
  readonly partBytesMax?: number;
  readonly keep?: 'parts' | 'changes';
  readonly shape?: TableShape;
}

export const foldShape = shapeOf([column('name', 'string'), column('createdon', 'datetime')]);

/** A batcher on an engine of its own, for tests of folds. */
export class FoldWorld {
  readonly engine: Engine;
  readonly batcher: Batcher;
  readonly folder: string;
  #made = 0;

  private constructor(folder: string, engine: Engine, batcher: Batcher) {
    this.folder = folder;
    this.engine = engine;
    this.batcher = batcher;
  }

  static async open(): Promise<FoldWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'lakelink-fold-'));
    const engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 2 });
    const batcher = await openBatcher({ engine, folder: join(folder, 'batch'), newId: countingIds() });
    return new FoldWorld(folder, engine, batcher);
  }

  async close(): Promise<void> {
    await this.batcher.close();
    this.engine.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  run(sql: string) {
    return this.engine.session(session => session.runAll(sql));
  }

  /** A change batch as `Batcher.build` writes it; each is a second later than the one before. */
  async batch({ epoch, words }: WordBatch): Promise<Omit<MergeBatch, 'sequence'>> {
    this.#made += 1;
    const path = join(this.folder, `batch-${this.#made}.parquet`);
    const sink = `TIMESTAMP '2024-06-01 00:00:00' + INTERVAL ${this.#made} SECOND`;
    const rows = words.map(({ id, version, deleted = false, day = null, name = null, own = version }) => {
      const values = deleted
        ? ['NULL', 'NULL', 'NULL', 'NULL']
        : [
            literal(guid(id)),
            name === null ? 'NULL' : literal(name),
            day === null ? 'NULL' : literal(`${day} 23:59:59+00`),
            own,
          ];
      return `(${[literal(guid(id)), ...values, version, deleted].join(', ')})`;
    });
    const columns =
      `"Id"::UUID AS "Id", ${sink} AS "SinkCreatedOn", ${sink} AS "SinkModifiedOn", accountid::UUID AS accountid, ` +
      `name::VARCHAR AS name, createdon::TIMESTAMPTZ AS createdon, versionnumber::BIGINT AS versionnumber, ` +
      `version::BIGINT AS __version, ${epoch}::INTEGER AS __epoch, deleted::BOOLEAN AS __deleted`;
    const from = `(VALUES ${rows.join(', ')}) t("Id", accountid, name, createdon, versionnumber, version, deleted)`;
    await this.run(`SET TimeZone = 'UTC'; COPY (SELECT ${columns} FROM ${from}) TO ${literal(path)} (FORMAT parquet)`);
    return { path, epoch };
  }

  /** Every row of the files. */
  async rowsOf(files: readonly { readonly name: string; readonly path: string }[]): Promise<KeptRow[]> {
    if (files.length === 0) return [];
    const all = files.map(({ name, path }) => `SELECT ${literal(name)} AS file, * FROM ${fileRows(foldShape, path)}`);
    const rows = await this.run(
      `SELECT file, "Id"::VARCHAR AS id, __version::INTEGER AS version, versionnumber::INTEGER AS shown, __epoch AS epoch, ` +
        `coalesce(__deleted, false) AS deleted, "SinkModifiedOn"::VARCHAR AS sink, strftime(createdon, '%Y-%m-%d') AS day ` +
        `FROM (${all.join(' UNION ALL BY NAME ')}) ORDER BY file, sink, id`,
    );
    return rows.map(({ file, id, version, epoch, deleted, sink, day }) => ({
      file: String(file),
      id: Number.parseInt(String(id).slice(0, 8), 16),
      version: Number(version),
      epoch: Number(epoch),
      deleted: deleted === true,
      sink: String(sink),
      day: day === null ? null : String(day),
    }));
  }
}

/** A table between folds: its files as its log would name them. */
export class FoldedTable {
  readonly #world: FoldWorld;
  #sequence = 0;
  #strategy: PartitionStrategy | undefined;
  image: FoldPartition[] = [];
  parts: FoldPart[] | null = null;
  changes: { readonly name: string; readonly path: string }[] = [];
  rowCount = 0;

  constructor(world: FoldWorld) {
    this.#world = world;
  }

  async fold(batches: readonly WordBatch[], options: FoldOptions = {}): Promise<FoldResult> {
    const { strategy = 'year', partBytesMax, keep, shape = foldShape } = options;
    const files: MergeBatch[] = [];
    for (const batch of batches) {
      this.#sequence += 1;
      files.push({ ...(await this.#world.batch(batch)), sequence: this.#sequence });
    }
    const result = await this.#world.batcher.fold(
      {
        shape,
        image: this.image,
        batches: files,
        partitionStrategy: strategy,
        ...(this.#strategy === undefined ? {} : { imageStrategy: this.#strategy }),
        ...(partBytesMax === undefined ? {} : { partBytesMax }),
        ...(keep === undefined ? {} : { history: keep === 'parts' ? { keep, parts: this.parts } : { keep } }),
      },
      new AbortController().signal,
    );
    this.#take(result, { isCutAnew: this.#strategy !== undefined && this.#strategy !== strategy, keep });
    this.#strategy = strategy;
    return result;
  }

  #take(result: FoldResult, { isCutAnew, keep }: { isCutAnew: boolean; keep: FoldOptions['keep'] }): void {
    const image = new Map(this.image.map(one => [one.name, one]));
    for (const name of result.dropped) image.delete(name);
    for (const { name, file, csvBytes } of result.changed) image.set(name, { name, path: file.path, csvBytes });
    this.image = [...image.values()];
    const parts = new Map(isCutAnew ? [] : (this.parts ?? []).map(one => [one.name, one]));
    for (const { name, file, csvBytes, deletes } of result.parts) {
      parts.set(name, { name, path: file.path, csvBytes, rows: file.rows, deletes });
    }
    this.parts = keep === 'parts' ? [...parts.values()] : null;
    this.changes.push(...result.changes.map(({ path }) => ({ name: 'changes', path })));
    this.rowCount = result.rowCount;
  }

  liveRows(): Promise<KeptRow[]> {
    return this.#world.rowsOf(this.image);
  }

  partRows(): Promise<KeptRow[]> {
    return this.#world.rowsOf(this.parts ?? []);
  }

  changeRows(): Promise<KeptRow[]> {
    return this.#world.rowsOf(this.changes);
  }
}
