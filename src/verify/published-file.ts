import type { DuckDBConnection } from '@duckdb/node-api';
import type { DataFile } from '../core/commit.ts';
import type { TableShape } from '../core/shape.ts';
import {
  type CellRow,
  type ComparedColumn,
  canonical,
  differingColumns,
  digestSql,
  publishedColumns,
  quoteName,
  quoteText,
} from './cells.ts';
import { CsvProblem, CsvReader, type Field } from './csv-reader.ts';
import { append } from './environment-rows.ts';
import type { LakeReader } from './lake-reader.ts';
import { doubleColumns, readCells, relationSql, withTypes } from './merged-rows.ts';

const SAMPLES_MAX = 20;
const EXAMPLES_MAX = 3;
/** Rows read again together when the first samples turn out equal. */
const LOOKED_AT_ONCE = 2_000;

/** A published partition and the image's file it must equal. */
export interface PublishedFile {
  readonly path: string;
  readonly image: DataFile;
}

/** The published partitions of a table. */
export interface PublishedFiles {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly files: readonly PublishedFile[];
  readonly shape: TableShape;
  /** No row may have fewer fields. */
  readonly narrowest: number;
}

export interface ComparedFile {
  readonly path: string;
  readonly rows: number;
  readonly problems: readonly string[];
}

/**
 * Compares every cell of published CSV files with the image: all files of a table at once, since the engine's work on a
 * wide table hardly depends on how many rows a file has. Answers for each file its rows and what is wrong.
 */
export async function compareFiles(request: PublishedFiles): Promise<ComparedFile[]> {
  const { lake, connection, shape, files } = request;
  const columns = publishedColumns(shape);
  const doubles = doubleColumns(columns);
  const types = doubles.map((_, at) => `, x${at} DOUBLE`).join('');
  // In both tables `v` is the place of the row's file.
  await connection.run(`CREATE OR REPLACE TABLE published (id VARCHAR, v BIGINT, h VARCHAR${types})`);
  const read: { readonly rows: number; readonly broken: string | null }[] = [];
  for (const [place, { path }] of files.entries()) {
    read.push(await loadFile({ ...request, path, place, columns }));
  }
  const paths = await Promise.all(
    files.map(async ({ image }, place) => ({ path: await lake.localFile(image.path), sequence: place })),
  );
  const images = await withTypes(connection, paths);
  const whole = images.filter(({ sequence }) => read[sequence]?.broken === null);
  const sums = doubles.map((column, at) => `, ${quoteName(column.name)} AS x${at}`).join('');
  await connection.run(
    `CREATE OR REPLACE TABLE folded AS SELECT lower(CAST("Id" AS VARCHAR)) AS id, __s AS v, ${digestSql(columns)} AS h${sums} FROM (${relationSql(shape, whole)})`,
  );
  const differences = await findDifferences(connection, doubles.length);
  const compared: ComparedFile[] = [];
  for (const [place, { path, image }] of files.entries()) {
    const { rows, broken } = read[place] ?? { rows: 0, broken: null };
    const from = relationSql(shape, images.slice(place, place + 1));
    const found = differences.get(place) ?? NO_DIFFERENCES;
    const problems =
      broken === null ? await problemsOf({ ...request, path, columns, from, rows, image, found }) : [broken];
    compared.push({ path, rows, problems });
  }
  return compared;
}

type Reading = Pick<PublishedFiles, 'lake' | 'connection' | 'narrowest'> & {
  readonly path: string;
  readonly columns: readonly ComparedColumn[];
};

/** Appends a file's digests to `published`; of a file that breaks off, none stay. */
async function loadFile(
  request: Reading & { readonly place: number },
): Promise<{ readonly rows: number; readonly broken: string | null }> {
  const { connection, columns, place } = request;
  let rows = 0;
  try {
    for await (const read of readRows(request)) {
      const placed = read.map(row => ({ ...row, version: String(place) }));
      await append({ connection, name: 'published', columns, rows: placed });
      rows += read.length;
    }
    return { rows, broken: null };
  } catch (failure) {
    if (!(failure instanceof CsvProblem)) throw failure;
    await connection.run(`DELETE FROM published WHERE v = ${place}`);
    return { rows, broken: failure.message };
  }
}

interface Differences {
  readonly absent: number;
  readonly foreign: number;
  readonly repeated: number;
  /** Ids whose digests differ. */
  readonly changed: readonly string[];
}

const NO_DIFFERENCES: Differences = { absent: 0, foreign: 0, repeated: 0, changed: [] };

