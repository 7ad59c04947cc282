import type { ByteStore } from '../core/bytestore.ts';
import type { TableName } from '../core/names.ts';
import { ROOT_MODEL } from './paths.ts';

/**
 * How many columns readers expect in a table's files, by the root manifest that lies there now. A file may have fewer
 * (readers take the rest as null), never more: so a wider one waits for the manifest that says so.
 */
export class ShownWidths {
  readonly #store: ByteStore;
  #read: { readonly sequence: number; readonly widths: ReadonlyMap<string, number> } | null = null;

  constructor(store: ByteStore) {
    this.#store = store;
  }

  /** Infinite while the manifest names no file of the table. */
  async of(table: TableName, signal: AbortSignal): Promise<number> {
    const sequence = await this.#store.publishedSequence(ROOT_MODEL, signal);
    if (sequence === null) return Number.POSITIVE_INFINITY;
    if (this.#read?.sequence !== sequence) {
      const bytes = await this.#store.read(ROOT_MODEL, signal);
      this.#read = { sequence, widths: bytes === null ? new Map() : widthsIn(bytes) };
    }
    return this.#read.widths.get(table) ?? Number.POSITIVE_INFINITY;
  }
}

interface Entity {
  readonly name: string;
  readonly attributes: readonly unknown[];
  readonly partitions: readonly unknown[];
}

/** Our own file; of one that is damaged nothing is known until the next manifest is written over it. */
function widthsIn(bytes: Uint8Array): ReadonlyMap<string, number> {
  try {
    const { entities } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly entities: readonly Entity[] };
    const named = entities.filter(({ partitions }) => partitions.length > 0);
    return new Map(named.map(({ name, attributes }) => [name, attributes.length]));
  } catch {
    return new Map();
  }
}
