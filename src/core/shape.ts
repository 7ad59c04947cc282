import type { TableName } from './names.ts';

/** What a column is, decided by Dataverse's `AttributeTypeName`. */
export type ColumnKind =
  | 'guid'
  | 'string'
  | 'memo'
  | 'integer'
  | 'bigint'
  | 'decimal'
  | 'money'
  | 'double'
  | 'boolean'
  | 'choice'
  | 'multichoice'
  | 'state'
  | 'status'
  | 'lookup'
  | 'owner'
  | 'customer'
  | 'dateonly'
  | 'timezoneindependent'
  | 'datetime'
  | 'entityname'
  | 'file'
  | 'managedproperty';

export interface Label {
  readonly languageCode: number;
  readonly text: string;
}

export interface Option {
  readonly value: number;
  /** The state a status belongs to; only for kind `status`. */
  readonly state?: number;
  readonly labels: readonly Label[];
}

/** The choices of a column: of its own, or of a global choice. */
export interface OptionSet {
  readonly name: string;
  readonly isGlobal: boolean;
  readonly options: readonly Option[];
}

/** The table a lookup may point to. `attribute` is null where the platform names none (owner columns). */
export interface Target {
  readonly table: string;
  readonly attribute: string | null;
}

export interface Column {
  /** Logical name; also the name in the lake. */
  readonly name: string;
  readonly kind: ColumnKind;
  /**
   * The JSON property that carries the value: the logical name, `_<name>_value` for lookups, or for kind `entityname`
   * the annotation that carries the target's type.
   */
  readonly property: string;
  /** For lookup, owner, customer: the annotation property with the target's logical name; else null. */
  readonly typeProperty: string | null;
  /** `AttributeType`, for example `Picklist`; and `AttributeTypeName.Value`, for example `PicklistType`. */
  readonly attributeType: string;
  readonly attributeTypeName: string;
  /** Length in the database (`DatabaseLength`, else `MaxLength`), characters; null for what is not text. */
  readonly maxLength: number | null;
  /** Decimal places declared for decimal, money and double; else null. */
  readonly precision: number | null;
  readonly targets: readonly Target[];
  readonly optionSet: OptionSet | null;
  readonly metadataId: string;
  /** True when the environment no longer has the column: later rows carry null, old values stay. */
  readonly removed?: boolean;
  /** True for a column that came after the table's first definition: in the lake it stands behind `IsDelete`. */
  readonly addedLater?: boolean;
}

/** A column that is not exported, and why, in words for a person. */
export interface OmittedColumn {
  readonly name: string;
  readonly attributeTypeName: string;
  readonly reason: string;
}

/** A table's definition as it is exported: one value per commit of kind `shape`. */
export interface TableShape {
  readonly table: TableName;
  readonly displayName: string;
  readonly entitySetName: string;
  readonly primaryId: string;
  readonly objectTypeCode: number | null;
  readonly isIntersect: boolean;
  /** In the order of the lake (see `orderColumns`); columns added later are last. */
  readonly columns: readonly Column[];
  readonly omitted: readonly OmittedColumn[];
  /** Logical names under column security that this identity may not read; their values come as null. */
  readonly unreadable: readonly string[];
}

/** One column of the lake's files, after lookups are spread over two columns and the three head columns are added. */
export interface LakeColumn {
  readonly name: string;
  /** Type in Parquet and SQL, in DuckDB's words. */
  readonly sqlType: string;
  /** `dataType` in model.json (genuine files; Double is `decimal` there). */
  readonly modelType: 'guid' | 'string' | 'int64' | 'decimal' | 'boolean' | 'dateTime' | 'dateTimeOffset';
  /** `maxLength` in model.json: -1 for what is not text. */
  readonly maxLength: number;
  /** The column it comes from; null for Id, SinkCreatedOn, SinkModifiedOn, IsDelete. */
  readonly source: Column | null;
  readonly role: 'id' | 'sink' | 'value' | 'target-type' | 'is-delete';
}

/** Columns of our own in Parquet files, beside the lake columns; never in CSV. Logical names cannot start with `_`. */
export const SYSTEM_COLUMNS = {
  /** BIGINT: the row's version (its etag; a delete takes the high-water version before it, I-4). */
  version: '__version',
  /** INTEGER: the epoch of the commit that brought it. */
  epoch: '__epoch',
  /** BOOLEAN: a delete; only in batches and tombstone files. */
  deleted: '__deleted',
} as const;

const GROUPS: readonly (readonly ColumnKind[])[] = [
  ['state'],
  ['status'],
  ['choice'],
  ['multichoice'],
  ['boolean'],
  ['lookup'],
  ['owner'],
  ['customer'],
  ['money'],
];

/** Column groups in the order of genuine files; inside a group the given order is kept. */
export function orderColumns(columns: readonly Column[]): Column[] {
  const rank = (column: Column) => {
    const found = GROUPS.findIndex(kinds => kinds.includes(column.kind));
    return found === -1 ? GROUPS.length : found;
  };
  return columns
    .map((column, position) => ({ column, position }))
    .sort((a, b) => rank(a.column) - rank(b.column) || a.position - b.position)
    .map(({ column }) => column);
}

/** Text columns that hold the logical name of a lookup's target are this long in genuine files. */
const TARGET_TYPE_LENGTH = 128;

