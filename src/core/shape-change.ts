import { type LakeColumn, lakeColumns, type TableShape } from './shape.ts';

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
