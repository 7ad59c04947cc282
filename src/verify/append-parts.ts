import { BIGINT, BOOLEAN, DOUBLE, type DuckDBConnection, DuckDBDataChunk, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { DataFile } from '../core/commit.ts';
import { lakeColumns, type TableShape } from '../core/shape.ts';
import { type CellRow, type ComparedColumn, cellSql, digest, digestSql, partColumns, quoteName } from './cells.ts';
import { CsvProblem } from './csv-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { doubleColumns, type Placed, relationSql, withTypes } from './merged-rows.ts';
import { type ComparedFile, type PublishedFile, readRows } from './published-file.ts';

/** Rows in one chunk of the engine. */
const CHUNK_ROWS = 2_048;
const EXAMPLES_MAX = 3;

export interface PublishedParts {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  /** The published files, each with the committed part that it must show row for row. */
  readonly files: readonly PublishedFile[];
  readonly shape: TableShape;
  /** The image's files, whose rows are the live ones. */
  readonly live: readonly DataFile[];
}

/** What is wrong with each file, and with what they say together; null: nothing. */
export interface ComparedParts {
  readonly files: readonly ComparedFile[];
  readonly problem: string | null;
}

/** Columns of `part_row`, beside a DOUBLE for each column of that kind. */
interface Form {
  readonly columns: readonly ComparedColumn[];
  /** Those that a row of the image has the same: what the environment tells, without the version that readers order by. */
  readonly told: readonly ComparedColumn[];
  readonly doubles: readonly ComparedColumn[];
  /** Places among the doubles of those that are told. */
  readonly toldDoubles: readonly number[];
}

/**
 * Compares published files of an append-only table with its committed parts, row for row and in their order, and what
 * readers make of them with the image: for each id the row of the highest `versionnumber`, then of the highest
 * `SinkModifiedOn`, unless it is a delete ("Azure Synapse Link for Dataverse FAQ").
 */
export async function compareParts(request: PublishedParts): Promise<ComparedParts> {
  const { lake, connection, shape, files } = request;
  const form = formOf(shape);
  await connection.run(`CREATE OR REPLACE TABLE part_row (place INTEGER, line BIGINT, id VARCHAR, version BIGINT, sink BIGINT,
    gone BOOLEAN, h VARCHAR, told VARCHAR${form.doubles.map((_, at) => `, x${at} DOUBLE`).join('')})`);
  const read: { readonly rows: number; readonly broken: string | null }[] = [];
  for (const [place, { path }] of files.entries()) read.push(await loadPart(request, { form, path, place }));
  const paths = await Promise.all(
    files.map(async ({ image }, place) => ({ path: await lake.localFile(image.path), sequence: place })),
  );
  const parts = await withTypes(connection, paths);
  const whole = parts.filter(({ sequence }) => read[sequence]?.broken === null);
  const found = await problemsByPlace(request, { form, whole });
  return {
    files: files.map(({ path }, place) => {
      const { rows, broken } = read[place] ?? { rows: 0, broken: null };
      return { path, rows, problems: broken === null ? (found.get(place) ?? []) : [broken] };
    }),
    // A table without versions cannot be reduced by readers either.
    problem: read.some(({ broken }) => broken !== null) || !hasVersion(shape) ? null : await tellings(request, form),
  };
}

function formOf(shape: TableShape): Form {
  const columns = partColumns(shape);
  const told = columns.filter(
    ({ name, lake: { role, source } }) =>
      // A column that the environment removed is null in the live row once that is read again, and no news.
      role !== 'sink' && role !== 'is-delete' && name !== versionName(shape) && source?.removed !== true,
  );
  const doubles = doubleColumns(columns);
  const toldDoubles = doubles.flatMap((column, at) => (told.includes(column) ? [at] : []));
  return { columns, told, doubles, toldDoubles };
}

function hasVersion(shape: TableShape): boolean {
  return shape.columns.some(({ name }) => name === 'versionnumber');
}

/** Fills `part_row` from one file; of a file that breaks off, none stay. */
async function loadPart(
  { lake, connection, shape }: PublishedParts,
  { form, path, place }: { readonly form: Form; readonly path: string; readonly place: number },
): Promise<{ readonly rows: number; readonly broken: string | null }> {
  const { columns } = form;
  // No row stops before IsDelete; what was added later is behind it.
  const narrowest = columns.findIndex(({ lake: { role } }) => role === 'is-delete') + 1;
  let rows = 0;
  try {
    for await (const read of readRows({ lake, path, columns, narrowest })) {
      await appendRows(connection, { form, shape, place, from: rows, rows: read });
      rows += read.length;
    }
    return { rows, broken: null };
  } catch (failure) {
    if (!(failure instanceof CsvProblem)) throw failure;
    await connection.run(`DELETE FROM part_row WHERE place = ${place}`);
    return { rows, broken: failure.message };
  }
}

async function appendRows(
  connection: DuckDBConnection,
  {
    form: { columns, told, doubles },
    shape,
    place,
    from,
    rows,
  }: {
    readonly form: Form;
    readonly shape: TableShape;
    readonly place: number;
    /** Rows of the file before these. */
    readonly from: number;
    readonly rows: readonly CellRow[];
  },
): Promise<void> {
  const at = (name: string) => columns.findIndex(column => column.name === name);
  const [version, sink] = [at(versionName(shape)), at('SinkModifiedOn')];
  const gone = columns.findIndex(({ lake: { role } }) => role === 'is-delete');
  const toldAt = told.map(column => columns.indexOf(column));
  const types = [INTEGER, BIGINT, VARCHAR, BIGINT, BIGINT, BOOLEAN, VARCHAR, VARCHAR, ...doubles.map(() => DOUBLE)];
  const appender = await connection.createAppender('part_row');
  for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
    const some = rows.slice(start, start + CHUNK_ROWS);
    const cell = (column: number) => some.map(row => row.cells[column] ?? null);
    const chunk = DuckDBDataChunk.create(types, some.length);
    chunk.setColumns([
      some.map(() => place),
      some.map((_, n) => BigInt(from + start + n)),
      some.map(row => row.id),
      cell(version).map(wholeNumber),
      cell(sink).map(wholeNumber),
      cell(gone).map(value => (value === null ? null : value === 'true')),
      some.map(row => digest(columns, row.cells)),
      some.map(row =>
        digest(
          told,
          toldAt.map(place => row.cells[place] ?? null),
        ),
      ),
      ...doubles.map(column => cell(columns.indexOf(column)).map(value => (value === null ? null : Number(value)))),
    ]);
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function versionName(shape: TableShape): string {
  return lakeColumns(shape).find(({ source }) => source?.name === 'versionnumber')?.name ?? '';
}

/** What is no whole number is found by its digest. */
function wholeNumber(cell: string | null): bigint | null {
  return cell !== null && /^-?\d{1,18}$/.test(cell) ? BigInt(cell) : null;
}

/** Rows of committed parts as readers should find them, with `__s`, the place of their file. */
function committedSql(
  { shape, columns }: { readonly shape: TableShape; readonly columns: readonly ComparedColumn[] },
  parts: readonly Placed[],
): string {
  const version = versionName(shape);
  const cells = columns.map(({ name, lake }) => {
    if (lake.role === 'is-delete') return `CASE WHEN __d THEN true END AS ${quoteName(name)}`;
    const value = quoteName(name);
    if (lake.role === 'id' || lake.role === 'sink') return value;
    // I-9: versions of a restored environment begin again lower, and must look newer.
    if (name === version) return `__v + __e * ${10n ** 15n} AS ${value}`;
    return `CASE WHEN NOT __d THEN ${value} END AS ${value}`;
  });
  return `SELECT ${cells.join(', ')}, __s FROM (${relationSql(shape, parts)})`;
}

type Found = Map<number, string[]>;

async function problemsByPlace(
  { connection, shape }: PublishedParts,
  { form: { columns, doubles }, whole }: { readonly form: Form; readonly whole: readonly Placed[] },
): Promise<Found> {
  const sums = doubles.map((column, at) => `, ${cellSql(column)} AS x${at}`).join('');
  const keys = ['place', 'id', 'h', ...doubles.map((_, at) => `x${at}`)];
  const same = keys.map(key => `p.${key} IS NOT DISTINCT FROM c.${key}`).join(' AND ');
  const counted = (from: string) => `SELECT ${keys.join(', ')}, count(*) AS n FROM (${from}) GROUP BY ALL`;
  const committed = `SELECT __s::INTEGER AS place, lower(CAST("Id" AS VARCHAR)) AS id, ${digestSql(columns)} AS h${sums}
    FROM (${committedSql({ shape, columns }, whole)})`;
  const differing =
    await connection.runAndReadAll(`SELECT coalesce(p.place, c.place), coalesce(p.n, 0) < coalesce(c.n, 0) AS missing,
    sum(abs(coalesce(p.n, 0) - coalesce(c.n, 0)))::INTEGER, list(DISTINCT coalesce(p.id, c.id) ORDER BY coalesce(p.id, c.id))[:${EXAMPLES_MAX}]::VARCHAR[]
    FROM (${counted('SELECT * FROM part_row')}) p FULL JOIN (${counted(committed)}) c ON ${same}
    WHERE p.n IS DISTINCT FROM c.n GROUP BY ALL ORDER BY ALL`);
  const found: Found = new Map();
  const add = (place: unknown, problem: string) =>
    found.set(Number(place), [...(found.get(Number(place)) ?? []), problem]);
  for (const [place, missing, rows, ids] of differing.getRowsJson()) {
    const examples = Array.isArray(ids) ? ids.join(', ') : '';
    add(
      place,
      `${rows} rows ${missing === true ? 'of the part are missing' : 'are not in the part'} (for example ${examples})`,
    );
  }
  const fallen =
    await connection.runAndReadAll(`SELECT place, count(*) FILTER (sink < sink_before)::INTEGER, count(*) FILTER (falls)::INTEGER
    FROM (SELECT *, lag(sink) OVER (PARTITION BY place ORDER BY line) AS sink_before,
      ${fallsSql({ within: 'place, id', order: 'line' })} AS falls FROM part_row) GROUP BY place`);
  for (const [place, sinks, versions] of fallen.getRowsJson()) {
    if (Number(sinks) > 0) add(place, `SinkModifiedOn falls ${sinks} times`);
    if (Number(versions) > 0) add(place, `versionnumber of a row falls ${versions} times`);
  }
  return found;
}

/**
 * Whether the version of a line (`version`, `gone`) is below that of one of its id before it. Not that of a delete of
 * what was gone already: it is told with 0, since nobody knows the row that it took away.
 */
export function fallsSql({ within, order }: { readonly within: string; readonly order: string }): string {
  const above = `PARTITION BY ${within} ORDER BY ${order}`;
  return (
    `coalesce(version < max(version) OVER (${above} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) ` +
    `AND NOT (coalesce(gone, false) AND coalesce(lag(gone) OVER (${above}), false)), false)`
  );
}

/** How the reduction of all files parts from the rows of the image; null: not at all. */
async function tellings(
  { lake, connection, shape, live }: PublishedParts,
  { told, doubles, toldDoubles }: Form,
): Promise<string | null> {
  const names = ['told', ...toldDoubles.map(at => `x${at}`)];
  const top = 'rank() OVER (PARTITION BY id ORDER BY version DESC NULLS LAST, sink DESC) = 1';
  await connection.run(
    `CREATE OR REPLACE TABLE part_top AS SELECT DISTINCT id, coalesce(gone, false) AS gone, ${names.join(', ')} FROM part_row QUALIFY ${top}`,
  );
  const paths = await Promise.all(live.map(async ({ path }) => ({ path: await lake.localFile(path), sequence: 0 })));
  const sums = doubles.map((column, at) => `, ${cellSql(column)} AS x${at}`).join('');
  const rows = `SELECT lower(CAST("Id" AS VARCHAR)) AS id, ${digestSql(told)} AS told${sums} FROM (${relationSql(shape, await withTypes(connection, paths))})`;
  const differs = names.map(name => `t.${name} IS DISTINCT FROM l.${name}`).join(' OR ');
  const counted =
    await connection.runAndReadAll(`WITH many AS (SELECT id FROM part_top GROUP BY id HAVING count(*) > 1),
    t AS (SELECT * FROM part_top WHERE NOT gone AND id NOT IN (SELECT id FROM many)),
    l AS (SELECT * FROM (${rows}) WHERE id NOT IN (SELECT id FROM many))
    SELECT (SELECT count(*) FROM many)::INTEGER, count(*) FILTER (t.id IS NULL)::INTEGER, count(*) FILTER (l.id IS NULL)::INTEGER,
      count(*) FILTER (t.id IS NOT NULL AND l.id IS NOT NULL)::INTEGER, coalesce(min(coalesce(t.id, l.id)), (SELECT min(id) FROM many))
    FROM t FULL JOIN l ON t.id = l.id WHERE t.id IS NULL OR l.id IS NULL OR ${differs}`);
  const [unclear = 0, missing = 0, extra = 0, different = 0, example] = counted.getRowsJson()[0] ?? [];
  const words = [
    [unclear, 'rows cannot be told by versionnumber and SinkModifiedOn'],
    [missing, 'live rows are not told'],
    [extra, 'rows are told that are not live'],
    [different, 'rows are told in another version than the live one'],
  ].flatMap(([count, what]) => (Number(count) > 0 ? [`${count} ${what}`] : []));
  return words.length === 0 ? null : `its parts: ${words.join(', ')} (for example ${example})`;
}
