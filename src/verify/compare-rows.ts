import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from './cells.ts';
import { type CellForm, type ComparedCell, cellSql, instantSql, OWN_COLUMNS } from './compare-columns.ts';
import type { FileForm } from './compare-file.ts';
import type { Attribute, SideFile, SideTable } from './compare-side.ts';
import { IS_DELETE } from './folder-reader.ts';

/** A file of a table that can be read, and the local path of its bytes. */
export interface ReadableFile extends SideFile {
  readonly local: string;
  readonly form: FileForm;
}

/** One side of a table, loaded under `name` (SQL): one row an id, the newest word of it. */
export interface LoadRequest {
  readonly connection: DuckDBConnection;
  readonly name: 'theirs' | 'ours';
  readonly table: SideTable;
  readonly files: readonly ReadableFile[];
  readonly cells: readonly ComparedCell[];
  readonly signal: AbortSignal;
  readonly onRows: (rows: number) => void;
}

interface RankedFile extends ReadableFile {
  /** Its place among the table's files, oldest first. */
  readonly rank: number;
}

/** Files that one statement reads. */
export interface FileGroup {
  readonly files: readonly RankedFile[];
  readonly attributes: readonly Attribute[];
}

export interface Loaded {
  /** Lines of the files. */
  readonly lines: number;
  /** Ids that are live. */
  readonly rows: number;
  /** Lines whose id is not a guid; they are not compared. */
  readonly oddIds: number;
  /** Ids that stand more than once in a table that is not append only. */
  readonly repeated: number;
  readonly hasVersions: boolean;
  readonly isAppendOnly: boolean;
  /** What could be read, for a second reading. */
  readonly groups: readonly FileGroup[];
  /** Files that cannot be read, in words; what they hold is not compared. */
  readonly problems: readonly string[];
}

const VERSION = 'versionnumber';
/** A text cell may have 1,048,576 characters, four bytes each and quotes doubled, and a line several of them. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;
/** What an unquoted empty field would have to hold to be null: then only fields that are not there are. */
const NEVER = '\u0001';

/** Reads a side's files into the table `name`: (id, v, m, d, f, h) of the newest word of each id. */
export async function loadSide(request: LoadRequest): Promise<Loaded> {
  const { connection, name, table } = request;
  await dropTables(connection, name, `${name}_all`);
  const { lines, problems, groups } = await insertLines(request);
  const ids = `FROM ${name}_all WHERE id IS NOT NULL`;
  const oddIds = await count(connection, `FROM ${name}_all WHERE id IS NULL`);
  const distinct = await count(connection, `FROM (SELECT id ${ids} GROUP BY id)`);
  const isUnique = lines - oddIds === distinct;
  const repeated = isUnique ? 0 : await count(connection, `FROM (SELECT id ${ids} GROUP BY id HAVING count(*) > 1)`);
  if (isUnique && oddIds === 0) await connection.run(`ALTER TABLE ${name}_all RENAME TO ${name}`);
  else await connection.run(`CREATE TABLE ${name} AS SELECT * ${ids} ${newestSql('id')}`);
  await dropTables(connection, `${name}_all`);
  const isAppendOnly = hasColumn(table.attributes, IS_DELETE);
  return {
    lines,
    rows: await count(connection, `FROM ${name} WHERE NOT d`),
    oddIds,
    repeated: isAppendOnly ? 0 : repeated,
    hasVersions: hasColumn(table.attributes, VERSION),
    isAppendOnly,
    groups,
    problems,
  };
}

