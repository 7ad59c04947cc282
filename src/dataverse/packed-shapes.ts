import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';

/** What is known of a table, and since when. */
export interface KnownTable {
  /** `MetadataId`s of the table and its columns; null where they are not known, so that no deletion would be noticed. */
  readonly ids: Buffer | null;
  /** When its whole definition was read, milliseconds. */
  readonly readAtMs: number;
  /** When it was last known to hold, and in which round of questions. */
  asOfMs: number;
  asOfRound: number;
}

interface Packed extends KnownTable {
  readonly bytes: Uint8Array;
  /** Whoever holds the shape shares it. */
  alive: WeakRef<TableShape>;
}

/**
 * Shapes of many tables, packed outside the heap: 300 columns are about 90 KB as objects and 10 KB here, so that 1,500
 * such tables need 15 MB. A shape that somebody still uses is given again as it is.
 */
export class PackedShapes {
  readonly #tables = new Map<TableName, Packed>();

  get size(): number {
    return this.#tables.size;
  }

  names(): readonly TableName[] {
    return [...this.#tables.keys()];
  }

  known(table: TableName): KnownTable | null {
    return this.#tables.get(table) ?? null;
  }

  /** Every table, to be marked as holding still. */
  all(): Iterable<KnownTable> {
    return this.#tables.values();
  }

  shape(table: TableName): TableShape | null {
    const packed = this.#tables.get(table);
    if (packed === undefined) return null;
    const alive = packed.alive.deref();
    if (alive !== undefined) return alive;
    const shape = JSON.parse(inflateRawSync(packed.bytes).toString()) as TableShape;
    packed.alive = new WeakRef(shape);
    return shape;
  }

  /** Whether somebody holds the table's shape, so that asking for it costs nothing. */
  isAlive(table: TableName): boolean {
    return this.#tables.get(table)?.alive.deref() !== undefined;
  }

  put(
    shape: TableShape,
    options: { readonly ids: readonly string[] | null; readonly nowMs: number; readonly round: number },
  ): void {
    const { ids, nowMs, round } = options;
    this.#tables.set(shape.table, {
      readAtMs: nowMs,
      asOfMs: nowMs,
      asOfRound: round,
      // Level 1: twice as fast as the usual one, and hardly larger.
      bytes: deflateRawSync(JSON.stringify(shape), { level: 1 }),
      alive: new WeakRef(shape),
      ids: ids === null ? null : Buffer.from(ids.join(' ')),
    });
  }

  drop(table: TableName): void {
    this.#tables.delete(table);
  }

  /** Drops tables of which one of these is the table or a column. */
  dropOwners(ids: readonly string[]): void {
    for (const [table, packed] of this.#tables) {
      if (ids.some(id => packed.ids?.includes(id) === true)) this.#tables.delete(table);
    }
  }

  clear(): void {
    this.#tables.clear();
  }
}
