import { ident, literal } from '../batch/sql.ts';
import { asTyped } from '../batch/stored.ts';
import {
  appendColumns,
  decimalScale,
  type LakeColumn,
  lakeColumns,
  SYSTEM_COLUMNS,
  type TableShape,
} from '../core/shape.ts';

/**
 * How a table's rows stand in readers' files: `live` rows, each id once, or `versions` with their deletes, as in
 * append-only tables and incremental folders.
 */
export type CsvRows = 'live' | 'versions';

export interface CsvRequest {
  readonly shape: TableShape;
  readonly rows: CsvRows;
  /** SQL of the relation with the rows; in `versions` with the system columns. */
  readonly from: string;
  /** Its columns by name, with the types they are stored under. One that it does not have is null. */
  readonly stored: ReadonlyMap<string, string>;
  /** Local path. */
  readonly target: string;
  /** What a delete has as `createdon`; absent: nothing. */
  readonly deleteCreatedOn?: string;
}

/** The columns of a table's files for readers, in their order. */
export function csvColumns(shape: TableShape, rows: CsvRows): LakeColumn[] {
  return rows === 'live' ? lakeColumns(shape) : appendColumns(shape);
}

/**
 * The statement that writes rows of one table as CSV: no header, `,`, `"` doubled inside quotes, `\n`, UTF-8 without BOM.
 * Text and dates are quoted; GUIDs, numbers and booleans are bare; null is nothing, the empty text is `""`.
 * Live rows come in no promised order. Versions come by the time they were taken in, so that neither `SinkModifiedOn` nor
 * one id's `versionnumber` ever falls down a file, but for deletes of what is gone already; of a delete only `Id`, the sink
 * dates, `versionnumber` and `IsDelete` are filled, and `IsDelete` is empty for rows. Must run in a session of the engine,
 * whose time zone is UTC.
 */
export function tableCsvSql(request: CsvRequest): string {
  const { shape, rows, from, stored, target } = request;
  const { version, epoch, deleted } = SYSTEM_COLUMNS;
  const columns = csvColumns(shape, rows);
  const order = rows === 'live' ? '' : ` ORDER BY "SinkModifiedOn", ${epoch}, ${version}, ${deleted}`;
  return [
    // The line is one text, written as it is: two hundred columns, most of them without a value, would each cost more.
    `COPY (SELECT ${lineSql(columns, request)} AS line`,
    `FROM ${typedSql(columns, { stored, from })}${order})`,
    `TO ${literal(target)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '')`,
  ].join('\n');
}

/** `tableCsvSql` over one file of live rows that holds the columns `present` under their present types. */
export function partitionCsvSql({
  shape,
  source,
  present,
  target,
}: {
  readonly shape: TableShape;
  readonly source: string;
  readonly present: readonly string[];
  readonly target: string;
}): string {
  const stored = new Map(
    lakeColumns(shape).flatMap(({ name, sqlType }) => (present.includes(name) ? [[name, sqlType] as const] : [])),
  );
  return tableCsvSql({ shape, rows: 'live', from: `read_parquet(${literal(source)})`, stored, target });
}

/** The relation with every column as the definition has it now: a file keeps the types it was written under. */
export function typedSql(
  columns: readonly LakeColumn[],
  { stored, from }: Pick<CsvRequest, 'stored' | 'from'>,
): string {
  const values = columns.flatMap(column => {
    const storedType = stored.get(column.name);
    if (storedType === undefined || storedType === column.sqlType) return [];
    return [`${asTyped({ column, storedType, raw: ident(column.name) })} AS ${ident(column.name)}`];
  });
  return values.length === 0 ? from : `(SELECT * REPLACE (${values.join(', ')}) FROM ${from})`;
}

type LineForm = Pick<CsvRequest, 'stored' | 'rows' | 'deleteCreatedOn'>;

/** A row as one text without its line end. `concat` takes null for nothing, which is how null is written. */
function lineSql(columns: readonly LakeColumn[], line: LineForm): string {
  const { stored, rows } = line;
  const parts: string[] = [];
  let commas = '';
  for (const [index, column] of columns.entries()) {
    if (index > 0) commas += ',';
    const cell = rows === 'live' ? storedCell(column, stored) : versionCell(column, line);
    if (cell.length === 0) continue;
    if (commas !== '') parts.push(literal(commas));
    parts.push(...cell);
    commas = '';
  }
  if (commas !== '') parts.push(literal(commas));
  return `concat(${parts.join(',\n')})`;
}

function storedCell(column: LakeColumn, stored: ReadonlyMap<string, string>): readonly string[] {
  return stored.has(column.name) ? cellSql(column) : [];
}

/**
 * An environment that was restored to an earlier time counts its versions up again from there (I-9), and readers take the
 * highest `versionnumber` for the newest. So where they see every version, those of the n-th restored life are this much
 * higher, n times. More than any environment counts to; the int64 lasts for thousands of restores.
 */
export const VERSIONS_OF_AN_EPOCH = '1000000000000000';

