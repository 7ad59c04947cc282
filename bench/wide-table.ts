import type { Cell, Row, SandboxDatabase } from '../src/sandbox/database.ts';
import type {
  AttributeTypeName,
  ColumnDefinition,
  OptionDefinition,
  TableDefinition,
} from '../src/sandbox/definition.ts';

export const WIDE_TABLE = 'bench_wide';

/** All 100 columns, or ten of them. */
export type WideForm = 'wide' | 'ten';

const ROWS_PER_TRANSACTION = 5_000;
const VERSION = 'versionnumber';
const LOOKUPS = ['account', 'contact', 'lead', 'opportunity', 'incident', 'product', 'task', 'email', 'team'];

/**
 * Puts a tracked table of 100 columns into the environment and fills it: 20 choices, 10 lookups, 40 texts, 10 dates,
 * 18 numbers, the id and the version. Row n is the same in every run but for its version; ids ascend with n. Every cell
 * has a value, which is the worst a table can be. The targets of the lookups need not be there.
 */
export function installWideTable(
  database: SandboxDatabase,
  { rows, form = 'wide' }: { readonly rows: number; readonly form?: WideForm },
): void {
  database.createTable(wideTable(form));
  for (let from = 0; from < rows; from += ROWS_PER_TRANSACTION) {
    const count = Math.min(ROWS_PER_TRANSACTION, rows - from);
    database.put(
      WIDE_TABLE,
      Array.from({ length: count }, (_, index) => wideRow(from + index, { form })),
    );
  }
}

/** The id of row n. */
export function wideId(n: number): string {
  return `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function wideTable(form: WideForm = 'wide'): TableDefinition {
  return {
    logicalName: WIDE_TABLE,
    schemaName: 'bench_Wide',
    entitySetName: 'bench_wides',
    displayName: 'Wide',
    objectTypeCode: 20_000,
    metadataId: '00000000-0000-4000-b000-000000000000',
    primaryId: `${WIDE_TABLE}id`,
    primaryName: 'bench_text01',
    changeTracking: true,
    canTrackChanges: true,
    isIntersect: false,
    isActivity: false,
    isCustom: true,
    isPrivate: false,
    ownership: 'UserOwned',
    columns: columns(form),
  };
}

/** What row n holds; `change` makes it another row of the same id. */
export function wideRow(
  n: number,
  { change = 0, form = 'wide' }: { readonly change?: number; readonly form?: WideForm } = {},
): Row {
  const row: Record<string, Cell> = {};
  for (const [index, { logicalName, type, dateBehavior }] of columns(form).entries()) {
    if (logicalName !== VERSION) row[logicalName] = cell({ type, dateBehavior, n: n + change, index });
  }
  row[`${WIDE_TABLE}id`] = wideId(n);
  row.bench_text01 = `Row ${n} "quoted", Müller & Søn`;
  return row;
}

function cell({
  type,
  dateBehavior,
  n,
  index,
}: {
  readonly type: AttributeTypeName;
  readonly dateBehavior: ColumnDefinition['dateBehavior'];
  readonly n: number;
  readonly index: number;
}): Cell {
  const mixed = (n * 2_654_435_761 + index * 40_503) % 1_000_003;
  switch (type) {
    case 'PicklistType':
      return 100_000_000 + (mixed % 12);
    case 'StateType':
      return mixed % 2;
    case 'StatusType':
      return (mixed % 2) + 1;
    case 'OwnerType':
      return { table: 'systemuser', id: wideId(mixed % 50) };
    case 'LookupType':
      return { table: LOOKUPS[index % LOOKUPS.length] ?? 'account', id: wideId(mixed) };
    case 'DateTimeType':
      return (
        new Date(1_600_000_000_000 + mixed * 60_000).toISOString().slice(0, dateBehavior === 'DateOnly' ? 10 : 19) +
        (dateBehavior === 'DateOnly' ? '' : 'Z')
      );
    case 'DecimalType':
    case 'MoneyType':
      return `${mixed}.${String(n % 100).padStart(2, '0')}`;
    case 'DoubleType':
      return mixed / 8;
    case 'BooleanType':
      return mixed % 3 === 0;
    case 'IntegerType':
      return mixed;
    default:
      return `value ${mixed} of column ${index}`;
  }
}

let known: readonly ColumnDefinition[] | null = null;
let ten: readonly ColumnDefinition[] | null = null;

const TEN = /^(bench_wideid|statecode|ownerid|bench_(choice|text|whole|decimal)01|createdon|modifiedon|versionnumber)$/;

function columns(form: WideForm): readonly ColumnDefinition[] {
  known ??= allColumns();
  ten ??= known.filter(one => TEN.test(one.logicalName));
  return form === 'ten' ? ten : known;
}

function allColumns(): readonly ColumnDefinition[] {
  return [
    column(`${WIDE_TABLE}id`, 'UniqueidentifierType', { isPrimaryId: true }),
    column('statecode', 'StateType', { options: options(0, 2) }),
    column('statuscode', 'StatusType', { options: options(1, 2) }),
    column('ownerid', 'OwnerType', { targets: ['systemuser', 'team'] }),
    ...numbered('lookup', 9, (name, index) =>
      column(name, 'LookupType', { targets: [LOOKUPS[(index + 4) % LOOKUPS.length] ?? 'account'] }),
    ),
    ...numbered('choice', 18, name => column(name, 'PicklistType', { options: options(100_000_000, 12) })),
    ...numbered('text', 40, name => column(name, 'StringType', { maxLength: 200 })),
    column('createdon', 'DateTimeType', { dateBehavior: 'UserLocal' }),
    column('modifiedon', 'DateTimeType', { dateBehavior: 'UserLocal' }),
    ...numbered('day', 4, name => column(name, 'DateTimeType', { dateBehavior: 'DateOnly' })),
    ...numbered('time', 4, name => column(name, 'DateTimeType', { dateBehavior: 'TimeZoneIndependent' })),
    ...numbered('whole', 6, name => column(name, 'IntegerType', {})),
    ...numbered('decimal', 6, name => column(name, 'DecimalType', { precision: 4 })),
    ...numbered('double', 3, name => column(name, 'DoubleType', { precision: 5 })),
    ...numbered('flag', 3, name => column(name, 'BooleanType', {})),
    column(VERSION, 'BigIntType', {}),
  ];
}

function numbered(
  kind: string,
  count: number,
  make: (name: string, index: number) => ColumnDefinition,
): readonly ColumnDefinition[] {
  return Array.from({ length: count }, (_, index) => make(`bench_${kind}${String(index + 1).padStart(2, '0')}`, index));
}

function column(logicalName: string, type: AttributeTypeName, rest: Partial<ColumnDefinition>): ColumnDefinition {
  const number = Buffer.from(logicalName).toString('hex').slice(-12).padStart(12, '0');
  return {
    logicalName,
    schemaName: logicalName,
    type,
    displayName: logicalName,
    metadataId: `00000000-0000-4000-b000-${number}`,
    attributeOf: null,
    isValidForRead: true,
    isValidForCreate: true,
    isValidForUpdate: true,
    isCustom: true,
    ...rest,
  };
}

function options(first: number, count: number): readonly OptionDefinition[] {
  return Array.from({ length: count }, (_, index) => ({ value: first + index, labels: { 1033: `Option ${index}` } }));
}
