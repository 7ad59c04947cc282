import { type Column, type LakeColumn, lakeColumns, type TableShape } from '../core/shape.ts';

export interface Evolution {
  /** The shape to commit; the same object as `previous` when nothing changed. */
  readonly shape: TableShape;
  /** Why every row has to be read again, for people: old rows no longer tell the truth about a column. Null: they do. */
  readonly reread: string | null;
}

/**
 * The next shape of a table: columns keep their places, new ones come last, removed ones stay and are marked (their old
 * values stay, later rows carry null). Every row is read again when a column
 * - came back under its old name, or was removed and made again between two looks: it is another column;
 * - is read in another way or into another type than before, or is no longer under column security.
 * Nothing is read again for what leaves values as they are: names, labels, options, lengths, places of a decimal, a text
 * that is a memo now, a choice that is a global one.
 */
export function evolveShape(previous: TableShape, fresh: TableShape): Evolution {
  const now = new Map(fresh.columns.map(column => [column.name, column]));
  const before = new Set(previous.columns.map(column => column.name));
  const kept = previous.columns.map(column => evolveColumn(column, now.get(column.name), fresh));
  const added = fresh.columns
    .filter(({ name }) => !before.has(name))
    .map((column): Column => ({ ...column, addedLater: true }));
  const shape: TableShape = { ...fresh, columns: [...kept.map(({ column }) => column), ...added] };
  if (JSON.stringify(shape) === JSON.stringify(previous)) return { shape: previous, reread: null };
  const reread = kept.find(one => one.reread !== null)?.reread ?? shownNow(previous, fresh);
  return { shape, reread };
}

/** Values under column security may have come as null, and no row gets a new version when they are shown again. */
function shownNow(previous: TableShape, fresh: TableShape): string | null {
  const secured = new Set(fresh.unreadable);
  const shown = fresh.columns.find(({ name }) => previous.unreadable.includes(name) && !secured.has(name));
  return shown === undefined ? null : `the column ${shown.name} is no longer under column security`;
}

interface ColumnEvolution {
  readonly column: Column;
  readonly reread: string | null;
}

function evolveColumn(before: Column, current: Column | undefined, shape: TableShape): ColumnEvolution {
  if (current === undefined) {
    return { column: before.removed === true ? before : { ...before, removed: true }, reread: null };
  }
  const was = { column: before, lake: inLake(before, shape) };
  const is = { column: current, lake: inLake(current, shape) };
  const column: Column = {
    ...current,
    maxLength: longer(was, is),
    precision: finer(was, is),
    ...(before.addedLater === true ? { addedLater: true } : {}),
  };
  return { column, reread: reasonToReread(was, is) };
}

/** A column, and the one or two columns that it is in the lake. */
interface Placed {
  readonly column: Column;
  readonly lake: readonly LakeColumn[];
}

function inLake(column: Column, shape: TableShape): LakeColumn[] {
  return lakeColumns({ ...shape, columns: [column] }).filter(({ source }) => source !== null);
}

function reasonToReread(was: Placed, is: Placed): string | null {
  const { name, metadataId } = is.column;
  if (readingOf(was) !== readingOf(is)) return `the type of ${name} changed`;
  if (was.column.removed === true) return `the removed column ${name} came back`;
  // Another column of the same name: its rows' values are not the old one's.
  return was.column.metadataId === metadataId ? null : `the column ${name} was made again`;
}

/** Equal where rows that were read as one of two columns are what they would be read as the other. */
function readingOf({ column, lake }: Placed): string {
  const { kind, property, typeProperty } = column;
  // Of one column the places of a decimal never fall, so its old values are all exact under the new ones.
  const types = kind === 'decimal' || kind === 'money' ? [kind] : lake.map(({ sqlType }) => sqlType);
  // The values of a multi-select choice are joined in another way than the environment does it.
  return JSON.stringify([types, property, typeProperty, kind === 'multichoice']);
}

/**
 * The longer of two texts: values from before may be that long. Also where another column took the name, until all rows
 * were read again; and readers, who sized their columns by it, cannot be told that it fell.
 */
function longer(was: Placed, is: Placed): number | null {
  const [before, current] = [was.lake[0], is.lake[0]];
  if (before?.modelType !== 'string' || current?.modelType !== 'string') return is.column.maxLength;
  return (before.maxLength > current.maxLength ? was : is).column.maxLength;
}

/** The declared places; those from before where fewer would be kept, as values may have them. */
function finer(was: Placed, is: Placed): number | null {
  const isSame = was.column.kind === is.column.kind && was.column.metadataId === is.column.metadataId;
  const { precision } = is.column;
  if (!isSame || was.lake[0]?.sqlType === is.lake[0]?.sqlType) return precision;
  return (was.column.precision ?? 0) > (precision ?? 0) ? was.column.precision : precision;
}
