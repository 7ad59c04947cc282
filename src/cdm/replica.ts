import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine, Session } from '../batch/duckdb.ts';
import { literal } from '../batch/sql.ts';
import { storedColumns } from '../batch/stored.ts';
import type { ByteStore } from '../core/bytestore.ts';
import { inParallel } from '../core/in-parallel.ts';
import type { TableName } from '../core/names.ts';
import type { ManifestNames, PublishedTable, Replica } from '../core/replica.ts';
import { entityMetadata } from './entity-metadata.ts';
import { type ModelTable, modelJson, readableSince } from './model-json.ts';
import { optionsetFiles } from './optionset-files.ts';
import { csvColumns, tableCsvSql } from './partition-csv.ts';
import { entityMetadataPath, isPartitionPath, partitionPath, ROOT_MODEL, tableModelPath } from './paths.ts';
import { type ShapedTable, shaped, shownFiles } from './shown-files.ts';
import { ShownWidths } from './shown-width.ts';
import { snapshotEntities } from './snapshot-model.ts';
import { allSnapshotFiles, goneSnapshotFiles } from './snapshots.ts';

export interface CdmParts {
  readonly store: ByteStore;
  readonly engine: Engine;
  /** A local folder for files on their way to the lake. */
  readonly tempFolder: string;
  readonly newId: () => string;
}

interface Written {
  readonly files: number;
  readonly bytes: number;
}

/** A small partition keeps one core busy. */
const PARTITIONS_AT_ONCE = 2;

const NOTHING: Written = { files: 0, bytes: 0 };

/** The lake in Microsoft's layout: CSV by partition, in place or append only, model.json, table and choice metadata. */
export function openCdmReplica(parts: CdmParts): Replica {
  return new CdmReplica(parts);
}

/**
 * Everything is made from committed state and can be made again at any time; each fixed name carries the sequence of
 * the commit it shows, so that publishing twice writes once and a stale publisher writes nothing:
 * - a partition: the fold that changed it, or a later definition after which all are written again;
 * - a table's model and metadata: the table's newest commit, written only when they change;
 * - root model.json and the option-set files: the link log's entry.
 */
class CdmReplica implements Replica {
  readonly #store: ByteStore;
  readonly #engine: Engine;
  readonly #tempFolder: string;
  readonly #newId: () => string;
  readonly #shownWidths: ShownWidths;

  constructor({ store, engine, tempFolder, newId }: CdmParts) {
    this.#store = store;
    this.#engine = engine;
    this.#tempFolder = tempFolder;
    this.#newId = newId;
    this.#shownWidths = new ShownWidths(store);
  }

  async publishTable(published: PublishedTable, signal: AbortSignal): Promise<Written> {
    const table = shaped(published);
    if (table === null) return NOTHING;
    const partitions = await this.#publishPartitions(table, signal);
    // Only now, so that a manifest never names a file that does not exist.
    const descriptions = await this.#publishDescriptions(table, signal);
    const wider = partitions.isWaiting ? await this.#publishPartitions(table, signal) : NOTHING;
    return sum([partitions, descriptions, wider]);
  }

