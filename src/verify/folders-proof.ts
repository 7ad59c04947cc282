import type { DuckDBConnection } from '@duckdb/node-api';
import { appendColumns, type TableShape } from '../core/shape.ts';
import { fallsSql } from './append-parts.ts';
import { cellSql, digestSql } from './cells.ts';
import { type Committed, readCommitted } from './committed.ts';
import { CsvProblem } from './csv-reader.ts';
import { CHANGELOG, type FolderTable, folderTime, readFolder, readFolders } from './folder-reader.ts';
import { firstFolderOf } from './folders-life.ts';
import { WordTable } from './folders-words.ts';
import type { LakeReader } from './lake-reader.ts';
import { attributeProblem, ROOT_MANIFEST, readManifest } from './manifest.ts';
import { relationSql, withTypes } from './merged-rows.ts';

/** What is wrong with a table's folders; paths are relative to the lake. */
export interface FolderProof {
  readonly files: number;
  readonly rows: number;
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

interface Proving {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly table: string;
}

/**
 * Proves a table of a link of incremental folders: whoever replays all finished folders in their order, and then what
 * waits for the next one, has the rows of the committed image; and one row's version never falls from a folder to a
 * later one. Memory does not follow the number of rows.
 */
export async function proveFolders(proving: Proving): Promise<FolderProof> {
  const { lake, connection, table } = proving;
  // First what is committed: what is read after it can only be newer.
  const committed = await readCommitted(lake, table);
  const { shape, image } = committed;
  if (shape === null || image === null || !committed.initialSyncCompleted) return { files: 0, rows: 0, problems: [] };
  const { inProgress, finished: all } = await readFolders(lake);
  if (inProgress === null || folderTime(inProgress) === null) return failed(CHANGELOG, 'does not name a folder');
  const first = await firstFolderOf(lake, table);
  const finished = all.filter(name => name >= first);
  const problems = [...(await rootProblems(lake, { table, shape }))];
  const words = await WordTable.create(connection, shape);
  let [files, rows] = [0, 0];
  for (const [place, folder] of finished.entries()) {
    const found = await tableIn(lake, { folder, table });
    if (typeof found === 'string') problems.push({ path: `${folder}/${ROOT_MANIFEST}`, problem: found });
    if (found === null || typeof found === 'string') continue;
    try {
      rows += await words.addFolder(lake, { folder: place, table: found });
      files += found.files.length;
    } catch (failure) {
      if (!(failure instanceof CsvProblem)) throw failure;
      problems.push({ path: `${folder}/${table}`, problem: failure.message });
    }
  }
  const waiting = committed.waiting.map(async ({ batch, sequence }) => ({
    path: await lake.localFile(batch.path),
    sequence,
  }));
  await words.addWaiting(finished.length, await withTypes(connection, await Promise.all(waiting)));
  const found = [...(await fallenVersions(proving)), ...(await differences(proving, { committed, shape, words }))];
  return { files, rows, problems: [...problems, ...found.map(problem => ({ path: `*/${table}/`, problem }))] };
}

function failed(path: string, problem: string): FolderProof {
  return { files: 0, rows: 0, problems: [{ path, problem }] };
}

async function rootProblems(
  lake: LakeReader,
  { table, shape }: { readonly table: string; readonly shape: TableShape },
): Promise<{ path: string; problem: string }[]> {
  const found = (problem: string) => [{ path: ROOT_MANIFEST, problem }];
  const entities = await readManifest(lake, ROOT_MANIFEST);
  if (entities === null || typeof entities === 'string') return found(entities ?? 'missing');
  const entity = entities.find(({ name }) => name === table);
  if (entity === undefined) return found(`does not name ${table}`);
  const problem = attributeProblem(entity, appendColumns(shape));
  return problem === null ? [] : found(`${table}: ${problem}`);
}

/** Null where the folder is from before the table, or from a time when it had left. */
async function tableIn(
  lake: LakeReader,
  { folder, table }: { readonly folder: string; readonly table: string },
): Promise<FolderTable | string | null> {
  const tables = await readFolder(lake, folder);
  return typeof tables === 'string' ? tables : (tables.find(({ name }) => name === table) ?? null);
}

async function fallenVersions({ connection }: Proving): Promise<string[]> {
  const [[count, example] = []] = (
    await connection.runAndReadAll(`SELECT count(DISTINCT id)::INTEGER, min(id) FROM (SELECT id,
      ${fallsSql({ within: 'id', order: 'folder' })} AS falls FROM word WHERE version IS NOT NULL) WHERE falls`)
  ).getRowsJson();
  return Number(count) > 0
    ? [`versions of ${count} rows fall from a folder to a later one (for example ${example})`]
    : [];
}

/** How the replay of all folders parts from the rows of the image. */
async function differences(
  { lake, connection }: Proving,
  { committed, shape, words }: { readonly committed: Committed; readonly shape: TableShape; readonly words: WordTable },
): Promise<string[]> {
  const all = [...words.doubles.keys()].map(at => `, x${at}`).join('');
  await connection.run(
    `CREATE OR REPLACE TABLE told AS SELECT id, form, gone, h${all} FROM word QUALIFY row_number() OVER (PARTITION BY id ORDER BY folder DESC) = 1`,
  );
  const partitions = committed.image?.partitions ?? [];
  const paths = partitions.map(async ({ file }) => ({ path: await lake.localFile(file.path), sequence: 0 }));
  const image = relationSql(shape, await withTypes(connection, await Promise.all(paths)));
  const id = 'lower(CAST("Id" AS VARCHAR))';
  const [ids = []] = (
    await connection.runAndReadAll(`WITH live AS (SELECT ${id} AS id FROM (${image})), shown AS (SELECT id FROM told WHERE NOT gone)
      SELECT count(*) FILTER (shown.id IS NULL)::INTEGER, count(*) FILTER (live.id IS NULL)::INTEGER, min(coalesce(live.id, shown.id))
      FROM live FULL JOIN shown ON live.id = shown.id WHERE live.id IS NULL OR shown.id IS NULL`)
  ).getRowsJson();
  const [missing, extra, example] = ids;
  const problems: string[] = [];
  if (Number(missing) > 0) problems.push(`${missing} live rows are in no folder (for example ${example})`);
  if (Number(extra) > 0) problems.push(`${extra} rows of folders are not live (for example ${example})`);
  let [different, other] = [0, ''];
  for (const [at, { columns, doubles }] of words.forms.entries()) {
    const numbers = doubles.map(n => ({ n, column: words.doubles[n] }));
    const sums = numbers
      .map(({ n, column }) => `, ${column === undefined ? 'NULL' : cellSql(column)} AS x${n}`)
      .join('');
    const differs = numbers.map(({ n }) => ` OR told.x${n} IS DISTINCT FROM live.x${n}`).join('');
    const [[count, first] = []] = (
      await connection.runAndReadAll(`SELECT count(*)::INTEGER, min(told.id) FROM told
        JOIN (SELECT ${id} AS id, ${digestSql(columns)} AS h${sums} FROM (${image})) live ON live.id = told.id
        WHERE told.form = ${at} AND NOT told.gone AND (told.h <> live.h${differs})`)
    ).getRowsJson();
    different += Number(count);
    other ||= String(first ?? '');
  }
  if (different > 0) problems.push(`${different} rows differ from the image (for example ${other})`);
  return problems;
}
