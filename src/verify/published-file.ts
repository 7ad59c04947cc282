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
import { doubleColumns, readCells, relationSql } from './merged-rows.ts';

const SAMPLES_MAX = 20;
const EXAMPLES_MAX = 3;
/** Rows read again together when the first samples turn out equal. */
const LOOKED_AT_ONCE = 2_000;

/** A published partition and the image's file it must equal. */
export interface PublishedFile {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly path: string;
  readonly image: DataFile;
  readonly shape: TableShape;
  /** No row may have fewer fields. */
  readonly narrowest: number;
}

/** Compares every cell of a published CSV with the image. Answers its rows and what is wrong. */
export async function compareFile(
  file: PublishedFile,
): Promise<{ readonly rows: number; readonly problems: string[] }> {
  const { lake, connection, shape, image } = file;
  const columns = publishedColumns(shape);
  const doubles = doubleColumns(columns);
  await connection.run(
    `CREATE OR REPLACE TABLE published (id VARCHAR, v BIGINT, h VARCHAR${doubles.map((_, at) => `, x${at} DOUBLE`).join('')})`,
  );
  let rows = 0;
  try {
    for await (const read of readRows({ ...file, columns })) {
      await append({ connection, name: 'published', columns, rows: read });
      rows += read.length;
    }
  } catch (failure) {
    if (failure instanceof CsvProblem) return { rows, problems: [failure.message] };
    throw failure;
  }
  const from = relationSql(shape, [{ path: await lake.localFile(image.path), sequence: 1 }]);
  const sums = doubles.map((column, at) => `, ${quoteName(column.name)} AS x${at}`).join('');
  await connection.run(
    `CREATE OR REPLACE TABLE folded AS SELECT lower(CAST("Id" AS VARCHAR)) AS id, ${digestSql(columns)} AS h${sums} FROM (${from})`,
  );
  return { rows, problems: await comparePublished({ ...file, columns, rows, from }) };
}

/** Rows as cells, chunk by chunk of the file. */
async function* readRows({
  lake,
  path,
  columns,
  narrowest,
}: Pick<PublishedFile, 'lake' | 'path' | 'narrowest'> & {
  readonly columns: readonly ComparedColumn[];
}): AsyncGenerator<CellRow[]> {
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

async function comparePublished({
  lake,
  connection,
  path,
  columns,
  narrowest,
  image,
  rows,
  from,
}: PublishedFile & {
  readonly columns: readonly ComparedColumn[];
  readonly rows: number;
  readonly from: string;
}): Promise<string[]> {
  const problems: string[] = [];
  if (rows !== image.rows) problems.push(`${rows} rows, not ${image.rows} as in the image`);
  const doubled = doubleColumns(columns).map((_, at) => ` OR p.x${at} IS DISTINCT FROM f.x${at}`);
  const found = await connection.runAndReadAll(`SELECT coalesce(p.id, f.id), p.id IS NULL, f.id IS NULL
    FROM published p FULL JOIN folded f ON p.id = f.id WHERE p.id IS NULL OR f.id IS NULL OR p.h <> f.h${doubled.join('')}`);
  const differing = found.getRows();
  const absent = differing.filter(([, missing]) => missing === true).length;
  const foreign = differing.filter(([, , extra]) => extra === true).length;
  const changed = differing
    .filter(([, missing, extra]) => missing !== true && extra !== true)
    .map(([id]) => String(id));
  if (absent > 0) problems.push(`${absent} rows of the image are missing`);
  if (foreign > 0) problems.push(`${foreign} rows are not in the image`);
  const repeats = await connection.runAndReadAll('SELECT (count(*) - count(DISTINCT id))::INTEGER FROM published');
  const repeated = Number(repeats.getRows()[0]?.[0] ?? 0);
  if (repeated > 0) problems.push(`${repeated} rows repeat an id`);
  const { names, examples } = await reallyDiffering({ lake, connection, path, columns, narrowest, from, changed });
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
}: Pick<PublishedFile, 'lake' | 'connection' | 'path' | 'narrowest'> & {
  readonly columns: readonly ComparedColumn[];
  readonly from: string;
  readonly changed: readonly string[];
}): Promise<{ readonly names: readonly string[]; readonly examples: readonly string[] }> {
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
