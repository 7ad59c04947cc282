import Database from 'libsql';
import type { Change, Row, SandboxDatabase, StoredRow } from './database.ts';
import { copyDatabase, replaceDatabase } from './database-copy.ts';
import { DefinitionChangeLog, type DefinitionSnapshot } from './definition-changes.ts';
import { DefinitionStore } from './definition-store.ts';
import { SqlitePreparedRows } from './prepared-rows.ts';
import { rowSearch } from './row-search.ts';
import { cellsText, type RawRow, storageNames, storedRow } from './storage.ts';

/** Texts of rows kept beside them, at most; what finds no room is made for each answer. */
const PREPARED_BYTES_MAX = 32 * 1024 ** 3;

/**
 * Opens the embedded environment's data on `path`, or in memory. The folder must exist; the file is made when missing.
 * Writes use a write-ahead log without a sync for each one: a killed process loses nothing, a power cut the last moments.
 */
export function openSandboxDatabase({
  path,
  preparedBytesMax = PREPARED_BYTES_MAX,
}: {
  readonly path: string;
  readonly preparedBytesMax?: number;
}): SandboxDatabase {
  const sqlite = new Database(path);
  sqlite.exec('PRAGMA journal_mode = WAL');
  sqlite.exec('PRAGMA synchronous = NORMAL');
  sqlite.exec('PRAGMA cache_size = -65536');
  sqlite.exec('CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  sqlite.exec(
    'CREATE TABLE IF NOT EXISTS definition (kind TEXT, name TEXT, position INTEGER, body TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID',
  );
  // Each new definition asks for the last place: without an index that looks at all of them.
  sqlite.exec('CREATE INDEX IF NOT EXISTS definition_position ON definition (position)');
  return new SqliteDatabase(sqlite, preparedBytesMax);
}

class SqliteDatabase implements SandboxDatabase {
  readonly prepared: SqlitePreparedRows;
  readonly #sqlite: Database.Database;
  readonly #definitions: DefinitionStore;
  readonly #definitionChanges: DefinitionChangeLog;
  readonly #statements = new Map<string, Database.Statement>();
  #version: bigint;
  /** The version that is on disk; the counter may be ahead of it only inside a transaction. */
  #versionSaved: bigint;
  #depth = 0;
  /** The definitions as they were before the first change of the running transaction. */
  #definedBefore: DefinitionSnapshot | null = null;
  #closed = false;

  constructor(sqlite: Database.Database, preparedBytesMax: number) {
    this.#sqlite = sqlite;
    this.prepared = new SqlitePreparedRows({
      sqlite,
      statement: sql => this.#statement(sql),
      transaction: work => this.transaction(work),
      bytesMax: preparedBytesMax,
    });
    this.#definitions = new DefinitionStore(sqlite);
    this.#definitionChanges = new DefinitionChangeLog(sqlite, sql => this.#statement(sql));
    this.#version = BigInt(this.meta('version') ?? '1000000');
    this.#versionSaved = this.#version;
  }

