import type Database from 'libsql';
import type { PreparedRows, PreparedSlice, StoredRow, TextKind } from './database.ts';
import { quoted, type RawRow, storageNames, storedRow } from './storage.ts';

/** What the keeper needs of the database around it. */
export interface PreparedRowsHome {
  readonly sqlite: Database.Database;
  /** Prepares a statement once; rows come as arrays, whole numbers as bigint. */
  readonly statement: (sql: string) => Database.Statement;
  readonly transaction: <T>(work: () => T) => T;
  readonly bytesMax: number;
}

type Place = string | bigint | null;
type SliceRow = readonly [rows: bigint, texts: bigint, first: Place, last: Place, bytes: Uint8Array | null];

/** Rows by id or by version, after one place, up to another. */
interface Span {
  readonly table: string;
  readonly kind: TextKind;
  readonly order: 'id' | 'version';
  readonly from: string | bigint;
  readonly to: string | bigint;
  readonly limit: number;
  readonly write: (stored: StoredRow) => string;
}

/** Kinds of one table, at most. */
const KINDS_MAX = 4;
/** Behind every GUID. */
const LAST_ID = '~';

/**
 * Texts of rows in tables of their own, by the version of the row: a version is never given out twice, so a text that
 * is found belongs to the row as it is. Triggers take a text away together with its version, whoever writes; a table
 * of which nothing is kept has none of them.
 */
export class SqlitePreparedRows implements PreparedRows {
  readonly #home: PreparedRowsHome;

  constructor(home: PreparedRowsHome) {
    this.#home = home;
    home.sqlite.exec(
      `CREATE TABLE IF NOT EXISTS prepared (number INTEGER PRIMARY KEY, table_name TEXT NOT NULL, asked TEXT NOT NULL,
        stamp TEXT NOT NULL, bytes INTEGER NOT NULL DEFAULT 0, UNIQUE (table_name, asked))`,
    );
  }

  has: PreparedRows['has'] = table => this.#numbers(table).length > 0;

