import { createHash } from 'node:crypto';
import type { Cell, SandboxDatabase, StoredRow, TextKind } from './database.ts';
import type { RelationshipDefinition, TableDefinition } from './definition.ts';
import { unknownProperty } from './errors.ts';
import { type Labels, labelMaker } from './labels.ts';
import { valueEncoder } from './value-json.ts';
import { isLookup, navigationName, type WireColumn, wireColumns } from './wire-columns.ts';

/** Writes one row as the text of a JSON object. */
export type RowWriter = (stored: StoredRow) => string;

export interface RowShape {
  readonly table: TableDefinition;
  readonly select: readonly string[] | null;
  readonly ieee754: boolean;
  readonly wants: (annotation: string) => boolean;
  /** Secured columns come as null. */
  readonly hidesSecured: boolean;
}

const formattedValue = 'OData.Community.Display.V1.FormattedValue';
const navigationProperty = 'Microsoft.Dynamics.CRM.associatednavigationproperty';
const lookupLogicalName = 'Microsoft.Dynamics.CRM.lookuplogicalname';

/**
 * The properties of a row in the order of the wire: as selected and then the primary id, or all in the order of the
 * definition. Money brings its currency along. @throws WireError for a name that is no property.
 */
export function selectedColumns(
  table: TableDefinition,
  select: readonly string[] | null,
): { readonly columns: readonly WireColumn[]; readonly context: string } {
  const all = wireColumns(table);
  if (select === null) return { columns: all, context: '' };
  const byProperty = new Map(all.map(one => [one.property, one]));
  const chosen = new Map<string, WireColumn>();
  for (const name of select) {
    const column = byProperty.get(name);
    if (column === undefined) throw unknownProperty(name, table.logicalName);
    chosen.set(name, column);
  }
  const context = `(${[...chosen.keys()].join(',')})`;
  const currency = byProperty.get('_transactioncurrencyid_value');
  if (currency !== undefined && [...chosen.values()].some(one => one.column.type === 'MoneyType')) {
    chosen.set(currency.property, currency);
  }
  const id = byProperty.get(table.primaryId);
  if (id !== undefined) chosen.set(id.property, id);
  return { columns: [...chosen.values()], context };
}

/** Prepares one writer per column; the row is then only concatenation. */
export function rowWriter(database: SandboxDatabase, shape: RowShape): RowWriter {
  const { columns } = selectedColumns(shape.table, shape.select);
  const labels = shape.wants(formattedValue) ? labelMaker(database) : null;
  const writers = columns.map(column => columnWriter({ database, shape, column, labels }));
  const names = columns.map(one => one.column.logicalName);
  return stored => {
    const row = stored.row;
    let text = `{"@odata.etag":"W/\\"${stored.version}\\""`;
    for (let index = 0; index < writers.length; index += 1) {
      const writer = writers[index];
      const name = names[index];
      if (writer !== undefined && name !== undefined) text += writer(row[name] ?? null);
    }
    return `${text}}`;
  };
}

/** Kinds of one table that are remembered. */
const kindsMax = 20;
/** Cells that show how a column is written, whatever its type. */
const samples: readonly Cell[] = [null, 'a "b" \u00e9', '1.5', '12', 1e21, 3, true, '2024-01-02T03:04:05.6Z', [2, 1]];

/** Definitions are replaced, never changed in place. */
const knownKinds = new WeakMap<TableDefinition, Map<string, TextKind>>();

/**
 * Names what a writer's texts depend on beside their rows; null when they depend on other rows, as labels of lookups do.
 * The stamp is made from what the writer does with sample rows, so it changes with whatever changes the texts.
 */