  async publishLink(
    link: { readonly sequence: number; readonly tables: readonly PublishedTable[]; readonly names?: ManifestNames },
    signal: AbortSignal,
  ): Promise<void> {
    const tables = link.tables.flatMap(published => shaped(published) ?? []);
    const waiting: ShapedTable[] = [];
    const inPlace = link.names === 'snapshots' ? [] : tables;
    for (const table of inPlace) if ((await this.#publishPartitions(table, signal)).isWaiting) waiting.push(table);
    for (const { path, bytes } of optionsetFiles(tables.map(({ shape }) => shape))) {
      await this.#publishOnce({ path, bytes, sequence: link.sequence }, signal);
    }
    const entities =
      link.names === 'snapshots'
        ? await snapshotEntities(this.#store, tables, signal)
        : tables.map(table => this.#modelTable(table));
    const bytes = modelJson(entities);
    await this.#publishOnce({ path: ROOT_MODEL, bytes, sequence: link.sequence }, signal);
    for (const table of waiting) await this.#publishPartitions(table, signal);
  }

  async tidyTable(published: PublishedTable, signal: AbortSignal): Promise<void> {
    const table = shaped(published);
    const image = published.state.image;
    // Before readers may use the table no state says which files there are.
    if (table === null || image === null || readableSince(table.state) === null) return;
    const named = new Set(shownFiles(table).files.map(({ name }) => partitionPath(table.table, name)));
    for (const path of await this.#partitionPaths(table.table, signal)) {
      if (named.has(path)) continue;
      const shown = await this.#store.publishedSequence(path, signal);
      // Without a sequence it is none of ours; above this image's it shows a newer one.
      if (shown !== null && shown <= image.foldedAt) await this.#store.remove(path, signal);
    }
    for (const path of await goneSnapshotFiles(this.#store, table, signal)) await this.#store.remove(path, signal);
  }

  async withdrawTable(table: TableName, signal: AbortSignal): Promise<void> {
    const snapshots = await allSnapshotFiles(this.#store, table, signal);
    const paths = [...(await this.#partitionPaths(table, signal)), ...snapshots.map(({ path }) => path)];
    for (const path of [tableModelPath(table), entityMetadataPath(table), ...paths]) {
      await this.#store.remove(path, signal);
    }
  }

  /** The table's files that are named as ours are. */
  async #partitionPaths(table: TableName, signal: AbortSignal): Promise<string[]> {
    const files = await this.#store.list(table, { signal });
    return files.map(({ path }) => path).filter(path => isPartitionPath(table, path));
  }

  /**
   * `isWaiting`: files that are there would become wider than a manifest says, and wait for it: a line may be short,
   * never too long.
   */
  async #publishPartitions(
    published: ShapedTable,
    signal: AbortSignal,
  ): Promise<Written & { readonly isWaiting: boolean }> {
    const { table, state, shape } = published;
    const { rows, files } = shownFiles(published);
    const partitions = files.map(partition => ({
      path: partitionPath(table, partition.name),
      partition,
      // After a column changed its type, also the files of an unchanged image show it in its old form.
      sequence: Math.max(partition.changedAt, state.retypedAt),
    }));
    const shown = await Promise.all(partitions.map(({ path }) => this.#store.publishedSequence(path, signal)));
    const isWider = csvColumns(shape, rows).length > (await this.#shownWidths.of(table, signal));
    // Higher: someone with a newer image was here, and this publisher is stale.
    const newer = partitions.filter(({ sequence }, n) => (shown[n] ?? -1) < sequence);
    const due = isWider ? partitions.filter((_, n) => shown[n] === null) : newer;
    const isWaiting = due.length < newer.length;
    if (due.length === 0) return { ...NOTHING, isWaiting };
    const sources = await Promise.all(due.map(({ partition }) => this.#store.localFile(partition.file.path, signal)));
    const columns = await this.#engine.session(session => storedColumns(session, sources), signal);
    const written = await inParallel({ items: due, atOnce: PARTITIONS_AT_ONCE }, async ({ path, sequence }, n) => {
      const source = sources[n] ?? '';
      const file = { from: `read_parquet(${literal(source)})`, stored: columns.get(source) ?? new Map() };
      const sql = (target: string) => tableCsvSql({ shape, rows, ...file, target });
      return this.#engine.session(session => this.#publishPartition({ path, sequence, session, sql }, signal), signal);
    });
    return { ...sum(written), isWaiting };
  }

  async #publishPartition(
    {
      path,
      sequence,
      session,
      sql,
    }: {
      readonly path: string;
      readonly sequence: number;
      readonly session: Session;
      readonly sql: (target: string) => string;
    },
    signal: AbortSignal,
  ): Promise<Written> {
    const target = join(this.#tempFolder, `${this.#newId()}.csv`);
    try {
      await session.runAll(sql(target));
      const { size } = await stat(target);
      const outcome = await this.#store.publish(path, { file: target }, { sequence, signal });
      return outcome === 'published' ? { files: 1, bytes: size } : NOTHING;
    } finally {
      await rm(target, { force: true });
    }
  }

  /** The table's own model and metadata. */
  async #publishDescriptions(table: ShapedTable, signal: AbortSignal): Promise<Written> {
    const { shape, state } = table;
    const { rows } = shownFiles(table);
    const files = [
      { path: tableModelPath(table.table), bytes: modelJson([this.#modelTable(table)]) },
      { path: entityMetadataPath(table.table), bytes: entityMetadata(shape, { rows, shapeAt: state.shapeAt }) },
    ];
    // Most commits bring rows and change nothing here. Below `changedAt` a publisher that is stale could still write an
    // older definition over an equal newer one, so the name is raised to it even where the bytes are equal.
    const changedAt = Math.max(state.shapeAt, state.image?.foldedAt ?? 0);
    const written: Written[] = [];
    for (const { path, bytes } of files) {
      const shown = await this.#store.publishedSequence(path, signal);
      if (shown !== null && shown >= changedAt && (await this.#holds(path, bytes, signal))) continue;
      const outcome = await this.#store.publish(path, { bytes }, { sequence: state.tail, signal });
      if (outcome === 'published') written.push({ files: 1, bytes: bytes.byteLength });
    }
    return sum(written);
  }

  async #holds(path: string, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const shown = await this.#store.read(path, signal);
    return shown !== null && Buffer.compare(shown, bytes) === 0;
  }

  async #publishOnce(
    { path, bytes, sequence }: { readonly path: string; readonly bytes: Uint8Array; readonly sequence: number },
    signal: AbortSignal,
  ): Promise<void> {
    const shown = await this.#store.publishedSequence(path, signal);
    if (shown !== null && shown >= sequence) return;
    await this.#store.publish(path, { bytes }, { sequence, signal });
  }

  #modelTable(published: ShapedTable): ModelTable {
    const { table, state, shape } = published;
    const { rows, files } = shownFiles(published);
    return {
      shape,
      rows,
      partitionStrategy: state.image?.strategy ?? state.partitionStrategy,
      completedAt: readableSince(state),
      partitions: files,
      locationOf: partition => this.#store.urlOf(partitionPath(table, partition)),
    };
  }
}

function sum(parts: readonly Written[]): Written {
  return parts.reduce((all, { files, bytes }) => ({ files: all.files + files, bytes: all.bytes + bytes }), NOTHING);
}
