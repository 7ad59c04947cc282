import type { DuckDBConnection } from '@duckdb/node-api';
import type { ComparedCell } from './compare-columns.ts';
import { count, dropTables, type Loaded } from './compare-rows.ts';

/**
 * What two lakes say of an id. `newer-*`: one side has a later version of the row than the other, or knows of its
 * creation or deletion later; both keep moving. `only-*`: only that side has the row, and nothing says that the other
 * just does not know yet. `different`: the same version with other values. `ragged`: the values differ only in columns
 * that one side's line is too short to have, since they were added after it was written.
 */
export type RowClass =
  | 'newer-here'
  | 'newer-there'
  | 'only-original'
  | 'only-ours'
  | 'different'
  | 'ragged'
  | 'deleted-here';

export type RowCounts = Readonly<Record<RowClass, number>>;

/** By what the ages of a table's rows are told: the version, or where a side has none the date it was written. */
export type Age = 'versionnumber' | 'SinkModifiedOn';

/**
 * Fills `findings` (id, class) with every id that the loaded tables `theirs` and `ours` do not agree on, and answers by what
 * ages were told.
 */
export async function classify(
  connection: DuckDBConnection,
  { theirs, ours }: { readonly theirs: Loaded; readonly ours: Loaded },
): Promise<Age> {
  const age: Age = theirs.hasVersions && ours.hasVersions ? 'versionnumber' : 'SinkModifiedOn';
  const at = age === 'versionnumber' ? 'v' : 'm';
  await dropTables(connection, 'findings');
  const newest = (name: string) => `coalesce((SELECT max(${at}) FROM ${name}), -9223372036854775807)`;
  await connection.run(`CREATE TABLE findings AS SELECT id, CASE
      WHEN there AND here THEN CASE WHEN o > t THEN 'newer-here' WHEN t > o THEN 'newer-there' ELSE 'different' END
      WHEN there AND deleted_here THEN CASE WHEN t > o THEN 'newer-there' ELSE 'newer-here' END
      WHEN here AND deleted_there THEN CASE WHEN o > t THEN 'newer-here' ELSE 'newer-there' END
      WHEN there THEN CASE WHEN t > ${newest('ours')} THEN 'newer-there' ELSE 'only-original' END
      ELSE CASE WHEN o > ${newest('theirs')} THEN 'newer-here' ELSE 'only-ours' END END AS class
    FROM (SELECT coalesce(t.id, o.id) AS id, t.${at} AS t, o.${at} AS o, coalesce(NOT t.d, false) AS there, coalesce(NOT o.d, false) AS here,
        coalesce(t.d, false) AS deleted_there, coalesce(o.d, false) AS deleted_here
      FROM theirs t FULL JOIN ours o ON t.id = o.id
      WHERE t.id IS NULL OR o.id IS NULL OR t.d <> o.d OR (NOT t.d AND (t.h <> o.h OR t.v <> o.v)))
    WHERE there OR here`);
  return age;
}

/** The ids of one class, for SQL that reads their cells: fills `picked` and answers how many. */
export async function pick(connection: DuckDBConnection, is: RowClass): Promise<number> {
  await connection.run(`CREATE OR REPLACE TABLE picked AS SELECT id FROM findings WHERE class = '${is}'`);
  return await count(connection, 'FROM picked');
}

/**
 * Names what differs in the rows of class `different`, whose cells are in `theirs_cells` and `ours_cells`: fills
 * `differing` (id, columns), and gives the class `ragged` to those that differ only where a line is too short.
 */
export async function nameDifferences(connection: DuckDBConnection, cells: readonly ComparedCell[]): Promise<void> {
  // A cell that is null on either side is one that the line is too short to have.
  const names = cells.map((cell, at) => `CASE WHEN t.c${at} <> o.c${at} THEN '${cell.name}' END`);
  const listed = names.length === 0 ? '[]::VARCHAR[]' : `list_filter([${names.join(', ')}], x -> x IS NOT NULL)`;
  await dropTables(connection, 'differing');
  await connection.run(
    `CREATE TABLE differing AS SELECT t.id AS id, ${listed} AS columns FROM theirs_cells t JOIN ours_cells o ON t.id = o.id`,
  );
  await connection.run(
    "UPDATE findings SET class = 'ragged' WHERE class = 'different' AND id IN (SELECT id FROM differing WHERE len(columns) = 0)",
  );
}

export async function countClasses(connection: DuckDBConnection): Promise<RowCounts> {
  const found = await connection.runAndReadAll('SELECT class, count(*)::DOUBLE FROM findings GROUP BY class');
  const counts = new Map(found.getRows().map(([is, rows]) => [String(is), Number(rows)]));
  const of = (is: RowClass) => counts.get(is) ?? 0;
  return {
    'newer-here': of('newer-here'),
    'newer-there': of('newer-there'),
    'only-original': of('only-original'),
    'only-ours': of('only-ours'),
    different: of('different'),
    ragged: of('ragged'),
    'deleted-here': of('deleted-here'),
  };
}

/** Columns in which rows of the same version differ, and in how many; the most frequent first. */
export async function countColumns(
  connection: DuckDBConnection,
): Promise<{ readonly name: string; readonly rows: number }[]> {
  const found = await connection.runAndReadAll(
    'SELECT name, count(*)::DOUBLE AS n FROM (SELECT unnest(columns) AS name FROM differing) GROUP BY name ORDER BY n DESC, name',
  );
  return found.getRows().map(([name, rows]) => ({ name: String(name), rows: Number(rows) }));
}

/** A row that nothing explains. */
export interface RowSample {
  readonly id: string;
  readonly is: 'only-original' | 'only-ours' | 'different';
  /** For `different`; at most 20. */
  readonly columns: readonly string[];
}

const SAMPLES_MAX = 20;

/** Some of the rows that nothing explains, the same ones each time. */
export async function sampleRows(
  connection: DuckDBConnection,
  { areDifferent }: { readonly areDifferent: boolean },
): Promise<RowSample[]> {
  const samples: RowSample[] = [];
  for (const is of ['only-original', 'only-ours', ...(areDifferent ? (['different'] as const) : [])] as const) {
    const columns = is === 'different' ? 'd.columns[1:20]' : '[]::VARCHAR[]';
    const join = is === 'different' ? 'LEFT JOIN differing d ON d.id = f.id' : '';
    const found = await connection.runAndReadAll(
      `SELECT CAST(f.id AS VARCHAR), array_to_string(${columns}, ',') FROM findings f ${join} WHERE f.class = '${is}' ORDER BY f.id LIMIT ${SAMPLES_MAX}`,
    );
    for (const [id, names] of found.getRows()) {
      samples.push({ id: String(id), is, columns: names === null || names === '' ? [] : String(names).split(',') });
    }
  }
  return samples;
}
