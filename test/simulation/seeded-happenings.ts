import type { TableName } from '../../src/core/names.ts';
import type { Chance } from '../kit/chance.ts';
import type { SeededEnvironment } from './seeded-environment.ts';
import type { SeededFaults } from './seeded-faults.ts';

export interface HappeningsParts {
  readonly chance: Chance;
  readonly environment: SeededEnvironment;
  readonly faults: SeededFaults;
  readonly tables: readonly TableName[];
  readonly note: (what: string) => void;
}

/** What people and programs do to the environment's rows while we read them: few ids, so that all meets the same rows. */
export class SeededHappenings {
  readonly #parts: HappeningsParts;
  readonly #ids: number;
  readonly #liveliness: number;
  readonly #made = new Map<TableName, number>();
  #words = 0;

  constructor(parts: HappeningsParts) {
    this.#parts = parts;
    this.#ids = parts.chance.between(3, 24);
    this.#liveliness = parts.chance.oneOf([0.02, 0.1, 0.3, 0.6]);
  }

  /** The rows at the beginning. */
  fill(): void {
    for (const table of this.#parts.tables) {
      const rows = this.#parts.chance.between(0, this.#ids);
      for (let id = 0; id < rows; id += 1) this.#put(table, idOf(id));
    }
  }

  /** Around each answer. */
  meanwhile(): void {
    const { chance, faults } = this.#parts;
    while (faults.on && chance.happens(this.#liveliness)) this.change();
  }

  burst(): void {
    for (let left = this.#parts.chance.between(1, 20); left > 0; left -= 1) this.change();
  }

  change(): void {
    const { chance, tables } = this.#parts;
    const table = chance.oneOf(tables);
    const id = idOf(chance.between(0, this.#ids - 1));
    const what = chance.share();
    // Made, or changed; removed; removed and made again; made and removed.
    if (what >= 0.45 && what < 0.85) this.#remove(table, id);
    if (what < 0.45 || what >= 0.7) this.#put(table, id);
    if (what >= 0.85) this.#remove(table, id);
  }

  expireTokens(): void {
    const table = this.#parts.chance.oneOf(this.#parts.tables);
    this.#parts.environment.expireTokens(table);
    this.#parts.note(`tokens of ${table} expire`);
  }

  /** The table's column is removed and made again: every row has to be read again. */
  makeColumnAgain(): void {
    const table = this.#parts.chance.oneOf(this.#parts.tables);
    this.#made.set(table, (this.#made.get(table) ?? 0) + 1);
    this.#parts.note(`column of ${table} made again`);
  }

  metadataIdOf(table: TableName): string {
    return `column-${this.#made.get(table) ?? 0}`;
  }

  #put(table: TableName, id: string): void {
    this.#words += 1;
    const version = this.#parts.environment.put(table, id, `word ${this.#words}`);
    this.#parts.note(`put ${table} ${id}@${version}`);
  }

  #remove(table: TableName, id: string): void {
    if (!this.#parts.environment.remove(table, id)) return;
    this.#parts.note(`remove ${table} ${id}@${this.#parts.environment.version}`);
  }
}

function idOf(number: number): string {
  return `id-${String(number).padStart(2, '0')}`;
}
