import {
  type Column,
  type ColumnKind,
  decimalScale,
  type LakeColumn,
  lakeColumns,
  type TableShape,
} from '../core/shape.ts';
import { ident, literal } from './sql.ts';

/** How a page's rows are read: `fast` straight from the JSON array, `careful` from the scanner's lines. */
export type Way = 'fast' | 'careful';

/** The properties of a row, each once, with the type DuckDB reads it as; the position is its alias `r<n>`. */
export interface ReadPlan {
  readonly columns: readonly PlannedColumn[];
  /** JSON property → SQL type. */
  readonly properties: ReadonlyMap<string, 'VARCHAR' | 'JSON'>;
}

/** One column of the Parquet file: SQL over the raw texts `r<n>`. */
export interface PlannedColumn {
  readonly lake: LakeColumn;
  readonly property: string;
  /** The text as it came, from the raw column. */
  readonly text: string;
  /** The value, null when the text does not fit; over `t<n>` where `checked`, else over `text`. */
  readonly value: (text: string) => string;
  /** Whether the value is not exactly the text: SQL over the text and the cast value; null when any text fits. */
  readonly misfit: ((text: string, value: string) => string) | null;
  /** Over the raw column: true when only the careful way reads the value exactly; null where the fast way always does. */
  readonly inexact: string | null;
}

/** Properties read beside the columns, by what they are for. */
export const ETAG = '@odata.etag';
export const CONTEXT = '@odata.context';
export const VERSION_PROPERTY = 'versionnumber';
export const DELETED_ID = 'id';
export const DELETED_REASON = 'reason';

/** Which properties to read of each row and how each becomes a column; with `filled` only columns of those properties. */
export function planColumns(shape: TableShape, way: Way, filled: ReadonlySet<string> | null = null): ReadPlan {
  const properties = new Map<string, 'VARCHAR' | 'JSON'>();
  for (const name of [shape.primaryId, ETAG, CONTEXT, VERSION_PROPERTY, DELETED_ID]) properties.set(name, 'VARCHAR');
  const spread = lakeColumns(shape)
    .flatMap(lake =>
      lake.source === null ? [] : [{ lake, source: lake.source, property: propertyOf(lake, lake.source) }],
    )
    .filter(({ property }) => filled === null || filled.has(property));
  for (const { lake, source, property } of spread) {
    properties.set(property, way === 'fast' && lake.role === 'value' && isDecimal(source.kind) ? 'JSON' : 'VARCHAR');
  }
  const alias = (property: string) => `r${[...properties.keys()].indexOf(property)}`;
  const columns = spread.map(({ lake, source, property }): PlannedColumn => {
    const raw = alias(property);
    const asJson = properties.get(property) === 'JSON';
    const cast = lake.role === 'target-type' ? TEXT : castOf(source);
    return {
      lake,
      property,
      text: asJson ? textOfJson(raw) : raw,
      value: cast.value,
      misfit: cast.misfit,
      inexact: asJson ? inexactJson(raw) : null,
    };
  });
  return { columns, properties };
}

/** Alias of a property in the source rows. */
export function aliasOf(plan: ReadPlan, property: string): string {
  return `r${[...plan.properties.keys()].indexOf(property)}`;
}

/** The `columns = {...}` argument of `read_json`. */
export function jsonColumns(plan: ReadPlan): string {
  const members = [...plan.properties].map(([property, type]) => `${literal(property)}: ${literal(type)}`);
  return `{${members.join(', ')}}`;
}

/**
 * The select list that gives every raw property its alias. All are texts from here on: a JSON among them would spread
 * (`CASE` of a text and a JSON is a JSON) and a decimal cast from JSON goes through a double.
 */
export function rawAliases(plan: ReadPlan): string {
  return [...plan.properties.keys()].map((property, n) => `${ident(property)}::VARCHAR AS r${n}`).join(', ');
}

function propertyOf(lake: LakeColumn, source: Column): string {
  return lake.role === 'target-type' && source.typeProperty !== null ? source.typeProperty : source.property;
}

function isDecimal(kind: ColumnKind): boolean {
  return kind === 'decimal' || kind === 'money';
}

/** A decimal read as JSON keeps the difference between `"1.5"` and `1.5`. */
function textOfJson(raw: string): string {
  return `CASE WHEN starts_with(${raw}, '"') THEN substring(${raw}, 2, length(${raw}) - 2) ELSE ${raw} END`;
}

/** A bare number that is not a plain integer of 18 digits went through a double; an escape was not undone. */
function inexactJson(raw: string): string {
  return `CASE WHEN starts_with(${raw}, '"') THEN contains(${raw}, '\\') ELSE NOT regexp_full_match(${raw}, '-?[0-9]{1,18}') END`;
}

/** How a text of the Web API becomes a value. */
export interface Cast {
  readonly value: (text: string) => string;
  readonly misfit: ((text: string, value: string) => string) | null;
}

const TEXT: Cast = { value: text => text, misfit: null };

/**
 * DuckDB's casts are generous (`1.5` becomes 2, `{…}` a UUID, `infinity` a date), so each kind says when its value is
 * the text. The usual form is compared first, by a cheap test; only what differs is held against the long one.
 */
