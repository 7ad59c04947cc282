import type { Cell, Reference, StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { mayReadRow, requireRead } from './privileges.ts';
import type { Call, Environment } from './wire.ts';

/** Related rows kept at hand; past this many they are forgotten and read again. */
const keptMax = 20_000;

/** What one request may see of the environment: rows by reference, read once for a while. */
export class RowScope {
  readonly environment: Environment;
  readonly call: Call;
  readonly #rows = new Map<string, StoredRow | null>();
  #deferred: (() => Promise<void>)[] = [];

  constructor(environment: Environment, call: Call) {
    this.environment = environment;
    this.call = call;
  }

  get hidesSecured(): boolean {
    return !this.call.application.readsSecuredColumns;
  }

  /** Notes work that must be done before a row is judged; what was noted first is done first. */
  defer(work: () => Promise<void>): void {
    this.#deferred.push(work);
  }

  /** Does the noted work, once. */
  async prepare(): Promise<void> {
    const works = this.#deferred;
    this.#deferred = [];
    for (const work of works) await work();
  }

  /** A table by its name, when there is one and the caller may read of it. @throws WireError 403 */
  readable(name: string): TableDefinition | undefined {
    const table = this.environment.database.table(name);
    if (table !== undefined) requireRead(this.environment, this.call, table);
    return table;
  }

  mayRead(table: TableDefinition, stored: StoredRow): boolean {
    return mayReadRow(this.environment, this.call, table, stored);
  }

  /** The row that a lookup points to; null for one that is gone or hidden from the caller. */
  related({ table: name, id }: Reference): StoredRow | null {
    const key = `${name} ${id}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const table = this.environment.database.table(name);
    const stored = table === undefined ? undefined : this.environment.database.get(name, id);
    const seen = table !== undefined && stored !== undefined && this.mayRead(table, stored) ? stored : null;
    if (this.#rows.size >= keptMax) this.#rows.clear();
    this.#rows.set(key, seen);
    return seen;
  }

  /** The name that a lookup shows. It is no secret there, whoever may read the row. */
  nameOf(reference: Reference): string | null {
    const { database } = this.environment;
    const name = database.table(reference.table)?.primaryName ?? null;
    if (name === null) return null;
    const cell = (this.related(reference) ?? database.get(reference.table, reference.id))?.row[name];
    return typeof cell === 'string' ? cell : null;
  }
}

export function referenceIn(cell: Cell | undefined): Reference | null {
  return cell !== null && typeof cell === 'object' && 'id' in cell ? cell : null;
}