/** The columns of the lake's files, in their order. */
export function lakeColumns(shape: TableShape): LakeColumn[] {
  const head: LakeColumn[] = [
    { name: 'Id', sqlType: 'UUID', modelType: 'guid', maxLength: -1, source: null, role: 'id' },
    { name: 'SinkCreatedOn', sqlType: 'TIMESTAMP', modelType: 'dateTime', maxLength: -1, source: null, role: 'sink' },
    { name: 'SinkModifiedOn', sqlType: 'TIMESTAMP', modelType: 'dateTime', maxLength: -1, source: null, role: 'sink' },
  ];
  const spread = head.concat(
    shape.columns.flatMap(column => {
      const value: LakeColumn = { name: column.name, ...typesOf(column), source: column, role: 'value' };
      if (column.typeProperty === null) return [value];
      const targetType: LakeColumn = {
        name: `${column.name}_entitytype`,
        sqlType: 'VARCHAR',
        modelType: 'string',
        maxLength: TARGET_TYPE_LENGTH,
        source: column,
        role: 'target-type',
      };
      return [value, targetType];
    }),
  );
  return distinctNames(spread);
}

/** Whether a row says that its id is gone; in readers' files of append-only tables and incremental folders. */
const IS_DELETE: LakeColumn = {
  name: 'IsDelete',
  sqlType: 'BOOLEAN',
  modelType: 'boolean',
  maxLength: -1,
  source: null,
  role: 'is-delete',
};

/**
 * The columns of readers' files of tables that keep deletes: the lake columns, and `IsDelete` after those of the first
 * definition, before those that were added later (genuine incremental folders). In our own Parquet files it is
 * `__deleted`.
 */
export function appendColumns(shape: TableShape): LakeColumn[] {
  const columns = lakeColumns(shape);
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  let { name } = IS_DELETE;
  for (let n = 1; taken.has(name.toLowerCase()); n += 1) name = `${IS_DELETE.name}_${n}`;
  const later = columns.findIndex(({ source }) => source?.addedLater === true);
  const at = later === -1 ? columns.length : later;
  return [...columns.slice(0, at), { ...IS_DELETE, name }, ...columns.slice(at)];
}

/** By these names the engine tells the place of a row in the files that it reads, unless a column of theirs hides it. */
const NAMES_OF_PLACES = ['file_index', 'file_row_number'];

/**
 * SQL does not tell `Id` from `id`, so a table's own `id` column is `id_1` in the lake; the first keeps its name. A column of
 * one of the names of places has another as well: none of Dataverse is known, and one would keep a table from being folded.
 */
function distinctNames(columns: readonly LakeColumn[]): LakeColumn[] {
  const taken = new Set(NAMES_OF_PLACES);
  return columns.map(column => {
    let name = column.name;
    for (let n = 1; taken.has(name.toLowerCase()); n += 1) name = `${column.name}_${n}`;
    taken.add(name.toLowerCase());
    return name === column.name ? column : { ...column, name };
  });
}

function typesOf(column: Column): Pick<LakeColumn, 'sqlType' | 'modelType' | 'maxLength'> {
  const text = { sqlType: 'VARCHAR', modelType: 'string', maxLength: column.maxLength ?? 4000 } as const;
  switch (column.kind) {
    case 'guid':
    case 'lookup':
    case 'owner':
    case 'customer':
      return { sqlType: 'UUID', modelType: 'guid', maxLength: -1 };
    case 'string':
    case 'memo':
    case 'multichoice':
    case 'entityname':
    case 'file':
    case 'managedproperty':
      return text;
    case 'integer':
    case 'choice':
    case 'state':
    case 'status':
      return { sqlType: 'INTEGER', modelType: 'int64', maxLength: -1 };
    case 'bigint':
      return { sqlType: 'BIGINT', modelType: 'int64', maxLength: -1 };
    case 'decimal':
      return { sqlType: `DECIMAL(38,${decimalScale(column)})`, modelType: 'decimal', maxLength: -1 };
    case 'money':
      return { sqlType: `DECIMAL(38,${decimalScale(column)})`, modelType: 'decimal', maxLength: -1 };
    case 'double':
      return { sqlType: 'DOUBLE', modelType: 'decimal', maxLength: -1 };
    case 'boolean':
      return { sqlType: 'BOOLEAN', modelType: 'boolean', maxLength: -1 };
    case 'dateonly':
      return { sqlType: 'DATE', modelType: 'dateTime', maxLength: -1 };
    case 'timezoneindependent':
      return { sqlType: 'TIMESTAMP', modelType: 'dateTime', maxLength: -1 };
    case 'datetime':
      return {
        sqlType: 'TIMESTAMPTZ',
        // createdon is dateTimeOffset since 2022-07-29, every other one dateTime.
        modelType: column.name === 'createdon' ? 'dateTimeOffset' : 'dateTime',
        maxLength: -1,
      };
  }
}

/**
 * Decimal places kept: Dataverse stores money with 4 and decimals with up to 10 places whatever is displayed, and some
 * system columns (exchangerate) declare 12. Values are kept at the widest so that a lowered precision loses nothing.
 */
export function decimalScale(column: Column): number {
  return column.kind === 'money' ? Math.max(4, column.precision ?? 4) : Math.max(10, column.precision ?? 10);
}