export function castOf(column: Column): Cast {
  switch (column.kind) {
    case 'string':
    case 'memo':
    case 'entityname':
    case 'file':
    case 'managedproperty':
      return TEXT;
    case 'multichoice':
      return { value: text => `replace(${text}, ',', ';')`, misfit: null };
    case 'guid':
    case 'lookup':
    case 'owner':
    case 'customer':
      return tried('UUID', (text, value) => `${value}::VARCHAR <> lower(${text})`);
    case 'integer':
    case 'choice':
    case 'state':
    case 'status':
      return tried('INTEGER', wholeNumberMisfit);
    case 'bigint':
      return tried('BIGINT', wholeNumberMisfit);
    case 'decimal':
    case 'money':
      return decimalCast(decimalScale(column));
    case 'double':
      return tried('DOUBLE', (_, value) => `NOT isfinite(${value})`);
    case 'boolean':
      return { value: text => `(${text} = 'true')`, misfit: text => `${text} NOT IN ('true', 'false')` };
    case 'dateonly':
      return {
        value: text => `TRY_CAST(left(${text}, 10) AS DATE)`,
        misfit: (text, value) =>
          `CASE WHEN ${value} IS NULL THEN true WHEN length(${text}) = 10 THEN false ELSE NOT regexp_full_match(${text}, '[0-9]{4}-[0-9]{2}-[0-9]{2}T00:00:00(\\.0+)?Z?') END`,
      };
    case 'timezoneindependent':
      return tried('TIMESTAMP', (text, value) => momentMisfit({ text, value, zone: 'Z?' }));
    case 'datetime':
      return tried('TIMESTAMPTZ', (text, value) => momentMisfit({ text, value, zone: '(Z|[+-][0-9]{2}:[0-9]{2})' }));
  }
}

function tried(sqlType: string, differs: (text: string, value: string) => string): Cast {
  return {
    value: text => `TRY_CAST(${text} AS ${sqlType})`,
    misfit: (text, value) => `CASE WHEN ${value} IS NULL THEN true ELSE ${differs(text, value)} END`,
  };
}

function wholeNumberMisfit(text: string, value: string): string {
  const digits = `split_part(${text}, '.', 1)`;
  return `CASE WHEN ${value}::VARCHAR = ${text} THEN false WHEN NOT regexp_full_match(${text}, '-?[0-9]+(\\.0*)?') THEN true ELSE ${value}::VARCHAR <> ${digits} AND ${value} <> 0 END`;
}

const MOMENT = '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?';

function momentMisfit({
  text,
  value,
  zone,
}: {
  readonly text: string;
  readonly value: string;
  readonly zone: string;
}): string {
  return `CASE WHEN ${value} IS NULL THEN true ELSE NOT regexp_full_match(${text}, ${literal(`${MOMENT}${zone}`)}) END`;
}

/**
 * A decimal fits when no digit behind its last place is lost: the value, written out, is the text with zeros added or
 * taken away. With an exponent the places are counted from the text: digits behind the point, without trailing zeros,
 * minus the exponent.
 */
function decimalCast(scale: number): Cast {
  const { value, misfit } = tried(`DECIMAL(38,${scale})`, decimalMisfit(scale));
  if (scale > NARROW_SCALE_MAX) return { value, misfit };
  // The wide cast takes 7 microseconds, the narrow one a fraction of that; it is null where the value is too large for it.
  const narrow = (text: string) => `TRY_CAST(${text} AS DECIMAL(18,${scale}))::DECIMAL(38,${scale})`;
  return { value: text => `coalesce(${narrow(text)}, ${value(text)})`, misfit };
}

/** Decimals of 18 digits with this many places still have six before the point. */
const NARROW_SCALE_MAX = 12;

function decimalMisfit(scale: number): (text: string, value: string) => string {
  return (text, value) => {
    // So few digits are all kept by the cast: no need to write the value out again.
    const usual = `'-?[0-9]{1,${38 - scale}}(\\.[0-9]{1,${scale}})?'`;
    const plain = `'-?[0-9]+(\\.[0-9]{0,${scale}}0*)?'`;
    const places = `rpad(left(split_part(${text}, '.', 2), ${scale}), ${scale}, '0')`;
    const written = `split_part(${text}, '.', 1) || '.' || ${places}`;
    const scientific = `'-?([0-9]+)(?:\\.([0-9]*?)0*)?[eE]([+-]?[0-9]{1,3})'`;
    const needed = `length(regexp_extract(${text}, ${scientific}, 2)) - TRY_CAST(regexp_extract(${text}, ${scientific}, 3) AS INTEGER)`;
    return (
      `CASE WHEN regexp_full_match(${text}, ${usual}) THEN false ` +
      `WHEN regexp_full_match(${text}, ${plain}) THEN ${value}::VARCHAR <> ${written} AND ${value} <> 0 ` +
      `WHEN regexp_full_match(${text}, ${scientific}) THEN coalesce(${needed} > ${scale}, true) ELSE true END`
    );
  };
}