export function textKind(database: SandboxDatabase, shape: RowShape, write: RowWriter): TextKind | null {
  if (shape.wants(formattedValue)) return null;
  const named = shape.wants(navigationProperty);
  const asked = JSON.stringify([
    shape.select,
    named,
    shape.wants(lookupLogicalName),
    shape.ieee754,
    shape.hidesSecured,
  ]);
  // Navigation properties are named by relationships, which are no part of the table's definition.
  if (named) return { asked, stamp: stampOf(shape, write, database.relationships()) };
  const kinds = knownKinds.get(shape.table) ?? new Map<string, TextKind>();
  const kind = kinds.get(asked) ?? { asked, stamp: stampOf(shape, write, []) };
  if (kinds.size < kindsMax) knownKinds.set(shape.table, kinds.set(asked, kind));
  return kind;
}

function stampOf({ table, select }: RowShape, write: RowWriter, relationships: readonly RelationshipDefinition[]) {
  const { columns } = selectedColumns(table, select);
  const tables = [...new Set(columns.flatMap(({ column }) => column.targets ?? [])), 'elsewhere'];
  const hash = createHash('sha256');
  for (const cell of [...samples, ...tables.map(target => ({ table: target, id: 'i' }))]) {
    const row = Object.fromEntries(columns.map(({ column }) => [column.logicalName, cell]));
    hash.update(write({ id: 'i', version: 1n, row }));
  }
  // What a lookup is called towards a table it is not known to point to: no sample shows it.
  hash.update(JSON.stringify(relationships.filter(one => one.table2 === table.logicalName)));
  const facts = columns.map(({ column: { type, precision, dateBehavior } }) => [type, precision, dateBehavior]);
  return hash.update(JSON.stringify(facts)).digest('hex');
}

function columnWriter({
  database,
  shape,
  column: { column, property },
  labels,
}: {
  readonly database: SandboxDatabase;
  readonly shape: RowShape;
  readonly column: WireColumn;
  readonly labels: Labels | null;
}): (cell: Cell) => string {
  const key = `,${JSON.stringify(property)}:`;
  const nothing = `${key}null`;
  if (shape.hidesSecured && column.isSecured === true) return () => nothing;
  const encode = valueEncoder(column, { ieee754: shape.ieee754 });
  const notes: ((cell: Cell) => string)[] = [];
  const label = labels?.forColumn(column) ?? null;
  if (label !== null) {
    const labelKey = `,${JSON.stringify(`${property}@${formattedValue}`)}:`;
    notes.push(cell => {
      const text = label(cell);
      return text === null ? '' : labelKey + JSON.stringify(text);
    });
  }
  if (isLookup(column)) notes.push(...lookupNotes({ database, shape, column, property }));
  if (notes.length === 0) return cell => (cell === null ? nothing : key + encode(cell));
  return cell => {
    if (cell === null) return nothing;
    let text = '';
    for (const note of notes) text += note(cell);
    return text + key + encode(cell);
  };
}

function lookupNotes({
  database,
  shape,
  column,
  property,
}: {
  readonly database: SandboxDatabase;
  readonly shape: RowShape;
  readonly column: WireColumn['column'];
  readonly property: string;
}): ((cell: Cell) => string)[] {
  const notes: ((cell: Cell) => string)[] = [];
  const perTarget = (annotation: string, value: (target: string) => string): ((cell: Cell) => string) => {
    const prefix = `,${JSON.stringify(`${property}@${annotation}`)}:`;
    const known = new Map<string, string>();
    return cell => {
      if (cell === null || typeof cell !== 'object' || !('table' in cell)) return '';
      let text = known.get(cell.table);
      if (text === undefined) {
        text = prefix + JSON.stringify(value(cell.table));
        known.set(cell.table, text);
      }
      return text;
    };
  };
  if (shape.wants(navigationProperty)) {
    const relationships = database.relationships();
    const table = shape.table.logicalName;
    notes.push(perTarget(navigationProperty, target => navigationName({ relationships, table, column, target })));
  }
  if (shape.wants(lookupLogicalName)) notes.push(perTarget(lookupLogicalName, target => target));
  return notes;
}
