import type { Field } from './csv-reader.ts';
import { CsvProblem } from './csv-reader.ts';
import { type CsvRow, IS_DELETE, readCsvRows } from './folder-reader.ts';
import { type Attribute, cellProblem, SINK_CREATED, SINK_MODIFIED, sinkMs } from './folder-reader-cells.ts';
import type { LakeReader } from './lake-reader.ts';
import type { Found, RuleId } from './layout-rules-catalogue.ts';

const OFFSET_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}\+00:00$/;
const BARE_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{7}$/;

/** A table's columns, as the rules about its rows need them. Places are -1 for columns that are not there. */
export interface TableView {
  readonly attributes: readonly Attribute[];
  readonly isDelete: number;
  readonly version: number;
  readonly createdOn: number;
  readonly sinkModified: number;
  /** Columns that a delete may fill. */
  readonly filledByDelete: ReadonlySet<number>;
  readonly isIncremental: boolean;
}

export function viewOf(
  attributes: readonly Attribute[],
  { isIncremental }: { readonly isIncremental: boolean },
): TableView {
  const at = (wanted: string) => attributes.findIndex(({ name }) => name === wanted);
  const filled = ['Id', SINK_CREATED, SINK_MODIFIED, 'versionnumber', 'createdon', IS_DELETE];
  return {
    attributes,
    isDelete: at(IS_DELETE),
    version: at('versionnumber'),
    createdOn: at('createdon'),
    sinkModified: at(SINK_MODIFIED),
    filledByDelete: new Set(filled.map(at)),
    isIncremental,
  };
}

/** What the rules know of a row: its cells (null for nothing between the commas), and what stood above it. */
interface RowView {
  readonly table: TableView;
  readonly fields: readonly Field[];
  readonly isDelete: boolean;
  readonly above: { readonly width: number; readonly sinkMs: number; readonly deletes: number; readonly rows: number };
}

type RowRule = (row: RowView) => string | null;

const ROW_RULES = {
  'csv/width': width,
  'csv/ragged': ragged,
  'csv/key': key,
  'csv/type': types,
  'csv/sink-date': sinkDates,
  'csv/offset-date': offsetDates,
  'csv/text-length': textLengths,
  'csv/is-delete': isDeleteWord,
  'csv/delete-row': deleteRow,
  'csv/sink-order': sinkOrder,
  'folder/one-kind': oneKind,
  'folder/delete-date': deleteDate,
} as const satisfies Partial<Record<RuleId, RowRule>>;

/** What a file's rows say of their ids, for the rules that look at many rows. */
export interface IdRow {
  readonly row: number;
  readonly id: string;
  readonly version: bigint | null;
}

export interface CheckedFile {
  readonly rows: number;
  readonly deletes: number;
}

/** Checks a file line by line; what is wrong goes to `onFound` with its row, ids go to `onIds` chunk by chunk. */
export async function checkFile({
  lake,
  path,
  table,
  onFound,
  onIds,
  signal,
}: {
  readonly lake: LakeReader;
  readonly path: string;
  readonly table: TableView;
  readonly onFound: (found: Found) => void;
  readonly onIds: (rows: readonly IdRow[]) => Promise<void>;
  readonly signal: AbortSignal;
}): Promise<CheckedFile> {
  let above: RowView['above'] = { width: 0, sinkMs: 0, deletes: 0, rows: 0 };
  try {
    for await (const rows of readCsvRows(lake, path)) {
      signal.throwIfAborted();
      for (const { row, fields } of rows) {
        const view = { table, fields, isDelete: wordOf(table, fields) === 'true', above };
        for (const { rule, problem } of rowProblems(view)) onFound({ rule, problem: `row ${row}: ${problem}` });
        above = below(view);
      }
      await onIds(rows.flatMap(row => idRow(table, row)));
    }
  } catch (failure) {
    if (!(failure instanceof CsvProblem)) throw failure;
    onFound({ rule: 'csv/dialect', problem: failure.message });
  }
  return { rows: above.rows, deletes: above.deletes };
}

function rowProblems(row: RowView): Found[] {
  const rules = Object.entries(ROW_RULES) as [RuleId, RowRule][];
  return rules.flatMap(([rule, check]) => {
    const problem = check(row);
    return problem === null ? [] : [{ rule, problem }];
  });
}

