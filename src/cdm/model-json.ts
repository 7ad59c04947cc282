import type { ImagePartition, PartitionStrategy, TableState } from '../core/commit.ts';
import { decimalScale, type LakeColumn, type TableShape } from '../core/shape.ts';
import { usDate } from './csv-text.ts';
import { type CsvRows, csvColumns } from './partition-csv.ts';

/** What a manifest needs to know of a table. */
export interface ModelTable {
  readonly shape: TableShape;
  /** What its files hold. */
  readonly rows: CsvRows;
  /** That its files are cut by. */
  readonly partitionStrategy: PartitionStrategy;
  /** ISO time; null while readers should leave the table alone: then it is `InProgress` and names no partitions. */
  readonly completedAt: string | null;
  /** Partitions whose files exist. */
  readonly partitions: readonly Pick<ImagePartition, 'name'>[];
  /** Address of a partition's file for readers. */
  readonly locationOf: (partition: string) => string;
}

interface Trait {
  readonly traitReference: string;
  readonly arguments: readonly { readonly name: string; readonly value: number | string }[];
}

/** `Day` is ours; the original has the other two. */
const GRANULARITY: Readonly<Record<PartitionStrategy, string>> = { year: 'Year', month: 'Month', day: 'Day' };
const PERIOD_ANNOTATIONS = ['Athena:PartitionYear', 'Athena:PartitionMonth', 'Athena:PartitionDay'];

/** Genuine manifests give every decimal this precision; it is also what our Parquet files keep. */
const DECIMAL_PRECISION = 38;
/** A double's places have no bound; 15 is a double's own precision, and leaves 23 digits before the point. */
const DOUBLE_SCALE = 15;

/**
 * Whether readers may use a table: its initial sync was completed and what it brought is in the image, so that the
 * partition files are not a part of the rows under the word `Completed`.
 */
export function readableSince(state: TableState): string | null {
  const { image, pending, initialSyncCompletedIn } = state;
  const imageHoldsRows = image === null ? pending.length === 0 : image.through >= (initialSyncCompletedIn ?? 0);
  return imageHoldsRows ? state.initialSyncCompletedAt : null;
}

/** A table exactly as an earlier manifest shows it. */
export interface ShownTable {
  readonly shown: object;
}

/** The bytes of a model.json in the form of genuine files: same keys, same order, compact. */
export function modelJson(tables: readonly (ModelTable | ShownTable)[]): Uint8Array {
  const entities = tables.map(table => ('shown' in table ? table.shown : entity(table)));
  const model = { name: 'cdm', description: 'cdm', version: '1.0', entities };
  return Buffer.from(JSON.stringify(model), 'utf8');
}

function entity(table: ModelTable) {
  const { shape, rows, partitionStrategy, completedAt } = table;
  return {
    $type: 'LocalEntity',
    name: shape.table,
    description: shape.table,
    annotations: [
      { name: 'Athena:PartitionGranularity', value: GRANULARITY[partitionStrategy] },
      { name: 'Athena:InitialSyncState', value: completedAt === null ? 'InProgress' : 'Completed' },
      // Always present: there are readers that fail on a missing annotation.
      { name: 'Athena:InitialSyncDataCompletedTime', value: completedAt === null ? '' : usDate(completedAt) },
    ],
    attributes: csvColumns(shape, rows).map(attribute),
    partitions: completedAt === null ? [] : table.partitions.map(({ name }) => partition(name, table.locationOf(name))),
  };
}

function attribute(column: LakeColumn) {
  const base = { name: column.name, dataType: column.modelType, maxLength: column.maxLength };
  const traits = traitsOf(column);
  return traits === null ? base : { ...base, 'cdm:traits': [traits] };
}

/** The order of the arguments counts: there are readers that take precision and scale by position. */
function traitsOf(column: LakeColumn): Trait | null {
  if (column.modelType === 'string') {
    return { traitReference: 'is.constrained', arguments: [{ name: 'maximumLength', value: column.maxLength }] };
  }
  if (column.modelType !== 'decimal' || column.source === null) return null;
  const scale = column.source.kind === 'double' ? DOUBLE_SCALE : decimalScale(column.source);
  return {
    traitReference: 'is.dataFormat.numeric.shaped',
    arguments: [
      { name: 'precision', value: DECIMAL_PRECISION },
      { name: 'scale', value: scale },
    ],
  };
}

function partition(name: string, location: string) {
  // `2018_001` goes on where `2018` ends: what is before the `_` is the partition.
  const [period = name] = name.split('_');
  const values = period.split('-');
  const annotations = PERIOD_ANNOTATIONS.flatMap((annotation, n) => {
    const value = values[n];
    return value === undefined ? [] : [{ name: annotation, value }];
  });
  return {
    name,
    location,
    fileFormatSettings: {
      $type: 'CsvFormatSettings',
      columnHeaders: false,
      delimiter: ',',
      quoteStyle: 'QuoteStyle.Csv',
      csvStyle: 'CsvStyle.QuoteAlways',
      encoding: 'UTF-8',
    },
    annotations,
    'cdm:traits': [{ traitReference: 'is.partition.format.CSV', arguments: [{ name: 'raggedRight', value: 'true' }] }],
  };
}
