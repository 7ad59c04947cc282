import { randomUUID } from 'node:crypto';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { tableOf } from '../../src/sandbox/metadata-body.ts';
import type { Chance } from '../kit/chance.ts';
import { newColumn } from '../kit/changing-table.ts';

export const TABLES = ['new_anvil', 'new_barrel', 'new_crate', 'new_drum', 'new_easel'] as const;
/** Of each table, a third in each of three years. */
const ROWS = 42;
/** What CSV and JSON stumble over. */
const TEXTS = ['plain', 'a "quote", a comma', 'two\nlines', 'ends with \\', '', ' NULL ', 'ünï©ødé 日本', '\u0000nul'];

/** What readers must find of a table: each version once that they found when the world rested, each delete once. */
export interface Expected {
  /** `id version`. */
  readonly versions: Set<string>;
  /** How often a row was deleted; a delete that nobody rested before may go untold. */
  readonly deletes: Map<string, { readonly done: number; readonly told: number }>;
}

/** Five small tables, and a record of what was done to them that owes nothing to the product. */
export class SweepEnvironment {
  readonly #expected = new Map<string, Expected>();
  readonly #database: SandboxDatabase;
  readonly #chance: Chance;
  #changes = 0;

  constructor(database: SandboxDatabase, chance: Chance) {
    this.#database = database;
    this.#chance = chance;
    for (const table of TABLES) {
      this.#make(table);
      this.#expected.set(table, { versions: new Set(), deletes: new Map() });
    }
  }

  live(table: string) {
    return this.#database.page(table, { after: null, limit: 10_000 });
  }

  update(table: string, share: number): void {
    for (const { id } of this.live(table)) {
      if (!this.#chance.happens(share)) continue;
      this.#changes += 1;
      this.#database.patch(table, id, { new_name: this.#text() });
    }
  }

  /** What goes on while the service is dead: no more than a row or two. */
  change(): void {
    const table = this.#chance.oneOf(TABLES);
    const { id } = this.#chance.oneOf(this.live(table));
    this.#database.patch(table, id, { new_name: this.#text() });
  }

  remove(table: string, rows: number): void {
    for (let row = 0; row < rows; row += 1) {
      const { id } = this.#chance.oneOf(this.live(table));
      this.#database.remove(table, id);
      const { deletes } = this.#of(table);
      deletes.set(id, { told: 0, ...deletes.get(id), done: (deletes.get(id)?.done ?? 0) + 1 });
    }
  }

  insert(table: string, rows: number): void {
    this.#database.put(
      table,
      Array.from({ length: rows }, (_, at) => this.#row(table, at)),
    );
  }

  /** A row that was deleted before the last rest, and is there again under its id. */
  bringBack(table: string): void {
    const [gone] = [...this.#of(table).deletes.keys()];
    if (gone === undefined) throw new Error('nothing was deleted yet');
    this.#database.put(table, [{ ...this.#row(table, 0), [`${table}id`]: gone }]);
  }

  addColumn(table: string, name: string): void {
    this.#database.addColumn(table, newColumn(name, 'String'));
    for (const { id } of this.live(table).slice(0, 5)) this.#database.patch(table, id, { [name]: this.#text() });
  }

  /** What readers must find once they find everything: what they had to find before, what is there now, what went. */
  due(table: string): Expected {
    const { versions, deletes } = this.#of(table);
    const known = new Set([...versions].map(word => word.split(' ')[0]));
    return {
      versions: new Set([...versions, ...this.live(table).map(({ id, version }) => `${id} ${version}`)]),
      deletes: new Map(
        [...deletes].map(([id, { done, told }]) => [id, { done, told: known.has(id) ? done : told }] as const),
      ),
    };
  }

  /** Readers found it: from here on it must stay so, whatever changes. */
  settle(away: ReadonlySet<string>): void {
    for (const table of TABLES) if (!away.has(table)) this.#expected.set(table, this.due(table));
  }

  /** The table begins anew for its readers. */
  forget(table: string): void {
    this.#expected.set(table, { versions: new Set(), deletes: new Map() });
  }

  #of(table: string): Expected {
    const expected = this.#expected.get(table);
    if (expected === undefined) throw new Error(`${table} is no table of this world`);
    return expected;
  }

  #text(): string {
    this.#changes += 1;
    return `${this.#chance.oneOf(TEXTS)} ${this.#changes}`;
  }

  #row(table: string, at: number) {
    return {
      [`${table}id`]: randomUUID(),
      new_name: this.#text(),
      createdon: `${2022 + (at % 3)}-05-06T07:08:09Z`,
    };
  }

  #make(name: string): void {
    const table = tableOf(
      {
        SchemaName: name,
        ChangeTrackingEnabled: true,
        Attributes: [{ '@odata.type': 'StringAttributeMetadata', SchemaName: 'new_name', IsPrimaryName: true }],
      },
      { newId: randomUUID, tables: this.#database.tables() },
    );
    this.#database.createTable(table);
    this.#database.put(
      name,
      Array.from({ length: ROWS }, (_, at) => this.#row(name, at)),
    );
  }
}
