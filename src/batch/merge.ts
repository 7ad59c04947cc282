import type { MergeBatch, MergeInput } from '../core/batcher.ts';
import { lakeColumns, SYSTEM_COLUMNS, type TableShape } from '../core/shape.ts';
import { ident, literalList } from './sql.ts';

const { version: VERSION, epoch: EPOCH, deleted: DELETED } = SYSTEM_COLUMNS;

/** Position of a row's file in the list it was read from; batches are listed oldest first. */
export const FILE_AT = '__file_at';

/** `a` takes effect over `b` by epoch and version alone; neither is a delete. */
function newer(a: string, b: string): string {
  return `(${a}.${EPOCH} > ${b}.${EPOCH} OR (${a}.${EPOCH} = ${b}.${EPOCH} AND ${a}.${VERSION} > ${b}.${VERSION}))`;
}

/**
 * SQL text of the live rows of a table: its image and the batches not yet folded in, merged on read. Lake columns in
 * their order, then `__version` and `__epoch`. A row of the image counts unless a batch holds something of its id that
 * is not older; a batch's newest word on an id counts unless the image is newer; deletes are dropped last (I-4).
 * Works without image and without batches. Paths are local; the session must be in UTC.
 */
export function mergeSql(input: MergeInput): string {
  const columns = outputColumns(input.shape);
  const image = imageSql(input);
  if (input.batches.length === 0) return `SELECT ${columns} FROM (${image}) image`;
  return (
    `WITH winner AS (${winnersSql(input)}), image AS (${image}) ` +
    `SELECT ${columns} FROM image WHERE NOT EXISTS (SELECT 1 FROM winner WHERE winner."Id" = image."Id" AND NOT ${newer('image', 'winner')}) ` +
    `UNION ALL ` +
    `SELECT ${columns} FROM winner WHERE NOT ${DELETED} AND NOT EXISTS ` +
    `(SELECT 1 FROM image WHERE image."Id" = winner."Id" AND ${newer('image', 'winner')})`
  );
}

/** Lake columns, `__version`, `__epoch`, as a select list. */
export function outputColumns(shape: TableShape): string {
  return [...lakeColumns(shape).map(({ name }) => name), VERSION, EPOCH].map(ident).join(', ');
}

/** Rows of the image files, typed by the shape: `outputColumns` and `__file_at`. */
export function imageSql({ shape, image }: Pick<MergeInput, 'shape' | 'image'>): string {
  return filesSql({ shape, paths: image.map(({ path }) => path), deletes: false });
}

/** The newest word of the batches on each id, deletes included: `outputColumns`, `__deleted` and `__file_at`. */
export function winnersSql({
  shape,
  batches,
}: {
  readonly shape: TableShape;
  readonly batches: readonly MergeBatch[];
}): string {
  const rows = filesSql({ shape, paths: inOrder(batches).map(({ path }) => path), deletes: true });
  return (
    `SELECT * FROM (${rows}) QUALIFY row_number() OVER (PARTITION BY "Id" ORDER BY ` +
    `${EPOCH} DESC, ${VERSION} DESC, ${DELETED} DESC, ${FILE_AT} DESC) = 1`
  );
}

function inOrder(batches: readonly MergeBatch[]): MergeBatch[] {
  return [...batches].sort((a, b) => a.sequence - b.sequence);
}

/**
 * Rows of several files, whatever shape each was written under: columns by name, what a file does not have is null,
 * types as the shape has them now. The empty relation in front names every column, also those no file has yet.
 */
function filesSql({
  shape,
  paths,
  deletes,
}: {
  readonly shape: TableShape;
  readonly paths: readonly string[];
  readonly deletes: boolean;
}): string {
  const typed: [name: string, sqlType: string][] = [
    ...lakeColumns(shape).map(({ name, sqlType }): [string, string] => [name, sqlType]),
    [VERSION, 'BIGINT'],
    [EPOCH, 'INTEGER'],
  ];
  if (deletes) typed.push([DELETED, 'BOOLEAN']);
  typed.push([FILE_AT, 'UBIGINT']);
  const empty = typed.map(([name, sqlType]) => `NULL::${sqlType} AS ${ident(name)}`).join(', ');
  const nothing = `SELECT ${empty} WHERE false`;
  if (paths.length === 0) return nothing;
  const casts = typed.map(([name, sqlType]) => `${ident(name)}::${sqlType} AS ${ident(name)}`).join(', ');
  const files = `SELECT *, file_index AS ${FILE_AT} FROM read_parquet(${literalList(paths)}, union_by_name = true)`;
  return `SELECT ${casts} FROM (${nothing} UNION ALL BY NAME ${files})`;
}