/** A delete has no cells of its own but its id and sink dates. Versions are those that readers are told. */
function versionCell(column: LakeColumn, { stored, deleteCreatedOn }: LineForm): readonly string[] {
  const { version, epoch, deleted } = SYSTEM_COLUMNS;
  if (column.role === 'is-delete') return [`CASE WHEN ${deleted} THEN 'True' END`];
  if (column.source?.name === 'createdon' && deleteCreatedOn !== undefined) {
    const own = stored.has(column.name) ? cellSql(column).join(' || ') : 'NULL';
    return [`CASE WHEN ${deleted} THEN ${literal(`"${deleteCreatedOn}"`)} ELSE ${own} END`];
  }
  if (column.source?.name !== 'versionnumber') return storedCell(column, stored);
  return [`CAST(${version} + ${epoch} * ${VERSIONS_OF_AN_EPOCH} AS VARCHAR)`];
}

/** Parts of the line. Text and dates are quoted, everything else is bare; null is nothing. Only a text can hold a quote. */
function cellSql(column: LakeColumn): readonly string[] {
  const text = csvExpression(column);
  switch (column.modelType) {
    case 'string': {
      // Quotes as parts of their own, and doubled only where there are some: a text is then copied once.
      const quote = `CASE WHEN ${text} IS NULL THEN NULL ELSE '"' END`;
      return [quote, `CASE WHEN contains(${text}, '"') THEN replace(${text}, '"', '""') ELSE ${text} END`, quote];
    }
    case 'dateTime':
    case 'dateTimeOffset':
      return [`'"' || (${text}) || '"'`];
    default:
      return [text];
  }
}

/** SQL for the column's text in CSV; null stays null. */
function csvExpression(column: LakeColumn): string {
  const value = ident(column.name);
  if (column.role === 'id') return `CAST(${value} AS VARCHAR)`;
  if (column.role === 'sink') return `strftime(${value}, '%-m/%-d/%Y %-I:%M:%S %p')`;
  if (column.role === 'target-type' || column.source === null) return value;
  switch (column.source.kind) {
    case 'string':
    case 'memo':
    case 'multichoice':
    case 'entityname':
    case 'file':
    case 'managedproperty':
      return value;
    case 'guid':
    case 'lookup':
    case 'owner':
    case 'customer':
    case 'integer':
    case 'bigint':
    case 'choice':
    case 'state':
    case 'status':
      return `CAST(${value} AS VARCHAR)`;
    case 'boolean':
      return `CASE ${value} WHEN true THEN 'True' WHEN false THEN 'False' END`;
    case 'decimal':
    case 'money':
      return decimalText(value, { scale: decimalScale(column.source), precision: column.source.precision });
    case 'double':
      return doubleText(value);
    case 'dateonly':
      return `strftime(${value}, '%Y-%m-%dT00:00:00Z')`;
    case 'timezoneindependent':
      return dateTimeText(value);
    case 'datetime':
      return column.modelType === 'dateTimeOffset'
        ? `strftime(${value} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%f') || '0+00:00'`
        : dateTimeText(`(${value} AT TIME ZONE 'UTC')`);
  }
}

/** `yyyy-MM-ddTHH:mm:ssZ`; with seven places, as the platform writes fractions, only where there is a fraction. */
function dateTimeText(value: string): string {
  const whole = `strftime(${value}, '%Y-%m-%dT%H:%M:%SZ')`;
  const exact = `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%f') || '0Z'`;
  return `CASE WHEN ${value} = date_trunc('second', ${value}) THEN ${whole} ELSE ${exact} END`;
}

/** Decimals of 18 digits, which the engine writes several times faster, with this many places have six before the point. */
const NARROW_SCALE_MAX = 12;

/**
 * The declared number of places, and more only where the value has them. The engine writes all `scale` places, so
 * taking away zeros from the end, at most `scale - precision` of them, is exact whatever the size of the number.
 */
function decimalText(
  value: string,
  { scale, precision }: { readonly scale: number; readonly precision: number | null },
) {
  const wide = `CAST(CAST(${value} AS DECIMAL(38,${scale})) AS VARCHAR)`;
  const narrow = `CAST(TRY_CAST(${value} AS DECIMAL(18,${scale})) AS VARCHAR)`;
  const text = scale > NARROW_SCALE_MAX ? wide : `coalesce(${narrow}, ${wide})`;
  const removable = scale - Math.max(0, precision ?? scale);
  if (removable <= 0) return text;
  const trimmed = `left(${text}, -${removable}) || rtrim(right(${text}, ${removable}), '0')`;
  return precision === 0 ? `rtrim(${trimmed}, '.')` : trimmed;
}

/**
 * The shortest digits that read back as the same double, without an exponent: `0.0000001`, `1000000000000000000000`.
 * The engine's text has those digits; where it has an exponent the point is moved by it.
 */
function doubleText(value: string): string {
  const text = `CAST(${value} AS VARCHAR)`;
  const sign = `CASE WHEN starts_with(${text}, '-') THEN '-' ELSE '' END`;
  const digits = `regexp_replace(regexp_replace(${text}, 'e.*$', ''), '[^0-9]', '', 'g')`;
  const exponent = `CAST(regexp_extract(${text}, 'e([+-]?[0-9]+)$', 1) AS INTEGER)`;
  const small = `${sign} || '0.' || repeat('0', -${exponent} - 1) || ${digits}`;
  const large = `${sign} || ${digits} || repeat('0', ${exponent} + 1 - length(${digits}))`;
  return [
    `CASE WHEN ${value} IS NULL THEN NULL`,
    `WHEN NOT contains(${text}, 'e') THEN regexp_replace(${text}, '[.]0$', '')`,
    // An exponent of 16 and more against at most 17 digits: a large number never has places after the point.
    `WHEN ${exponent} < 0 THEN ${small} ELSE ${large} END`,
  ].join(' ');
}
