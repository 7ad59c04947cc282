import type { Cell, SandboxDatabase } from './database.ts';
import type { ColumnDefinition, OptionDefinition } from './definition.ts';

export interface Labels {
  /** What people see for a cell of the column, or null when the column has no such text. */
  forColumn(column: ColumnDefinition): ((cell: Cell) => string | null) | null;
}

const language = 1033;

/** Formatted values, for one request: names of rows that lookups point to are read once. */
export function labelMaker(database: SandboxDatabase): Labels {
  const names = new Map<string, string | null>();
  const nameOf = (cell: Cell): string | null => {
    if (cell === null || typeof cell !== 'object' || !('table' in cell)) return null;
    const key = `${cell.table} ${cell.id}`;
    let name = names.get(key);
    if (name === undefined) {
      name = readName(database, cell);
      names.set(key, name);
    }
    return name;
  };
  return {
    forColumn(column) {
      if (column.type === 'LookupType' || column.type === 'OwnerType' || column.type === 'CustomerType') return nameOf;
      return plainLabel(column, optionsOf(database, column));
    },
  };
}

/** A choice's options, its own or the global ones. */
export function optionsOf(database: SandboxDatabase, column: ColumnDefinition): readonly OptionDefinition[] {
  if (column.globalChoice === undefined) return column.options ?? [];
  return database.choices().find(one => one.name === column.globalChoice)?.options ?? [];
}

function plainLabel(
  column: ColumnDefinition,
  options: readonly OptionDefinition[],
): ((cell: Cell) => string | null) | null {
  const texts = new Map(options.map(one => [one.value, one.labels[language] ?? null]));
  switch (column.type) {
    case 'PicklistType':
    case 'StateType':
    case 'StatusType':
      return cell => texts.get(Number(cell)) ?? null;
    case 'MultiSelectPicklistType':
      return cell => (Array.isArray(cell) ? cell.map(value => texts.get(value) ?? String(value)).join('; ') : null);
    case 'BooleanType':
      return cell => (cell === true ? (texts.get(1) ?? 'Yes') : (texts.get(0) ?? 'No'));
    case 'IntegerType':
    case 'BigIntType':
      return cell => grouped(String(cell), 0);
    case 'DecimalType':
    case 'DoubleType':
      return cell => grouped(String(cell), column.precision ?? 2);
    case 'MoneyType':
      return cell => `$${grouped(String(cell), 2)}`;
    case 'DateTimeType':
      return cell => dateLabel(String(cell), column.dateBehavior === 'DateOnly');
    default:
      return null;
  }
}

function readName(
  database: SandboxDatabase,
  reference: { readonly table: string; readonly id: string },
): string | null {
  const table = database.table(reference.table);
  if (table === undefined || table.primaryName === null) return null;
  const name = database.get(reference.table, reference.id)?.row[table.primaryName];
  return typeof name === 'string' ? name : null;
}

/** `1,234.50`; cuts rather than rounds, which is enough for a text that nobody computes with. */
function grouped(text: string, digits: number): string {
  if (/e/i.test(text)) return text;
  const [whole = '0', fraction = ''] = text.split('.');
  const head = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return digits === 0 ? head : `${head}.${fraction.slice(0, digits).padEnd(digits, '0')}`;
}

/** `1/2/2024 3:04 AM`, or the day alone. */
function dateLabel(iso: string, dayOnly: boolean): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?/.exec(iso);
  if (match === null) return null;
  const day = `${Number(match[2])}/${Number(match[3])}/${match[1]}`;
  if (dayOnly) return day;
  const hour = Number(match[4] ?? '0');
  return `${day} ${hour % 12 === 0 ? 12 : hour % 12}:${match[5] ?? '00'} ${hour < 12 ? 'AM' : 'PM'}`;
}
