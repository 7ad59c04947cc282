import { keptSql } from '../../batch/history.ts';
import { batchesSql, FILE_AT, imageKeysSql, imageSql, ROW_AT } from '../../batch/merge.ts';
import { againSql, twiceSql, valueColumns } from '../../batch/read-again.ts';
import { ident, literal, literalList } from '../../batch/sql.ts';
import type { StoredColumns } from '../../batch/stored.ts';
import { VERSIONS_OF_AN_EPOCH } from '../../cdm/partition-csv.ts';
import { appendColumns, type LakeColumn, SYSTEM_COLUMNS } from '../../core/shape.ts';
import { type DefinedState, type RowsPlace, storedOf, type TableFiles, tableFiles } from './table-rows.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/**
 * SQL of every version and delete of an append-only table: the rows of its parts, and of what is not folded in yet those
 * that the next fold will keep, so that no row is there twice and the next publication changes nothing. Before the first
 * fold that makes parts, each live row of the image counts once. As in readers' files, of a delete only the id, the sink
 * dates, `versionnumber` and `IsDelete` are filled, and of a restored environment's n-th life versions are higher.
 * `columns`: names of `appendColumns`.
 */
export async function historyRowsSql(
  place: RowsPlace,
  { state, shape }: DefinedState,
  { columns, signal }: { readonly columns: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  const { session } = place;
  const files = await tableFiles(place, state, signal);
  const stored = await storedOf(session, state, [...files.image, ...(files.parts ?? []), ...files.batches]);
  const wanted = appendColumns(shape).filter(({ name }) => columns.includes(name));
  const values = wanted.map(column => `${valueSql(column)} AS ${ident(column.name)}`).join(', ');
  const needed = wanted.flatMap(({ name, role }) => (role === 'is-delete' ? [] : [name]));
  const read = [...needed, VERSION, EPOCH, DELETED];
  const base = imageSql({ shape, image: files.parts ?? files.image, stored }, read);
  const kept = `SELECT ${values} FROM (${files.parts === null ? ownVersionsSql(base, needed) : base})`;
  if (files.batches.length === 0) return kept;
  const request = { state: { state, shape }, files, stored: stored ?? new Map() };
  const isKept = `kept."Id" = batch."Id" AND kept.${FILE_AT} = batch.${FILE_AT} AND kept.${ROW_AT} = batch.${ROW_AT}`;
  const batches = batchesSql({ shape, batches: files.batches, stored }, read);
  const told = `kept.${EPOCH} AS ${EPOCH}, kept.${VERSION} AS ${VERSION}`;
  return (
    `WITH ${await keptNames(session, request)} ${kept} ` +
    `UNION ALL SELECT ${values} FROM (SELECT batch.* REPLACE (${told}) FROM (${batches}) batch JOIN kept ON ${isKept})`
  );
}

/** Rows of an image may count with a version that lifts them over a delete; readers are told their own. */
function ownVersionsSql(rows: string, columns: readonly string[]): string {
  if (!columns.includes('versionnumber')) return rows;
  return `SELECT * REPLACE (coalesce(versionnumber::BIGINT, ${VERSION}) AS ${VERSION}) FROM (${rows})`;
}

function valueSql(column: LakeColumn): string {
  if (column.role === 'is-delete') return `CASE WHEN ${DELETED} THEN true END`;
  if (column.source?.name !== 'versionnumber') return ident(column.name);
  return `CAST(${VERSION} + ${EPOCH} * ${VERSIONS_OF_AN_EPOCH} AS ${column.sqlType})`;
}

interface KeptOfBatches {
  readonly state: DefinedState;
  readonly files: TableFiles;
  readonly stored: ReadonlyMap<string, StoredColumns>;
}

/** Names for a WITH, of which `kept` holds the places of the rows in the batches that count. */
async function keptNames(session: RowsPlace['session'], { state, files, stored }: KeptOfBatches): Promise<string> {
  const { shape } = state;
  const { image, batches } = files;
  const paths = [...batches].sort((a, b) => a.sequence - b.sequence).map(({ path }) => path);
  const rows = { shape, paths, stored, partition: literal(''), hasDate: false };
  const named = `SELECT "Id" FROM read_parquet(${literalList(paths)})`;
  const held = `held AS MATERIALIZED (SELECT "Id", ${VERSION}, ${EPOCH} FROM (${imageKeysSql(image)}) WHERE "Id" IN (${named}))`;
  const twice = `twice AS MATERIALIZED (${twiceSql(rows, paths)})`;
  const [found] = await session.runAll(`WITH ${held}, ${twice} SELECT 1 AS is_any FROM twice LIMIT 1`);
  const before = imageSql({ shape, image, stored }, [...valueColumns(shape), VERSION, EPOCH]);
  // After most deltas no version came again: then no row is read to see whether it came with other values.
  const again =
    found === undefined
      ? `SELECT 0::UBIGINT AS ${FILE_AT}, 0::BIGINT AS ${ROW_AT} WHERE false`
      : againSql({ files: rows, batches: paths, before, first: 0 });
  const kept = keptSql({ files: rows, base: 0, isCutAnew: true });
  return `${held}, ${twice}, again AS MATERIALIZED (${again}), kept AS MATERIALIZED (${kept})`;
}
