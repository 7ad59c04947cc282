import type { ByteStore } from '../core/bytestore.ts';
import type { TableName } from '../core/names.ts';
import { partitionPath, ROOT_MODEL, tableModelPath } from './paths.ts';

interface Manifest {
  /** Of its publication. */
  readonly sequence: number;
  /** Columns of each table of which it names a partition file. */
  readonly widths: ReadonlyMap<string, number>;
}

/**
 * How many columns readers expect in a table's partition files, by the manifests that lie there now: the root one and
 * the table's own. A file may have fewer (readers take the rest as null), never more: so a wider one waits for them.
 */
export class ShownWidths {
  readonly #store: ByteStore;
  readonly #read = new Map<string, Manifest>();

  constructor(store: ByteStore) {
    this.#store = store;
  }

  /** Infinite while no manifest names a partition file of the table. */
  async of(table: TableName, signal: AbortSignal): Promise<number> {
    const manifests = [ROOT_MODEL, tableModelPath(table)];
    return Math.min(...(await Promise.all(manifests.map(path => this.#shownIn(path, table, signal)))));
  }

  async #shownIn(path: string, table: TableName, signal: AbortSignal): Promise<number> {
    const sequence = await this.#store.publishedSequence(path, signal);
    if (sequence === null) return Number.POSITIVE_INFINITY;
    let manifest = this.#read.get(path);
    if (manifest?.sequence !== sequence) {
      const bytes = await this.#store.read(path, signal);
      manifest = { sequence, widths: bytes === null ? new Map() : this.#widthsIn(bytes) };
      this.#read.set(path, manifest);
    }
    return manifest.widths.get(table) ?? Number.POSITIVE_INFINITY;
  }

  /** Our own file; of one that is damaged nothing is known until the next one is written over it. */
  #widthsIn(bytes: Uint8Array): ReadonlyMap<string, number> {
    try {
      const { entities } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly entities: readonly Entity[] };
      return new Map(
        entities
          .filter(entity => this.#namesPartitions(entity))
          .map(({ name, attributes }) => [name, attributes.length]),
      );
    } catch {
      return new Map();
    }
  }

  /** Snapshots are files of their own, and stay as they are. */
  #namesPartitions({ name, partitions }: Entity): boolean {
    return partitions.some(one => one.location === this.#store.urlOf(partitionPath(name as TableName, one.name)));
  }
}

interface Entity {
  readonly name: string;
  readonly attributes: readonly unknown[];
  readonly partitions: readonly { readonly name: string; readonly location: string }[];
}
