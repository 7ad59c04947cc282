import type { ColumnKind, LakeColumn, TableShape } from '../core/shape.ts';
import { choiceMetadata } from './choice-metadata.ts';
import { type CsvRows, csvColumns } from './partition-csv.ts';

interface AttributeRow {
  readonly EntityName: string;
  readonly AttributeName: string;
  readonly AttributeType: string;
  readonly AttributeTypeCode: number;
  readonly Version: number;
  readonly Timestamp: null;
  readonly MetadataId: string;
  readonly Precision: number | null;
  readonly MaxLength: number;
}

/** `AttributeType` and its code as genuine files pair them; a multi-select choice is `Virtual` in the Web API, not here. */
const TYPES: Readonly<Record<ColumnKind, readonly [type: string, code: number]>> = {
  boolean: ['Boolean', 0],
  customer: ['Customer', 1],
  dateonly: ['DateTime', 2],
  timezoneindependent: ['DateTime', 2],
  datetime: ['DateTime', 2],
  decimal: ['Decimal', 3],
  double: ['Double', 4],
  integer: ['Integer', 5],
  lookup: ['Lookup', 6],
  memo: ['Memo', 7],
  money: ['Money', 8],
  owner: ['Owner', 9],
  choice: ['Picklist', 11],
  state: ['State', 12],
  status: ['Status', 13],
  string: ['String', 14],
  guid: ['Uniqueidentifier', 15],
  multichoice: ['MultiSelectPicklist', 17],
  file: ['File', 17],
  bigint: ['BigInt', 18],
  managedproperty: ['ManagedProperty', 19],
  entityname: ['EntityName', 20],
};

/** What genuine files say for every column that is not text. */
const LENGTH_OF_OTHERS = 4000;
/** Columns of the lake that the environment does not have. */
const NO_METADATA_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The bytes of `<table>-EntityMetadata.json`: choices, lookup targets and exactly one attribute row for each column of
 * model.json. `shapeAt` is the sequence of the shape's commit; it is the rows' `Version`.
 */
export function entityMetadata(
  shape: TableShape,
  { rows, shapeAt }: { readonly rows: CsvRows; readonly shapeAt: number },
): Uint8Array {
  const { states, statuses, globalOptions, options, targets } = choiceMetadata(shape);
  const document = {
    StateMetadata: states,
    StatusMetadata: statuses,
    GlobalOptionSetMetadata: globalOptions,
    OptionSetMetadata: options,
    TargetMetadata: targets,
    AttributeMetadata: csvColumns(shape, rows).map(column =>
      attributeRow(column, { entity: shape.table, version: shapeAt }),
    ),
  };
  return Buffer.from(JSON.stringify(document), 'utf8');
}

function attributeRow(
  column: LakeColumn,
  { entity, version }: { readonly entity: string; readonly version: number },
): AttributeRow {
  const [type, code] = typeOf(column);
  return {
    EntityName: entity,
    AttributeName: column.name,
    AttributeType: type,
    AttributeTypeCode: code,
    Version: version,
    Timestamp: null,
    MetadataId: (column.role === 'value' ? column.source?.metadataId : null) ?? NO_METADATA_ID,
    Precision: column.role === 'value' ? (column.source?.precision ?? null) : null,
    MaxLength: column.modelType === 'string' ? column.maxLength : LENGTH_OF_OTHERS,
  };
}

function typeOf(column: LakeColumn): readonly [string, number] {
  switch (column.role) {
    case 'id':
      return TYPES.guid;
    case 'sink':
      return TYPES.datetime;
    case 'is-delete':
      return TYPES.boolean;
    case 'target-type':
      return TYPES.entityname;
    case 'value':
      return column.source === null ? TYPES.string : TYPES[column.source.kind];
  }
}