/** The lines of all files; of one that cannot be read, none. */
async function insertLines({
  connection,
  name,
  files,
  cells,
  signal,
  onRows,
}: LoadRequest): Promise<Pick<Loaded, 'lines' | 'problems' | 'groups'>> {
  await connection.run(`CREATE TABLE ${name}_all (id UUID, v BIGINT, m BIGINT, d BOOLEAN, f INTEGER, h UHUGEINT)`);
  const problems: string[] = [];
  const groups: FileGroup[] = [];
  let lines = 0;
  const insert = async (group: FileGroup) => {
    const digest = `${digestSql(cells, group.attributes)} AS h`;
    const sql = `INSERT INTO ${name}_all SELECT ${headSql(group)}, ${digest} FROM ${csvSql(group)}`;
    lines += Number((await connection.runAndReadAll(sql)).getRows()[0]?.[0] ?? 0);
    groups.push(group);
  };
  // A statement over a wide table costs more to plan than a small file to read, so files go together while they can.
  const waiting = groupFiles(files).reverse();
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    signal.throwIfAborted();
    try {
      await insert(group);
    } catch (failure) {
      signal.throwIfAborted();
      // The message of the engine does not always say which file it was.
      if (group.files.length > 1) for (const one of group.files.toReversed()) waiting.push({ ...group, files: [one] });
      else problems.push(`${group.files[0]?.path} ${csvProblem(failure)}`);
    }
    onRows(lines);
  }
  return { lines, problems, groups };
}

const FILES_TOGETHER = 100;

/** Files of the same columns and form, which one statement reads, in their order. */
function groupFiles(files: readonly ReadableFile[]): FileGroup[] {
  const found = new Map<string, RankedFile[]>();
  for (const [rank, file] of files.entries()) {
    const { lineEnd, hasQuotedLineEnds } = file.form;
    const key = JSON.stringify([lineEnd, hasQuotedLineEnds, file.attributes.map(({ name }) => name)]);
    found.set(key, [...(found.get(key) ?? []), { ...file, rank }]);
  }
  return [...found.values()].flatMap(same =>
    Array.from({ length: Math.ceil(same.length / FILES_TOGETHER) }, (_, at) => {
      const some = same.slice(at * FILES_TOGETHER, (at + 1) * FILES_TOGETHER);
      return { files: some, attributes: some[0]?.attributes ?? [] };
    }),
  );
}

/** Counts rows of a `FROM` clause. */
export async function count(connection: DuckDBConnection, from: string): Promise<number> {
  const counted = await connection.runAndReadAll(`SELECT count(*)::DOUBLE ${from}`);
  return Number(counted.getRows()[0]?.[0] ?? 0);
}

export async function dropTables(connection: DuckDBConnection, ...names: readonly string[]): Promise<void> {
  for (const name of names) await connection.run(`DROP TABLE IF EXISTS ${name}`);
}

/**
 * Per id the highest version, then the latest SinkModifiedOn ("Azure Synapse Link for Dataverse FAQ"); then the later
 * file, and a delete before a row, since ours has the version of its row.
 */
function newestSql(id: string): string {
  return `QUALIFY row_number() OVER (PARTITION BY ${id} ORDER BY v DESC NULLS LAST, m DESC NULLS LAST, d DESC, f DESC) = 1`;
}

/**
 * Loads all cells of the ids in `picked` into `<name>_cells`: (id, c0, c1 ...), of the newest word of each id. A cell is
 * null where the line is too short to have it.
 */
export async function loadCells(
  { connection, name, cells, signal }: LoadRequest,
  { groups }: Pick<Loaded, 'groups'>,
): Promise<void> {
  const columns = cells.map((_, at) => `, c${at} VARCHAR`).join('');
  await connection.run(
    `CREATE OR REPLACE TABLE ${name}_lines (id UUID, v BIGINT, m BIGINT, d BOOLEAN, f INTEGER${columns})`,
  );
  for (const group of groups) {
    signal.throwIfAborted();
    const values = cells.map(cell => `, ${cellOf(cell, group.attributes)}`).join('');
    await connection.run(
      `INSERT INTO ${name}_lines SELECT * FROM (SELECT ${headSql(group)}${values} FROM ${csvSql(group)}) WHERE id IN (SELECT id FROM picked)`,
    );
  }
  await connection.run(`CREATE OR REPLACE TABLE ${name}_cells AS SELECT * FROM ${name}_lines ${newestSql('id')}`);
  await connection.run(`DROP TABLE ${name}_lines`);
}