function below({ table, fields, isDelete, above }: RowView): RowView['above'] {
  return {
    width: fields.length,
    sinkMs: sinkMs(fields[table.sinkModified]?.text ?? '') ?? above.sinkMs,
    deletes: above.deletes + (isDelete ? 1 : 0),
    rows: above.rows + 1,
  };
}

function wordOf(table: TableView, fields: readonly Field[]): string {
  return fields[table.isDelete]?.text.toLowerCase() ?? '';
}

function idRow(table: TableView, { row, fields }: CsvRow): IdRow[] {
  const id = fields[0]?.text.toLowerCase() ?? '';
  const version = fields[table.version]?.text ?? '';
  return id === '' ? [] : [{ row, id, version: /^-?\d{1,18}$/.test(version) ? BigInt(version) : null }];
}

function isNull(field: Field | undefined): boolean {
  return field === undefined || (field.text === '' && !field.quoted);
}

function width({ table, fields }: RowView): string | null {
  const [most, least] = [table.attributes.length, Math.max(3, table.isDelete + 1)];
  if (fields.length > most) return `${fields.length} fields, but ${most} columns`;
  return fields.length < least ? `${fields.length} fields, and the first ${least} columns are in every row` : null;
}

function ragged({ fields, above }: RowView): string | null {
  return fields.length < above.width ? `${fields.length} fields after a row of ${above.width}` : null;
}

function key({ table, fields }: RowView): string | null {
  const at = [0, 1, 2].find(place => fields[place]?.text === '');
  return at === undefined ? null : `${table.attributes[at]?.name} is null`;
}

/** The first cell that `wrong` finds something in, with its column's name. */
function firstCell(
  { table, fields }: RowView,
  wrong: (attribute: Attribute, text: string) => string | null,
): string | null {
  for (const [at, attribute] of table.attributes.entries()) {
    const field = fields[at];
    if (field === undefined || isNull(field)) continue;
    const problem = wrong(attribute, field.text);
    if (problem !== null) return `${attribute.name} ${problem}`;
  }
  return null;
}

function types(row: RowView): string | null {
  return firstCell(row, (attribute, text) => (isSink(attribute) ? null : cellProblem(attribute, text)));
}

function sinkDates(row: RowView): string | null {
  return firstCell(row, (attribute, text) => (isSink(attribute) ? cellProblem(attribute, text) : null));
}

function isSink({ name }: Attribute): boolean {
  return name === SINK_CREATED || name === SINK_MODIFIED;
}

function offsetDates(row: RowView): string | null {
  return firstCell(row, ({ dataType }, text) => {
    if (dataType !== 'dateTimeOffset' || OFFSET_DATE.test(text)) return null;
    return row.isDelete && BARE_DATE.test(text) ? null : 'has not seven decimals and +00:00';
  });
}

function textLengths(row: RowView): string | null {
  return firstCell(row, ({ dataType, maxLength }, text) =>
    dataType === 'string' && maxLength > 0 && text.length > maxLength ? `is longer than ${maxLength}` : null,
  );
}

function isDeleteWord({ table, fields }: RowView): string | null {
  const field = fields[table.isDelete];
  return isNull(field) || field?.text === 'True' ? null : `${IS_DELETE} is neither empty nor True`;
}

function deleteRow({ table, fields, isDelete }: RowView): string | null {
  if (!isDelete) return null;
  const at = fields.findIndex((field, place) => !isNull(field) && !table.filledByDelete.has(place));
  return at === -1 ? null : `a delete fills ${table.attributes[at]?.name}`;
}

/** Rows of tables without `IsDelete` are updated in place and stand in no promised order. */
function sinkOrder({ table, fields, above }: RowView): string | null {
  if (table.isDelete === -1) return null;
  const time = sinkMs(fields[table.sinkModified]?.text ?? '');
  return time !== null && time < above.sinkMs ? `${SINK_MODIFIED} is earlier than in the row above` : null;
}

function oneKind({ table, isDelete, above }: RowView): string | null {
  if (!table.isIncremental || above.rows === 0) return null;
  // Told once, where the other kind begins.
  if (isDelete && above.deletes === 0) return 'a delete behind rows';
  return !isDelete && above.deletes === above.rows ? 'a row behind deletes' : null;
}

function deleteDate({ table, fields, isDelete }: RowView): string | null {
  if (!table.isIncremental || !isDelete || table.createdOn === -1) return null;
  return fields[table.createdOn]?.text.startsWith('0001-') ? null : 'the createdon of a delete is not in the year 1';
}
