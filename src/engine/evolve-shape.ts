import { Fault } from '../core/fault.ts';
import { type Column, lakeColumns, type TableShape } from '../core/shape.ts';

export interface Evolution {
  /** The shape to commit; the same object as `previous` when nothing changed. */
  readonly shape: TableShape;
  /** True when old rows no longer tell the truth about a column, so that a new full read is needed. */
  readonly reread: boolean;
}

/**
 * The next shape of a table: columns keep their places, new ones come last, removed ones stay and are marked (their old
 * values stay, later rows carry null). A column that came back under its old name needs a new full read, since rows that
 * did not change meanwhile still hold its old values. A changed type is refused (`shape/type-changed`).
 */
export function evolveShape(previous: TableShape, fresh: TableShape): Evolution {
  const now = new Map(fresh.columns.map(column => [column.name, column]));
  const before = new Set(previous.columns.map(column => column.name));
  let reread = false;
  const kept = previous.columns.map(column => {
    const current = now.get(column.name);
    if (current === undefined) return column.removed === true ? column : { ...column, removed: true };
    refuseTypeChange(previous, column, current);
    // Removed and made again between two looks: another column of the same name, whose rows are not the old one's.
    if (column.removed === true || column.metadataId !== current.metadataId) reread = true;
    return current;
  });
  const added = fresh.columns.filter(column => !before.has(column.name));
  const shape: TableShape = { ...fresh, columns: [...kept, ...added] };
  return JSON.stringify(shape) === JSON.stringify(previous) ? { shape: previous, reread: false } : { shape, reread };
}

function refuseTypeChange(shape: TableShape, before: Column, after: Column): void {
  const typeOf = (column: Column) =>
    lakeColumns({ ...shape, columns: [column] })
      .slice(3)
      .map(lakeColumn => lakeColumn.sqlType)
      .join();
  if (typeOf(before) === typeOf(after)) return;
  throw new Fault('shape/type-changed', {
    table: shape.table,
    column: before.name,
    before: before.attributeTypeName,
    after: after.attributeTypeName,
  });
}