/** What differs between `published` and `folded`, by the place of the file. */
async function findDifferences(connection: DuckDBConnection, doubles: number): Promise<Map<number, Differences>> {
  const doubled = Array.from({ length: doubles }, (_, at) => ` OR p.x${at} IS DISTINCT FROM f.x${at}`).join('');
  const compared =
    await connection.runAndReadAll(`SELECT coalesce(p.v, f.v)::INTEGER, coalesce(p.id, f.id), p.id IS NULL, f.id IS NULL
    FROM published p FULL JOIN folded f ON p.id = f.id AND p.v = f.v WHERE p.id IS NULL OR f.id IS NULL OR p.h <> f.h${doubled}`);
  const repeats = await connection.runAndReadAll(
    'SELECT v::INTEGER, (count(*) - count(DISTINCT id))::INTEGER FROM published GROUP BY v HAVING count(*) > count(DISTINCT id)',
  );
  const found = new Map<number, Differences>();
  const change = (place: unknown, how: (before: Differences) => Partial<Differences>) => {
    const before = found.get(Number(place)) ?? NO_DIFFERENCES;
    found.set(Number(place), { ...before, ...how(before) });
  };
  const changed = new Map<number, string[]>();
  for (const [place, id, missing, extra] of compared.getRows()) {
    if (missing === true) change(place, ({ absent }) => ({ absent: absent + 1 }));
    else if (extra === true) change(place, ({ foreign }) => ({ foreign: foreign + 1 }));
    else {
      const ids = changed.get(Number(place)) ?? [];
      ids.push(String(id));
      changed.set(Number(place), ids);
    }
  }
  for (const [place, ids] of changed) change(place, () => ({ changed: ids }));
  for (const [place, repeated] of repeats.getRows()) change(place, () => ({ repeated: Number(repeated) }));
  return found;
}

/** Rows as cells, chunk by chunk of the file. What is no CSV of ours, or has another width, throws a `CsvProblem`. */
export async function* readRows({
  lake,
  path,
  columns,
  narrowest,
}: Pick<Reading, 'lake' | 'path' | 'columns' | 'narrowest'>): AsyncGenerator<CellRow[]> {
  const reader = new CsvReader();
  let row = 0;
  for await (const bytes of lake.open(path)) {
    const rows = reader.push(bytes).map(fields => {
      row += 1;
      return cellRow({ fields, columns, narrowest, row });
    });
    if (rows.length > 0) yield rows;
  }
  reader.end();
}

function cellRow({
  fields,
  columns,
  narrowest,
  row,
}: {
  readonly fields: readonly Field[];
  readonly columns: readonly ComparedColumn[];
  readonly narrowest: number;
  readonly row: number;
}): CellRow {
  // Rows are shorter only by columns that were added after them; those cells are null.
  if (fields.length > columns.length || fields.length < narrowest) {
    throw new CsvProblem({ row, problem: `${fields.length} fields, not ${columns.length}` });
  }
  const cells = columns.map((column, at) => {
    const field = fields[at];
    if (field === undefined || (!field.quoted && field.text === '')) return null;
    return canonical(column, field.text);
  });
  return { id: cells[0] ?? '', version: null, cells };
}

async function problemsOf(
  request: Reading & {
    readonly from: string;
    readonly rows: number;
    readonly image: DataFile;
    readonly found: Differences;
  },
): Promise<string[]> {
  const { rows, image, found } = request;
  const { absent, foreign, repeated, changed } = found;
  const problems: string[] = [];
  if (rows !== image.rows) problems.push(`${rows} rows, not ${image.rows} as in the image`);
  if (absent > 0) problems.push(`${absent} rows of the image are missing`);
  if (foreign > 0) problems.push(`${foreign} rows are not in the image`);
  if (repeated > 0) problems.push(`${repeated} rows repeat an id`);
  const { names, examples } = await reallyDiffering({ ...request, changed });
  if (names.length > 0) {
    problems.push(
      `${changed.length} rows differ from the image in ${names.join(', ')} (for example ${examples.join(', ')})`,
    );
  }
  return problems;
}

/**
 * Columns and rows that really differ, some of them: JSON that is spelt in another way has another digest and is no
 * difference, so rows are looked at until one is found.
 */
async function reallyDiffering({
  lake,
  connection,
  path,
  columns,
  narrowest,
  from,
  changed,
}: Reading & { readonly from: string; readonly changed: readonly string[] }): Promise<{
  readonly names: readonly string[];
  readonly examples: readonly string[];
}> {
  const names = new Set<string>();
  const examples: string[] = [];
  for (let start = 0; start < changed.length && names.size === 0; start += start === 0 ? SAMPLES_MAX : LOOKED_AT_ONCE) {
    const ids = changed.slice(start, start + (start === 0 ? SAMPLES_MAX : LOOKED_AT_ONCE));
    const sample = `SELECT * FROM (${from}) WHERE lower(CAST("Id" AS VARCHAR)) IN (${ids.map(quoteText).join(', ')})`;
    const images = await readCells({ connection, columns, from: sample });
    for await (const read of readRows({ lake, path, columns, narrowest })) {
      for (const row of read) {
        const other = images.get(row.id);
        const differing = other === undefined ? [] : differingColumns(columns, row, other);
        for (const name of differing) names.add(name);
        if (differing.length > 0 && examples.length < EXAMPLES_MAX) examples.push(row.id);
      }
    }
  }
  return { names: [...names].slice(0, SAMPLES_MAX), examples };
}