/** The files as a relation of the texts x0, x1 ...; a field that a short line does not have is null, an empty one is empty. */
function csvSql({ files, attributes }: FileGroup): string {
  const columns = attributes.map((_, at) => `'x${at}': 'VARCHAR'`).join(', ');
  const end = files[0]?.form.lineEnd === 'crlf' ? '\\r\\n' : '\\n';
  // Ragged lines with quoted line ends fail in the parallel reader; nothing is guessed from a sample.
  const parallel = files.every(({ form }) => !form.hasQuotedLineEnds);
  const paths = files.map(({ local }) => quoteText(local)).join(', ');
  return `read_csv([${paths}], filename = true, header = false, delim = ',', quote = '"', escape = '"', auto_detect = false,
    null_padding = true, parallel = ${parallel}, nullstr = ${quoteText(NEVER)}, new_line = '${end}',
    max_line_size = ${LINE_BYTES_MAX}, buffer_size = ${2 * LINE_BYTES_MAX}, columns = {${columns}})`;
}

/** id, version, SinkModifiedOn (microseconds), whether it is a delete, and which file it is of. */
function headSql({ files, attributes }: FileGroup): string {
  const places = files.map(({ local, rank }) => `${quoteText(local)}: ${rank}`).join(', ');
  const text = (name: string) => {
    const at = indexOf(attributes, name);
    return at === -1 ? 'CAST(NULL AS VARCHAR)' : `x${at}`;
  };
  return `TRY_CAST(${text(OWN_COLUMNS.id)} AS UUID) AS id, TRY_CAST(${text(VERSION)} AS BIGINT) AS v,
    ${instantSql(text(OWN_COLUMNS.sinkModified))} AS m, coalesce(lower(${text(IS_DELETE)}) IN ('true', '1'), false) AS d, MAP {${places}}[filename] AS f`;
}

/** A digest of the compared cells. Each cell ends in NUL, which no comparable cell holds: no two rows spell the same. */
function digestSql(cells: readonly ComparedCell[], attributes: readonly Attribute[]): string {
  const parts = cells.map(cell => `coalesce(${cellOf(cell, attributes)}, '')`);
  // A function takes only so many arguments gladly; wide tables are digested in pieces.
  const pieces = Array.from({ length: Math.ceil(parts.length / 100) }, (_, at) =>
    parts.slice(at * 100, at * 100 + 100),
  );
  const texts = pieces.map(piece => `concat_ws(chr(0), ${piece.join(', ')})`);
  return texts.length === 0 ? 'CAST(0 AS UHUGEINT)' : `md5_number(concat_ws(chr(0), ${texts.join(', ')}))`;
}

function cellOf(
  { name, form }: { readonly name: string; readonly form: CellForm },
  attributes: readonly Attribute[],
): string {
  const at = indexOf(attributes, name);
  return at === -1 ? 'CAST(NULL AS VARCHAR)' : cellSql(form, `x${at}`);
}

function indexOf(attributes: readonly Attribute[], name: string): number {
  return attributes.findIndex(attribute => attribute.name.toLowerCase() === name.toLowerCase());
}

function hasColumn(attributes: readonly Attribute[], name: string): boolean {
  return indexOf(attributes, name) !== -1;
}

/** What the engine says of a file, without the line it shows of it: that holds values. */
function csvProblem(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : '';
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  const found = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  const where = line === undefined ? '' : ` at line ${line}`;
  if (found !== null) return `cannot be read${where}: ${found[2]} fields, but ${found[1]} columns in model.json`;
  if (/unicode/i.test(message)) return `cannot be read${where}: it is not UTF-8`;
  return `cannot be read as CSV${where}`;
}
