import type { Witness } from '../core/commit.ts';
import type { TableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { Source } from '../core/source.ts';

/** What a table of the link knows about the environment's past. */
export interface TableWitnesses {
  readonly table: TableName;
  readonly shape: TableShape;
  readonly epoch: number;
  /** Highest version first. */
  readonly witnesses: readonly Witness[];
  /** Only changes are read: whatever is deleted from here on, a change tells. */
  readonly running: boolean;
  /** How many looks had ended when the newest read of changes that is complete began; null: none is known. */
  readonly polledAfterLook: number | null;
}

/** Tables that are asked in one look. */
const TABLES_ASKED_MAX = 3;

/**
 * Tells from a few rows whether the environment was restored to an earlier time (I-9), whatever its change tokens look
 * like: a row that once had a version has it or a higher one for ever, or is deleted, and then a change says so.
 */
export class WitnessCheck {
  readonly #source: Pick<Source, 'rowVersion'>;
  /** Rows that were not there, by the number of the look that found it. */
  readonly #missing = new Map<TableName, { readonly witness: Witness; readonly look: number }>();

  constructor(source: Pick<Source, 'rowVersion'>) {
    this.#source = source;
  }

  /** Asks the tables with the highest versions; true when one row shows that the environment was restored. */
  async look(tables: readonly TableWitnesses[], look: number, signal: AbortSignal): Promise<boolean> {
    const asked = tables.filter(({ witnesses }) => witnesses.length > 0).sort(byHighestVersion);
    for (const table of asked.slice(0, TABLES_ASKED_MAX)) {
      if (await this.#isBehind(table, look, signal)) return true;
    }
    return false;
  }

  /**
   * Whether a row that a look did not find was not deleted either: a read of changes that began after the look is
   * complete and brought no delete of it.
   */
  provesRestored(tables: () => readonly TableWitnesses[]): boolean {
    if (this.#missing.size === 0) return false;
    const known = new Map(tables().map(table => [table.table, table]));
    for (const [table, { witness, look }] of this.#missing) {
      const now = known.get(table);
      // Under another version it is a row that was made again meanwhile.
      const isSame = ({ id, version }: Witness) => id === witness.id && version === witness.version;
      const stillOurs = now?.running === true && now.witnesses.some(isSame);
      if (!stillOurs) this.#missing.delete(table);
      else if (now.polledAfterLook !== null && now.polledAfterLook >= look) return true;
    }
    return false;
  }

  forget(): void {
    this.#missing.clear();
  }

  async #isBehind({ table, shape, witnesses, running }: TableWitnesses, look: number, signal: AbortSignal) {
    for (const witness of witnesses) {
      const { id, version } = witness;
      const found = await this.#versionOf(shape, id, signal);
      if (found === 'unknown') return false;
      if (found !== null) return BigInt(found) < BigInt(version);
      // In a full read rows may be gone for reasons that no change tells.
      if (running && !this.#missing.has(table)) this.#missing.set(table, { witness, look });
    }
    return false;
  }

  /** A table that cannot be asked is in trouble of its own and says nothing of the environment (I-8). */
  async #versionOf(shape: TableShape, id: string, signal: AbortSignal): Promise<string | null | 'unknown'> {
    try {
      return await this.#source.rowVersion(shape, id, signal);
    } catch {
      signal.throwIfAborted();
      return 'unknown';
    }
  }
}

function byHighestVersion(a: TableWitnesses, b: TableWitnesses): number {
  const [left, right] = [a, b].map(({ witnesses }) => BigInt(witnesses[0]?.version ?? '0'));
  return (left ?? 0n) < (right ?? 0n) ? 1 : -1;
}
