import type { TableShape } from '../core/shape.ts';
import { quoteText } from './cells.ts';
import type { Attribute } from './compare-side.ts';
import { IS_DELETE } from './folder-reader.ts';

/** A column that only one side has, and why that is no fault; null when nothing explains it. */
export interface LoneColumn {
  readonly name: string;
  readonly reason: string | null;
}

export interface TypeDifference {
  readonly name: string;
  readonly original: string;
  readonly ours: string;
  /** Why values are equal all the same; null when nothing explains it. */
  readonly reason: string | null;
}

export interface ColumnComparison {
  readonly onlyOriginal: readonly LoneColumn[];
  readonly onlyOurs: readonly LoneColumn[];
  /** The first column that stands elsewhere among those that both have; null when their order is the same. */
  readonly firstOutOfOrder: string | null;
  readonly types: readonly TypeDifference[];
  readonly lengths: readonly { readonly name: string; readonly original: number; readonly ours: number }[];
  /** What values are compared by, in the order of ours. */
  readonly compared: readonly ComparedCell[];
}

/** How cells of a column are made comparable. */
export type CellForm = 'text' | 'guid' | 'number' | 'double' | 'boolean' | 'instant' | 'multichoice';

export interface ComparedCell {
  /** Lower case. */
  readonly name: string;
  readonly form: CellForm;
}

/** Columns that are not compared as cells: the key, the dates at which each side wrote, and the mark of a delete. */
export const OWN_COLUMNS = { id: 'id', sinkCreated: 'sinkcreatedon', sinkModified: 'sinkmodifiedon' } as const;
const IS_DELETE_COLUMN = IS_DELETE.toLowerCase();
const UNCOMPARED: readonly string[] = [...Object.values(OWN_COLUMNS), IS_DELETE_COLUMN];

const NUMBERS: readonly string[] = ['int64', 'decimal', 'double'];
const DATES: readonly string[] = ['dateTime', 'dateTimeOffset', 'date'];

/** Holds the columns of two manifests against each other. `shape` is ours as committed, where it is known. */
export function compareColumns(
  original: readonly Attribute[],
  ours: readonly Attribute[],
  shape: TableShape | null,
): ColumnComparison {
  const [theirsByName, oursByName] = [original, ours].map(byName) as [Map<string, Attribute>, Map<string, Attribute>];
  const common = (list: readonly Attribute[], other: ReadonlyMap<string, Attribute>) =>
    list.map(({ name }) => name.toLowerCase()).filter(name => other.has(name));
  const [theirOrder, ourOrder] = [common(original, oursByName), common(ours, theirsByName)];
  const pairs = ourOrder.flatMap(name => {
    const [a, b] = [theirsByName.get(name), oursByName.get(name)];
    return a === undefined || b === undefined ? [] : [{ name, a, b }];
  });
  return {
    onlyOriginal: original
      .filter(({ name }) => !oursByName.has(name.toLowerCase()))
      .map(({ name }) => ({ name, reason: whyNotOurs(name.toLowerCase(), theirsByName, shape) })),
    onlyOurs: ours
      .filter(({ name }) => !theirsByName.has(name.toLowerCase()))
      .map(({ name }) => ({ name, reason: whyNotTheirs(name.toLowerCase()) })),
    firstOutOfOrder: theirOrder.find((name, at) => ourOrder[at] !== name) ?? null,
    types: pairs
      .filter(({ a, b }) => a.dataType !== b.dataType)
      .map(({ name, a, b }) => ({ name, original: a.dataType, ours: b.dataType, reason: whySameValues(a, b) })),
    lengths: pairs
      .filter(({ a, b }) => a.dataType === b.dataType && a.maxLength !== b.maxLength)
      .map(({ name, a, b }) => ({ name, original: a.maxLength, ours: b.maxLength })),
    compared: pairs
      .filter(({ name }) => !UNCOMPARED.includes(name))
      .map(({ name, a, b }) => ({ name, form: formOf(a, b, kindOf(shape, name)) })),
  };
}

function byName(attributes: readonly Attribute[]): Map<string, Attribute> {
  return new Map(attributes.map(attribute => [attribute.name.toLowerCase(), attribute]));
}

function whyNotOurs(name: string, theirs: ReadonlyMap<string, Attribute>, shape: TableShape | null): string | null {
  if (name === IS_DELETE_COLUMN) return 'the original is append only, ours is not';
  const omitted = shape?.omitted.find(column => column.name === name);
  if (omitted !== undefined) return `not exported here: ${omitted.reason}`;
  const lookup = /^(.+?)(?:yomi)?name$/.exec(name)?.[1] ?? '';
  if (theirs.get(lookup)?.dataType === 'guid') {
    return 'not exported here: it holds the name of the row a lookup points to, which changes without this row';
  }
  if (shape !== null && !shape.columns.some(column => column.name === name)) {
    return 'the environment no longer has this column; the original keeps old values';
  }
  return null;
}

