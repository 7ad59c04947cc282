import { type LakeColumn, lakeColumns, type TableShape } from '../../core/shape.ts';
import { type SystemColumn, timeCell } from './system-rows.ts';

/** A definition of a table, and the commit that brought it. */
export interface Definition {
  readonly table: string;
  readonly sequence: number;
  /** Null: that entry is kept no more. */
  readonly atMs: number | null;
  readonly isCurrent: boolean;
  readonly shape: TableShape;
}

export interface ShapeRow {
  readonly definition: Definition;
  /** From 1. */
  readonly position: number;
  readonly column: LakeColumn;
}

export function shapeRows(definition: Definition): ShapeRow[] {
  return lakeColumns(definition.shape).map((column, place) => ({ definition, position: place + 1, column }));
}

/** `lakelink.shapes`: a row per column of each definition that is kept, the current one among them. */
export const shapeColumns: readonly SystemColumn<ShapeRow>[] = [
  {
    name: 'table_name',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Logical name',
    of: ({ definition }) => definition.table,
  },
  {
    name: 'sequence',
    sqlType: 'BIGINT',
    notNull: true,
    comment: 'The commit from which on it holds',
    of: ({ definition }) => definition.sequence,
  },
  {
    name: 'defined_at',
    sqlType: 'TIMESTAMPTZ',
    comment: 'When that was; null where its entry is kept no more',
    of: ({ definition }) => timeCell(definition.atMs),
  },
  {
    name: 'is_current',
    sqlType: 'BOOLEAN',
    notNull: true,
    comment: 'The newest definition',
    of: ({ definition }) => definition.isCurrent,
  },
  {
    name: 'position',
    sqlType: 'INTEGER',
    notNull: true,
    comment: 'Place of the column, from 1',
    of: one => one.position,
  },
  {
    name: 'column_name',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Name in the lake',
    of: ({ column }) => column.name,
  },
  {
    name: 'sql_type',
    sqlType: 'VARCHAR',
    notNull: true,
    comment: 'Type in the lake',
    of: ({ column }) => column.sqlType,
  },
  {
    name: 'attribute',
    sqlType: 'VARCHAR',
    comment: 'Logical name of the attribute; null for columns of the lake itself',
    of: ({ column }) => column.source?.name ?? null,
  },
  {
    name: 'attribute_type',
    sqlType: 'VARCHAR',
    comment: 'Its type in the environment',
    of: ({ column }) => column.source?.attributeTypeName ?? null,
  },
  {
    name: 'max_length',
    sqlType: 'INTEGER',
    comment: 'Longest text in characters',
    of: ({ column }) => (column.maxLength > 0 ? column.maxLength : null),
  },
  {
    name: 'precision',
    sqlType: 'INTEGER',
    comment: 'Decimal places that are declared',
    of: ({ column }) => column.source?.precision ?? null,
  },
  {
    name: 'choice',
    sqlType: 'VARCHAR',
    comment: 'Name of its choice',
    of: ({ column }) => column.source?.optionSet?.name ?? null,
  },
  {
    name: 'targets',
    sqlType: 'VARCHAR',
    comment: 'Tables that a lookup may point to, separated by commas',
    of: ({ column }) => targetsOf(column),
  },
  {
    name: 'removed',
    sqlType: 'BOOLEAN',
    notNull: true,
    comment: 'The environment no longer has it',
    of: ({ column }) => column.source?.removed === true,
  },
  {
    name: 'added_later',
    sqlType: 'BOOLEAN',
    notNull: true,
    comment: 'It came after the first definition',
    of: ({ column }) => column.source?.addedLater === true,
  },
];

function targetsOf({ source }: LakeColumn): string | null {
  const targets = source?.targets ?? [];
  return targets.length === 0 ? null : targets.map(({ table }) => table).join(',');
}
