import type { FoldRequest } from '../core/batcher.ts';
import { lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import { numberOf } from './build.ts';
import type { Session } from './duckdb.ts';
import { filesSql, inOrder, type RowFiles } from './fold-rows.ts';
import { FILE_AT, ROW_AT } from './merge.ts';
import { ident } from './sql.ts';
import { storedColumns } from './stored.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;
const KEY = ['"Id"', VERSION, EPOCH].join(', ');
const IS_ROW = `NOT coalesce(${DELETED}, false)`;

/**
 * `again`: places of rows in the batches that came before in the same version with other values. A full read brings them
 * for a column that came back, changed its type, or is shown to this identity from now on: the environment gives the row
 * no new version for that. Rows that are as they were, as after an expired token, are not among them. Needs the table
 * `held` of the fold. A column that the environment removed says nothing.
 */
export async function loadReadAgain(session: Session, request: FoldRequest, files: RowFiles): Promise<void> {
  const { shape, image } = request;
  const batches = inOrder(request.batches);
  const first = files.paths.length - batches.length;
  await session.runAll(`CREATE TEMP TABLE again (${FILE_AT} UBIGINT, ${ROW_AT} BIGINT)`);
  if (batches.length === 0) return;
  await session.runAll(`CREATE TEMP TABLE twice AS ${twiceSql(files, batches)}`);
  const [found] = await session.runAll('SELECT count(*) AS rows FROM twice');
  // None after most deltas: then no row is read for this.
  if (numberOf(found, 'rows') > 0) {
    const paths = image.map(({ path }) => path);
    const before = filesSql({ ...files, stored: await storedColumns(session, paths) }, paths, [
      ...valueColumns(shape),
      VERSION,
      EPOCH,
    ]);
    await session.runAll(`INSERT INTO again ${againSql({ files, batches, before, first })}`);
  }
  await session.runAll('DROP TABLE twice');
}

/** Keys that come more than once in `held` and the batches. Needs the relation `held`. */
export function twiceSql(files: RowFiles, batches: readonly string[]): string {
  const keys = filesSql(files, batches, ['Id', VERSION, EPOCH, DELETED]);
  return (
    `SELECT ${KEY} FROM (SELECT ${KEY} FROM (${keys}) said WHERE ${IS_ROW} ` +
    `UNION ALL SELECT ${KEY} FROM held) GROUP BY ALL HAVING count(*) > 1`
  );
}

/**
 * The rows of `again`. Needs the relation `twice`. `before`: SQL of the image's `valueColumns`, version and epoch; `first`:
 * how many files stand before the batches.
 */
export function againSql({
  files,
  batches,
  before,
  first,
}: {
  readonly files: RowFiles;
  readonly batches: readonly string[];
  readonly before: string;
  readonly first: number;
}): string {
  const values = valueColumns(files.shape);
  const digests = (rows: string, where: string) =>
    `SELECT ${KEY}, ${FILE_AT}::BIGINT AS place, ${ROW_AT}, hash(${values.map(ident).join(', ')}) AS digest ` +
    `FROM (${rows}) said SEMI JOIN twice USING (${KEY}) WHERE ${where}`;
  const now = filesSql(files, batches, [...values, VERSION, EPOCH, DELETED]);
  return (
    `SELECT place + ${first} AS ${FILE_AT}, ${ROW_AT} FROM (SELECT *, lag(digest) OVER (PARTITION BY ${KEY} ORDER BY place) AS was ` +
    `FROM (SELECT * REPLACE (-1 AS place) FROM (${digests(before, 'true')}) UNION ALL ${digests(now, IS_ROW)})) ` +
    'WHERE place >= 0 AND was <> digest'
  );
}

/** The columns that a row is told by from an earlier one of its version. */
export function valueColumns(shape: TableShape): string[] {
  return lakeColumns(shape).flatMap(({ name, source }) => (source === null || source.removed === true ? [] : [name]));
}