/** A reader that picks columns by name does not see one more; the rows are compared without it. */
function whyNotTheirs(name: string): string | null {
  if (name === IS_DELETE_COLUMN) return 'ours is append only, the original is not';
  return 'the original does not export it; readers that pick columns by name do not notice';
}

function whySameValues(a: Attribute, b: Attribute): string | null {
  const types = [a.dataType, b.dataType];
  if (types.every(type => type === 'decimal' || type === 'double'))
    return 'both are numbers; values are compared exactly';
  if (types.every(type => DATES.includes(type))) {
    return 'both are dates; the original changed the type of createdon in 2022 and older links keep theirs';
  }
  return null;
}

function kindOf(shape: TableShape | null, name: string): string | null {
  return shape?.columns.find(column => column.name === name)?.kind ?? null;
}

function formOf(a: Attribute, b: Attribute, kind: string | null): CellForm {
  if (kind === 'multichoice') return 'multichoice';
  const types = [a.dataType, b.dataType];
  if (kind === 'double' || types.includes('double'))
    return types.every(type => NUMBERS.includes(type)) ? 'double' : 'text';
  if (types.every(type => NUMBERS.includes(type))) return 'number';
  if (types.every(type => DATES.includes(type))) return 'instant';
  if (types.every(type => type === 'guid')) return 'guid';
  return types.every(type => type === 'boolean') ? 'boolean' : 'text';
}

/**
 * SQL of a cell, from the text in `source`: null where the line is too short to have it, the empty text where it holds
 * nothing, else a text that is equal exactly when the values are. Nothing and the empty text are one: readers of the
 * original cannot tell them apart. A text that is no value of its type is marked and compared as it stands.
 */
export function cellSql(form: CellForm, source: string): string {
  const value = `CASE WHEN ${source} IS NULL OR ${source} = '' THEN ${source} ELSE ${valueSql(form, source)} END`;
  return `(${value})`;
}

function valueSql(form: CellForm, source: string): string {
  const odd = `'?' || replace(${source}, chr(0), ${quoteText('\uFFFD')})`;
  switch (form) {
    case 'text':
      // NUL cannot be kept in every reader; ours has U+FFFD in its place.
      return `replace(${source}, chr(0), ${quoteText('\uFFFD')})`;
    case 'multichoice':
      return `replace(replace(${source}, chr(0), ${quoteText('\uFFFD')}), ',', ';')`;
    case 'guid':
      return `lower(trim(${source}, '{}'))`;
    case 'number':
      return `coalesce(${numberSql(source)}, ${odd})`;
    case 'double':
      return `coalesce(${doubleSql(source)}, ${odd})`;
    case 'boolean':
      return `CASE lower(${source}) WHEN 'true' THEN 'true' WHEN '1' THEN 'true' WHEN 'false' THEN 'false' WHEN '0' THEN 'false' ELSE ${odd} END`;
    case 'instant':
      return `coalesce(CAST(${instantSql(source)} AS VARCHAR), ${odd})`;
  }
}

/**
 * A decimal number without trailing zeros. Plain ones are cut as texts, which is exact and several times quicker than a
 * cast; with an exponent, a plus or leading zeros they take the way through a decimal, or a double where that cannot hold them.
 */
function numberSql(source: string): string {
  const plain = `regexp_full_match(${source}, '-?(0|[1-9][0-9]*)')`;
  const fraction = `regexp_full_match(${source}, '-?(0|[1-9][0-9]*)\\.[0-9]+')`;
  const short = (text: string) => `rtrim(rtrim(${text}, '0'), '.')`;
  const decimal = `TRY_CAST(${source} AS DECIMAL(38,18))`;
  const isExact = `CAST(${decimal} AS DOUBLE) = TRY_CAST(${source} AS DOUBLE)`;
  return `CASE WHEN ${plain} THEN CASE ${source} WHEN '-0' THEN '0' ELSE ${source} END
    WHEN ${fraction} THEN CASE ${short(source)} WHEN '-0' THEN '0' ELSE ${short(source)} END
    WHEN ${isExact} THEN ${short(`CAST(${decimal} AS VARCHAR)`)} ELSE ${doubleSql(source)} END`;
}

/** 15 significant digits: as many as every double keeps, and as some programs write. */
function doubleSql(source: string): string {
  const value = `TRY_CAST(${source} AS DOUBLE)`;
  return `CASE WHEN ${value} = 0 THEN '0' ELSE format('{:.15g}', ${value}) END`;
}

/** Microseconds since 1970: ISO with or without fraction and offset (none is UTC; finer digits are cut), or `6/28/2021 4:34:35 PM`. */
export function instantSql(source: string): string {
  const american = `CAST(try_strptime(${source}, '%m/%d/%Y %I:%M:%S %p') AS TIMESTAMPTZ)`;
  return `epoch_us(CASE WHEN contains(${source}, '/') THEN ${american} ELSE TRY_CAST(${source} AS TIMESTAMPTZ) END)`;
}
