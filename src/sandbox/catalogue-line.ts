import { createHash } from 'node:crypto';
import type { AttributeTypeName, ColumnDefinition, OptionDefinition, TableDefinition } from './definition.ts';

/**
 * The catalogue's text form, one table or column a line, fields apart by tabs.
 *
 * Table: `= SchemaName  set  display name  object type code  primary id  primary name  ownership  flags`, flags of
 * `t` change tracking on, `c` change tracking possible, `i` intersect, `a` activity, `x` custom, `p` private,
 * `e` elastic, `v` virtual, `w` whole (the lines below are all columns, none is derived), `b` the platform's own columns (stamps, owner) are
 * to be added.
 *
 * Column: `SchemaName  type without "Type"  display name  key=value …`, keys: `of` the column it describes, `len`
 * and `db` lengths, `prec` digits after the point, `min`, `max`, `date` behaviour, `to` targets, `opt` options
 * (`value=label;…`, a status `value@state=label`), `choice` a global choice, `is` flags (`r` read, `c` create,
 * `u` update, `x` custom, `s` secured; `rcu` when absent), `src` source type.
 */
export interface ParsedTable {
  readonly table: Omit<TableDefinition, 'columns'>;
  readonly columns: ColumnDefinition[];
  /** Whether the columns are complete, so that none is to be derived. */
  readonly whole: boolean;
  /** Whether the platform's own columns are still to be added. */
  readonly addSystemColumns: boolean;
}

const SIMPLE_SOURCE: ReadonlySet<AttributeTypeName> = new Set([
  'StringType',
  'PicklistType',
  'MultiSelectPicklistType',
  'BooleanType',
  'IntegerType',
  'DecimalType',
  'DoubleType',
  'MoneyType',
  'DateTimeType',
]);

/** A GUID that a name always gets, for metadata ids. */
export function metadataIdOf(name: string): string {
  const hex = createHash('sha1').update(`lakelink sandbox ${name}`).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

/** What a column's `sourceType` is when nothing else is said: the platform has none for keys, lookups and memos. */
export function usualSource(type: AttributeTypeName): number | null {
  return SIMPLE_SOURCE.has(type) ? 0 : null;
}

/** Reads a whole catalogue text. */
export function parseCatalogue(text: string): ParsedTable[] {
  const tables: ParsedTable[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    if (line.startsWith('= ')) {
      tables.push(parseTable(line.slice(2)));
      continue;
    }
    const last = tables.at(-1);
    if (last === undefined) throw new Error(`catalogue: a column before any table: ${line}`);
    last.columns.push(parseColumn(line, last.table));
  }
  return tables;
}

function parseTable(line: string): ParsedTable {
  const [schemaName = '', set = '', display = '', code = '0', id = '', name = '', ownership = 'None', flags = ''] =
    line.split('\t');
  const logicalName = schemaName.toLowerCase();
  return {
    table: {
      logicalName,
      schemaName,
      entitySetName: set,
      displayName: display,
      objectTypeCode: Number(code),
      metadataId: metadataIdOf(`table ${logicalName}`),
      primaryId: id,
      primaryName: name === '' ? null : name,
      changeTracking: flags.includes('t'),
      canTrackChanges: flags.includes('c'),
      isIntersect: flags.includes('i'),
      isActivity: flags.includes('a'),
      isCustom: flags.includes('x'),
      isPrivate: flags.includes('p'),
      ownership: ownership as TableDefinition['ownership'],
      ...(flags.includes('e') ? { kind: 'Elastic' } : flags.includes('v') ? { kind: 'Virtual' } : {}),
    },
    columns: [],
    whole: flags.includes('w'),
    addSystemColumns: flags.includes('b'),
  };
}

/** Reads one column line of a table. */
export function parseColumn(
  line: string,
  table: { readonly logicalName: string; readonly primaryId: string; readonly primaryName: string | null },
): ColumnDefinition {
  const [schemaName = '', shortType = '', display = '', ...pairs] = line.split('\t');
  const fields = new Map(pairs.map(pair => split(pair, '=')));
  const logicalName = schemaName.toLowerCase();
  const type = `${shortType}Type` as AttributeTypeName;
  const flags = fields.get('is') ?? 'rcu';
  return {
    logicalName,
    schemaName,
    type,
    displayName: display === '' ? null : display,
    metadataId: metadataIdOf(`column ${table.logicalName}.${logicalName}`),
    attributeOf: fields.get('of') ?? null,
    ...numberField(fields, 'len', 'maxLength'),
    ...numberField(fields, 'db', 'databaseLength'),
    ...numberField(fields, 'prec', 'precision'),
    ...numberField(fields, 'min', 'minValue'),
    ...numberField(fields, 'max', 'maxValue'),
    ...(type === 'DateTimeType' ? { dateBehavior: dateBehavior(fields.get('date')) } : {}),
    ...textField(fields, 'to', text => ({ targets: text.split(',') })),
    ...textField(fields, 'opt', text => ({ options: parseOptions(text) })),
    ...textField(fields, 'choice', text => ({ globalChoice: text })),
    isValidForRead: flags.includes('r'),
    isValidForCreate: flags.includes('c'),
    isValidForUpdate: flags.includes('u'),
    ...(logicalName === table.primaryId ? { isPrimaryId: true } : {}),
    ...(logicalName === table.primaryName ? { isPrimaryName: true } : {}),
    isCustom: flags.includes('x'),
    ...(flags.includes('s') ? { isSecured: true } : {}),
    sourceType: sourceOf(fields.get('src'), type),
  };
}

/** `value=label;value@state=label`, with `;` and `%` of a label as `%3B` and `%25`. */
export function parseOptions(text: string): OptionDefinition[] {
  if (text === '') return [];
  return text.split(';').map(part => {
    const [head, label] = split(part, '=');
    const [value, state] = head.split('@');
    return {
      value: Number(value),
      ...(state === undefined ? {} : { state: Number(state) }),
      labels: { 1033: label.replaceAll('%3B', ';').replaceAll('%25', '%') },
    };
  });
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function numberField<K extends keyof ColumnDefinition>(
  fields: ReadonlyMap<string, string>,
  key: string,
  name: K,
): { readonly [P in K]?: number } {
  const text = fields.get(key);
  return (text === undefined ? {} : { [name]: Number(text) }) as { readonly [P in K]?: number };
}

function textField<T extends object>(
  fields: ReadonlyMap<string, string>,
  key: string,
  make: (text: string) => T,
): T | Record<string, never> {
  const text = fields.get(key);
  return text === undefined ? {} : make(text);
}

function dateBehavior(text: string | undefined): 'DateOnly' | 'UserLocal' | 'TimeZoneIndependent' {
  return text === 'DateOnly' || text === 'TimeZoneIndependent' ? text : 'UserLocal';
}

function sourceOf(text: string | undefined, type: AttributeTypeName): number | null {
  if (text === undefined) return usualSource(type);
  return text === 'null' ? null : Number(text);
}