  organization = () => this.#definitions.organization();
  setOrganization: SandboxDatabase['setOrganization'] = organization => {
    this.transaction(() => this.#definitions.setOrganization(organization));
  };
  tables = () => this.#definitions.tables();
  table: SandboxDatabase['table'] = name => this.#definitions.table(name);
  tableBySet: SandboxDatabase['tableBySet'] = name => this.#definitions.tableBySet(name);
  choices = () => this.#definitions.choices();
  relationships = () => this.#definitions.relationships();

  createTable: SandboxDatabase['createTable'] = definition => {
    this.#define(() => {
      this.#definitions.putTable(definition);
      const { rows, graves } = storageNames(definition.logicalName);
      // Its index is made with it: one statement less for each table of a large environment.
      this.#sqlite.exec(
        `CREATE TABLE IF NOT EXISTS ${rows} (id TEXT PRIMARY KEY, version INTEGER NOT NULL UNIQUE, cells TEXT NOT NULL)`,
      );
      this.#sqlite.exec(
        `CREATE TABLE IF NOT EXISTS ${graves} (id TEXT NOT NULL UNIQUE, version INTEGER PRIMARY KEY) WITHOUT ROWID`,
      );
    });
  };

  dropTable: SandboxDatabase['dropTable'] = logicalName => {
    this.#statements.clear();
    this.#define(() => {
      this.prepared.forget(logicalName);
      this.#definitions.dropTable(logicalName);
      const { rows, graves } = storageNames(logicalName);
      this.#sqlite.exec(`DROP TABLE IF EXISTS ${rows}`);
      this.#sqlite.exec(`DROP TABLE IF EXISTS ${graves}`);
    });
  };

  addColumn: SandboxDatabase['addColumn'] = (table, column) => {
    this.#define(() => this.#definitions.addColumn(table, column));
  };
  removeColumn: SandboxDatabase['removeColumn'] = (table, logicalName) => {
    this.#define(() => {
      this.#definitions.removeColumn(table, logicalName);
      // The rows change and their versions do not.
      this.prepared.clear(table);
      this.#statement(`UPDATE ${storageNames(table).rows} SET cells = json_remove(cells, ?)`).run([
        `$."${logicalName}"`,
      ]);
    });
  };
  setOptions: SandboxDatabase['setOptions'] = (target, options) => {
    this.#define(() => this.#definitions.setOptions(target, options));
  };
  putChoice: SandboxDatabase['putChoice'] = choice => {
    this.#define(() => this.#definitions.putChoice(choice));
  };
  putRelationship: SandboxDatabase['putRelationship'] = relationship => {
    this.#define(() => this.#definitions.putRelationship(relationship));
  };
  enableChangeTracking: SandboxDatabase['enableChangeTracking'] = table => {
    this.#define(() => this.#definitions.enableChangeTracking(table));
  };
  setKeys: SandboxDatabase['setKeys'] = (table, keys) => {
    this.#define(() => this.#definitions.setKeys(table, keys));
  };

  definitionChanges: SandboxDatabase['definitionChanges'] = since => this.#definitionChanges.since(since);

  count(table: string): number {
    return Number(this.#first<[bigint]>(`SELECT count(*) FROM ${this.#storage(table).rows}`, [])?.[0] ?? 0n);
  }

  get(table: string, id: string): StoredRow | undefined {
    const raw = this.#first<RawRow>(`SELECT id, version, cells FROM ${this.#storage(table).rows} WHERE id = ?`, [id]);
    return raw === undefined ? undefined : storedRow(raw);
  }

  find(table: string, cells: Row, { limit = -1 }: { readonly limit?: number } = {}): StoredRow[] {
    this.#primaryId(table);
    const { index, sql, parameters } = rowSearch(table, cells);
    if (index !== null) this.#sqlite.exec(index);
    return this.#all<RawRow>(sql, [...parameters, limit]).map(storedRow);
  }

  page(table: string, { after, limit }: { readonly after: string | null; readonly limit: number }): StoredRow[] {
    const sql = `SELECT id, version, cells FROM ${this.#storage(table).rows} WHERE id > ? ORDER BY id LIMIT ?`;
    return this.#all<RawRow>(sql, [after ?? '', limit]).map(storedRow);
  }

  changes(table: string, { since, until, after, limit }: Parameters<SandboxDatabase['changes']>[1]): Change[] {
    const { rows, graves } = this.#storage(table);
    const changes: Change[] = [];
    if (after === null || after.kind === 'row') {
      const from = after === null ? since : after.version;
      const sql = `SELECT id, version, cells FROM ${rows} WHERE version > ? AND version <= ? ORDER BY version LIMIT ?`;
      for (const raw of this.#all<RawRow>(sql, [from, until, limit])) {
        changes.push({ kind: 'row', stored: storedRow(raw) });
      }
      if (changes.length >= limit) return changes;
    }
    const from = after?.kind === 'deleted' ? after.version : since;
    const sql = `SELECT id, version FROM ${graves} WHERE version > ? AND version <= ? ORDER BY version LIMIT ?`;
    for (const [id, version] of this.#all<[string, bigint]>(sql, [from, until, limit - changes.length])) {
      changes.push({ kind: 'deleted', id, version });
    }
    return changes;
  }

  version(): bigint {
    return this.#version;
  }

  takeVersion(): bigint {
    return this.transaction(() => this.#nextVersion());
  }

  put(table: string, rows: readonly Row[]): void {
    const primaryId = this.#primaryId(table);
    this.transaction(() => {
      const statement = this.#statement(
        `INSERT INTO ${this.#storage(table).rows} (id, version, cells) VALUES (?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET version = excluded.version, cells = excluded.cells`,
      );
      for (const row of rows) {
        const id = row[primaryId];
        if (typeof id !== 'string') throw new Error(`a row of ${table} has no ${primaryId}`);
        statement.run([id, this.#nextVersion(), cellsText(row)]);
      }
    });
  }

  patch(table: string, id: string, cells: Row): StoredRow | undefined {
    return this.transaction(() => {
      const old = this.get(table, id);
      if (old === undefined) return undefined;
      this.put(table, [{ ...old.row, ...cells, [this.#primaryId(table)]: id }]);
      return this.get(table, id);
    });
  }

  remove(table: string, id: string, { tombstone = true }: { readonly tombstone?: boolean } = {}): boolean {
    const { rows, graves } = this.#storage(table);
    return this.transaction(() => {
      const { changes } = this.#statement(`DELETE FROM ${rows} WHERE id = ?`).run([id]);
      if (changes === 0) return false;
      if (!tombstone) return true;
      const sql = `INSERT OR REPLACE INTO ${graves} (id, version) VALUES (?, ?)`;
      this.#statement(sql).run([id, this.#nextVersion()]);
      return true;
    });
  }

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#sqlite.exec('BEGIN IMMEDIATE');
    this.#depth = 1;
    try {
      const result = work();
      this.#noteDefinitions();
      if (this.#version !== this.#versionSaved) this.#saveMeta('version', this.#version.toString());
      this.#sqlite.exec('COMMIT');
      this.#versionSaved = this.#version;
      return result;
    } catch (failure) {
      this.#sqlite.exec('ROLLBACK');
      this.#version = this.#versionSaved;
      this.#definitions.reload();
      throw failure;
    } finally {
      this.#depth = 0;
      this.#definedBefore = null;
    }
  }

  meta(key: string): string | null {
    return this.#first<[string]>('SELECT value FROM meta WHERE key = ?', [key])?.[0] ?? null;
  }

  setMeta(key: string, value: string): void {
    this.transaction(() => this.#saveMeta(key, value));
  }

  saveTo(path: string): void {
    copyDatabase(this.#sqlite, path);
  }

  restoreFrom(path: string): void {
    this.#statements.clear();
    replaceDatabase(this.#sqlite, path);
    this.#statements.clear();
    this.#definitions.reload();
    this.#version = BigInt(this.meta('version') ?? '1000000');
    this.#versionSaved = this.#version;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#statements.clear();
    this.#sqlite.close();
  }

  /** A change of definitions; what it changed is noted when the transaction ends, for all changes in it at once. */
  #define(work: () => void): void {
    this.transaction(() => {
      this.#definedBefore ??= this.#snapshot();
      work();
    });
  }

  #noteDefinitions(): void {
    if (this.#definedBefore === null) return;
    this.#definitionChanges.note(this.#definedBefore, this.#snapshot(), () => this.#nextVersion());
  }

  #snapshot(): DefinitionSnapshot {
    return { tables: this.tables(), choices: this.choices(), relationships: this.relationships() };
  }

  #saveMeta(key: string, value: string): void {
    this.#statement('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run([key, value]);
  }

  #nextVersion(): bigint {
    this.#version += 1n;
    return this.#version;
  }

  #primaryId(table: string): string {
    const definition = this.#definitions.table(table);
    if (definition === undefined) throw new Error(`there is no table ${table}`);
    return definition.primaryId;
  }

  /** Names are checked against the definitions before they come near SQL. */
  #storage(table: string): { readonly rows: string; readonly graves: string } {
    this.#primaryId(table);
    return storageNames(table);
  }

  #statement(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#sqlite.prepare(sql);
      if (sql.startsWith('SELECT')) statement.raw(true).safeIntegers(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #all<T>(sql: string, parameters: readonly unknown[]): T[] {
    return this.#statement(sql).all(parameters) as T[];
  }

  #first<T>(sql: string, parameters: readonly unknown[]): T | undefined {
    return this.#all<T>(sql, parameters)[0];
  }
}
