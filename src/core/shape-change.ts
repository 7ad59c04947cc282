import { type Column, type LakeColumn, lakeColumns, type TableShape } from './shape.ts';

/**
 * Whether files that readers know under `before` are wrong or unlike the others under `after`, so that they have to be
 * written again: a column that they have stands elsewhere, is gone from its place, or is written in another form. Columns
 * that come behind all others are free (readers take a short line as one that ends in nulls), and so are labels, lengths,
 * a column that the environment removed (its place and old values stay) and one of the same type that came back.
 */
export function needsRewrite(before: TableShape, after: TableShape): boolean {
  const columns = lakeColumns(after);
  return lakeColumns(before).some((column, at) => writtenForm(column) !== writtenForm(columns[at]));
}

/** All that decides how a column's values are written; of the kinds only as much as its types do not say. */
function writtenForm(column: LakeColumn | undefined): string {
  if (column === undefined) return 'none';
  const { name, role, sqlType, modelType, source } = column;
  // A decimal shows at least its declared places. Of a double, as many as it has.
  const places = source?.kind === 'decimal' || source?.kind === 'money' ? [source.precision] : [];
  return JSON.stringify([name, role, sqlType, modelType, ...places]);
}

/** One difference between two definitions that follow each other. */
export interface ShapeChange {
  /** Null: of the table itself. */
  readonly column: string | null;
  readonly change:
    | 'added'
    | 'removed'
    | 'came-back'
    | 'made-again'
    | 'retyped'
    | 'resized'
    | 'options'
    | 'renamed'
    | 'other';
  /** In words of the platform, for example `StringType(100)`; null where there is nothing to name. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What is different in a table's next definition, in the order of its columns. None: nothing that is kept of it. */
export function shapeChanges(before: TableShape, after: TableShape): ShapeChange[] {
  const old = new Map(before.columns.map(column => [column.name, column]));
  const renamed =
    before.displayName === after.displayName
      ? []
      : [{ column: null, change: 'renamed', from: before.displayName, to: after.displayName } as const];
  return [...renamed, ...after.columns.flatMap(column => columnChange(old.get(column.name), column) ?? [])];
}

function columnChange(before: Column | undefined, after: Column): ShapeChange | null {
  const column = after.name;
  const to = typeText(after);
  if (before === undefined) return { column, change: 'added', from: null, to };
  const from = typeText(before);
  // Whether it was in the first definition is a matter of its place in readers' files.
  if (JSON.stringify({ ...before, addedLater: 0 }) === JSON.stringify({ ...after, addedLater: 0 })) return null;
  if (after.removed === true) return { column, change: 'removed', from, to: null };
  if (before.removed === true) return { column, change: 'came-back', from, to };
  if (before.attributeTypeName !== after.attributeTypeName || before.kind !== after.kind)
    return { column, change: 'retyped', from, to };
  if (before.metadataId !== after.metadataId) return { column, change: 'made-again', from, to };
  if (from !== to) return { column, change: 'resized', from, to };
  const options = [optionsText(before), optionsText(after)] as const;
  if (options[0] !== options[1]) return { column, change: 'options', from: options[0], to: options[1] };
  return { column, change: 'other', from: null, to: null };
}

function typeText({ attributeTypeName, kind, maxLength, precision }: Column): string {
  const size = maxLength ?? precision;
  const moment = attributeTypeName === 'DateTimeType' ? ` ${kind}` : '';
  return `${attributeTypeName}${size === null ? '' : `(${size})`}${moment}`;
}

/** `colour: 1 Red, 2 Blue`; labels in their first language. */
function optionsText({ optionSet }: Column): string {
  if (optionSet === null) return '';
  const options = optionSet.options.map(({ value, labels }) => `${value} ${labels[0]?.text ?? ''}`.trim());
  return `${optionSet.name}: ${options.join(', ')}`;
}