  keep: PreparedRows['keep'] = (table, kind) => {
    if (this.#number(table, kind) !== null) return;
    this.#home.transaction(() => {
      for (const number of this.#numbers(table).slice(0, -KINDS_MAX + 1)) this.#drop(number);
      const sql = 'INSERT INTO prepared (table_name, asked, stamp) VALUES (?, ?, ?)';
      this.#home.statement(sql).run([table, kind.asked, kind.stamp]);
      const number = this.#numbers(table).at(-1) ?? 0n;
      this.#home.sqlite.exec(`CREATE TABLE ${texts(number)} (version INTEGER PRIMARY KEY, bytes BLOB NOT NULL)`);
      for (const [event, name] of triggers(number)) {
        this.#home.sqlite.exec(
          `CREATE TRIGGER ${name} AFTER ${event} ON ${storageNames(table).rows} BEGIN
            UPDATE prepared SET bytes = bytes - coalesce(
              (SELECT length(bytes) FROM ${texts(number)} WHERE version = OLD.version), 0) WHERE number = ${number};
            DELETE FROM ${texts(number)} WHERE version = OLD.version;
          END`,
        );
      }
    });
  };

  clear: PreparedRows['clear'] = table => {
    this.#home.transaction(() => {
      for (const number of this.#numbers(table)) this.#empty(number);
    });
  };

  forget: PreparedRows['forget'] = table => {
    this.#home.transaction(() => {
      for (const number of this.#numbers(table)) this.#drop(number);
    });
  };

  bytes: PreparedRows['bytes'] = () => {
    const [[sum] = [0n]] = this.#home.statement('SELECT coalesce(sum(bytes), 0) FROM prepared').all([]) as [bigint][];
    return Number(sum);
  };

  page: PreparedRows['page'] = (table, { after, ...rest }) =>
    this.#read({ table, ...rest, order: 'id', from: after ?? '', to: LAST_ID });

  changes: PreparedRows['changes'] = (table, { since, until, ...rest }) =>
    this.#read({ table, ...rest, order: 'version', from: since, to: until });

  #read(span: Span): PreparedSlice | null {
    const number = this.#number(span.table, span.kind);
    if (number === null) return null;
    const found = this.#slice(number, span);
    if (found.texts === found.rows) return found;
    return this.#fill(number, span, found.last) ? this.#slice(number, span) : null;
  }

  /** Makes the texts that are missing up to the end of a slice; false when there is no room for them. */
  #fill(number: bigint, { table, order, from, write }: Span, last: string | bigint): boolean {
    const { statement, transaction, bytesMax } = this.#home;
    const sql = `SELECT r.id, r.version, r.cells FROM ${storageNames(table).rows} AS r
      LEFT JOIN ${texts(number)} AS kept ON kept.version = r.version
      WHERE r.${order} > ? AND r.${order} <= ? AND kept.version IS NULL ORDER BY r.${order}`;
    const made = (statement(sql).all([from, last]) as unknown as RawRow[]).map(raw => {
      const bytes = Buffer.from(write(storedRow(raw)), 'utf8');
      return { version: raw[1], bytes };
    });
    const size = made.reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (this.bytes() + size > bytesMax) return false;
    transaction(() => {
      const insert = statement(`INSERT INTO ${texts(number)} (version, bytes) VALUES (?, ?)`);
      for (const { version, bytes } of made) insert.run([version, bytes]);
      statement('UPDATE prepared SET bytes = bytes + ? WHERE number = ?').run([size, number]);
    });
    return true;
  }

  /** Kinds of a table, the oldest first. */
  #numbers(table: string): readonly bigint[] {
    const sql = 'SELECT number FROM prepared WHERE table_name = ? ORDER BY number';
    return (this.#home.statement(sql).all([table]) as [bigint][]).map(([number]) => number);
  }

  /** Texts under another stamp are of a definition that is no more; they go at once. */
  #number(table: string, { asked, stamp }: TextKind): bigint | null {
    const sql = 'SELECT number, stamp FROM prepared WHERE table_name = ? AND asked = ?';
    const [kept] = this.#home.statement(sql).all([table, asked]) as [bigint, string][];
    if (kept === undefined) return null;
    if (kept[1] !== stamp) {
      this.#home.transaction(() => {
        this.#empty(kept[0]);
        this.#home.statement('UPDATE prepared SET stamp = ? WHERE number = ?').run([stamp, kept[0]]);
      });
    }
    return kept[0];
  }

  #empty(number: bigint): void {
    this.#home.sqlite.exec(`DELETE FROM ${texts(number)}`);
    this.#home.statement('UPDATE prepared SET bytes = 0 WHERE number = ?').run([number]);
  }

  #drop(number: bigint): void {
    for (const [, name] of triggers(number)) this.#home.sqlite.exec(`DROP TRIGGER IF EXISTS ${name}`);
    this.#home.sqlite.exec(`DROP TABLE IF EXISTS ${texts(number)}`);
    this.#home.statement('DELETE FROM prepared WHERE number = ?').run([number]);
  }

  #slice(number: bigint, { table, order, from, to, limit }: Span): PreparedSlice & { readonly texts: number } {
    // SQLite puts the texts together: one piece for hundreds of rows is what makes the way out quick.
    const sql = `SELECT count(*), count(bytes), min(place), max(place), CAST(group_concat(bytes, ',') AS BLOB)
      FROM (SELECT r.${order} AS place, kept.bytes AS bytes FROM ${storageNames(table).rows} AS r
        LEFT JOIN ${texts(number)} AS kept ON kept.version = r.version
        WHERE r.${order} > ? AND r.${order} <= ? ORDER BY r.${order} LIMIT ?)`;
    const [found] = this.#home.statement(sql).all([from, to, limit]) as unknown as SliceRow[];
    const [rows = 0n, known = 0n, first = null, last = null, bytes = null] = found ?? [];
    return { rows: Number(rows), texts: Number(known), first: first ?? '', last: last ?? '', bytes };
  }
}

function texts(number: bigint): string {
  return quoted(`prepared:${number}`);
}

function triggers(number: bigint): readonly (readonly [event: string, name: string])[] {
  return [
    ['UPDATE OF version', quoted(`prepared:${number}:updated`)],
    ['DELETE', quoted(`prepared:${number}:deleted`)],
  ];
}
