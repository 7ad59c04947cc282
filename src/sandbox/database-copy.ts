import type Database from 'libsql';
import { quoted } from './storage.ts';

/** Writes all that a database holds into a new file. */
export function copyDatabase(sqlite: Database.Database, path: string): void {
  sqlite.prepare('VACUUM INTO ?').run([path]);
}

type Part = readonly [type: string, name: string, sql: string | null];

/**
 * Lets a database hold what a copy holds and nothing else, in one transaction. Prepared statements and what was read
 * before are not good any more.
 */
export function replaceDatabase(sqlite: Database.Database, path: string): void {
  sqlite.prepare('ATTACH ? AS copy').run([path]);
  try {
    sqlite.exec('BEGIN IMMEDIATE');
    try {
      for (const [, name] of partsOf(sqlite, 'main', ['table'])) sqlite.exec(`DROP TABLE main.${quoted(name)}`);
      for (const [, name, sql] of partsOf(sqlite, 'copy', ['table'])) {
        sqlite.exec(sql ?? '');
        sqlite.exec(`INSERT INTO main.${quoted(name)} SELECT * FROM copy.${quoted(name)}`);
      }
      // After the rows: an index is made quicker at once, and a trigger must not see them come.
      for (const [, , sql] of partsOf(sqlite, 'copy', ['index', 'trigger'])) sqlite.exec(sql ?? '');
      sqlite.exec('COMMIT');
    } catch (failure) {
      sqlite.exec('ROLLBACK');
      throw failure;
    }
  } finally {
    sqlite.exec('DETACH copy');
  }
}

/** What SQLite makes by itself has no SQL or a name of its own. */
function partsOf(sqlite: Database.Database, schema: 'main' | 'copy', types: readonly string[]): readonly Part[] {
  const sql = `SELECT type, name, sql FROM ${schema}.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'`;
  const parts = sqlite.prepare(sql).raw(true).all([]) as unknown as Part[];
  return parts.filter(([type]) => types.includes(type));
}
