import fc from 'fast-check';
import type { TableShape } from '../../src/core/shape.ts';
import { column, guid, shapeOf } from './batch-fixtures.ts';

/** A shape with every kind of column, and with columns named like the parts of a deleted entity. */
export const everyKind: TableShape = shapeOf([
  column('name', 'string', { maxLength: 160 }),
  column('description', 'memo'),
  column('id', 'string'),
  column('reason', 'string'),
  column('statecode', 'state'),
  column('statuscode', 'status'),
  column('industrycode', 'choice'),
  column('tags', 'multichoice'),
  column('donotemail', 'boolean'),
  column('parentid', 'customer'),
  column('ownerid', 'owner'),
  column('primarycontactid', 'lookup'),
  column('revenue', 'money', { precision: 2 }),
  column('exchangerate', 'decimal', { precision: 10 }),
  column('score', 'double'),
  column('employees', 'integer'),
  column('ticks', 'bigint'),
  column('birthdate', 'dateonly'),
  column('localtime', 'timezoneindependent'),
  column('createdon', 'datetime'),
  column('otherguid', 'guid'),
  column('picture', 'file'),
  column('iscustomizable', 'managedproperty'),
]);

/** A value as JSON text, and the text DuckDB must show for it in the lake. */
export interface Cell {
  readonly json: string;
  /** The same value where decimals are bare numbers. */
  readonly bareJson: string;
  readonly shown: string | null;
}

export interface GeneratedRow {
  readonly id: string;
  readonly version: bigint;
  readonly cells: ReadonlyMap<string, Cell>;
  readonly targetTypes: ReadonlyMap<string, string | null>;
}

/** A row as the Web API writes it. */
export function rowJson(row: GeneratedRow, { bare }: { readonly bare: boolean }): string {
  const parts = [`"@odata.etag":"W/\\"${row.version}\\""`, `"accountid":"${row.id}"`];
  for (const { name, property, typeProperty } of everyKind.columns) {
    const cell = row.cells.get(name);
    if (cell === undefined) continue;
    const target = row.targetTypes.get(name);
    // Annotations stand before their value.
    if (typeProperty !== null && target != null)
      parts.push(`${JSON.stringify(typeProperty)}:${JSON.stringify(target)}`);
    parts.push(`${JSON.stringify(property)}:${bare ? cell.bareJson : cell.json}`);
  }
  parts.push(`"versionnumber":${row.version}`);
  return `{${parts.join(',')}}`;
}

/** Rows of every kind with different ids; texts are hostile but well-formed and without NUL. */
export function rowsOf(count: { readonly min: number; readonly max: number }): fc.Arbitrary<GeneratedRow[]> {
  return fc
    .array(row, { minLength: count.min, maxLength: count.max })
    .map(rows => rows.map((made, n) => ({ ...made, id: guid(n + 1) })));
}

const cell = (json: string, shown: string | null, bareJson = json): Cell => ({ json, bareJson, shown });
const NULL = cell('null', null);

const TEXT_PARTS = [
  '"',
  '\\',
  ',',
  '\r\n',
  '\n',
  '\u2028',
  '🚀',
  '東京',
  'שלום',
  '],"@odata.nextLink":"x"}',
  "'",
  ' ',
  '=cmd|',
  '\u0001',
  ';',
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...TEXT_PARTS), fc.string({ unit: 'grapheme', maxLength: 8 })), { maxLength: 6 })
  .map(parts => parts.join('').replaceAll('\0', ''));
const textCell = text.map(value => cell(JSON.stringify(value), value));

const wholeCell = (min: bigint, max: bigint) =>
  fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max)).map(value => cell(String(value), String(value)));
const int32Cell = wholeCell(-2147483648n, 2147483647n);

function decimalCell({ scale, extremes, shownScale }: { scale: number; extremes: string[]; shownScale: number }) {
  const limit = 922337203685477n;
  const made = fc
    .tuple(fc.bigInt({ min: -limit, max: limit }), fc.bigInt({ min: 0n, max: 10n ** BigInt(scale) - 1n }), fc.boolean())
    .map(([whole, places, withPlaces]) =>
      withPlaces ? `${whole}.${String(places).padStart(scale, '0')}` : String(whole),
    );
  return fc.oneof(made, fc.constantFrom(...extremes)).map(value => {
    const [whole = '0', places = ''] = value.split('.');
    const shown = `${whole}.${places.padEnd(shownScale, '0')}`;
    return cell(JSON.stringify(value), shown.replace(/^-(0+\.0+)$/, '$1'), value);
  });
}

const two = (n: number) => String(n).padStart(2, '0');
const date = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constantFrom(1, 1753, 1899, 9999)),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`);
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
  .map(parts => parts.map(two).join(':'));
const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^[0-9]{1,7}$/));
const moment = (zone: string) =>
  fc.tuple(date, time, fraction).map(([day, at, digits]) => {
    // Digits below the microsecond are cut; DuckDB shows no trailing zeros.
    const kept = digits.slice(0, 6).replace(/0+$/, '');
    const json = JSON.stringify(`${day}T${at}${digits === '' ? '' : `.${digits}`}Z`);
    return cell(json, `${day} ${at}${kept === '' ? '' : `.${kept}`}${zone}`);
  });

const guidCell = fc.uuid().map(value => cell(JSON.stringify(value.toUpperCase()), value));
const setCell = fc
  .uniqueArray(fc.integer({ min: 1, max: 999999999 }), { maxLength: 4 })
  .map(values => cell(JSON.stringify(values.join(',')), values.join(';')));
const doubleCell = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0.1, 1e-7, 1e21, 5e-324, 1.7976931348623157e308),
  )
  .map(value => cell(JSON.stringify(value), String(value === 0 ? 0 : value)));
const managedCell = fc
  .tuple(fc.boolean(), text)
  .map(([value, more]) => JSON.stringify({ Value: value, CanBeChanged: !value, Name: more }))
  .map(json => cell(json, json));

const values: Readonly<Record<string, fc.Arbitrary<Cell>>> = {
  name: textCell,
  description: textCell,
  id: textCell,
  reason: textCell,
  statecode: int32Cell,
  statuscode: int32Cell,
  industrycode: int32Cell,
  tags: setCell,
  donotemail: fc.boolean().map(value => cell(String(value), String(value))),
  parentid: guidCell,
  ownerid: guidCell,
  primarycontactid: guidCell,
  revenue: decimalCell({
    scale: 4,
    shownScale: 4,
    extremes: ['922337203685477.5807', '-922337203685477.5808', '0.1000'],
  }),
  exchangerate: decimalCell({
    scale: 10,
    shownScale: 10,
    extremes: ['100000000000.0000000001', '-100000000000', '1.5'],
  }),
  score: doubleCell,
  employees: int32Cell,
  ticks: fc.oneof(
    wholeCell(-9223372036854775808n, 9223372036854775807n),
    fc.constant(cell('9007199254740993', '9007199254740993')),
  ),
  birthdate: date.map(value => cell(JSON.stringify(value), value)),
  localtime: moment(''),
  createdon: moment('+00'),
  otherguid: guidCell,
  picture: textCell,
  iscustomizable: managedCell,
};

const row: fc.Arbitrary<GeneratedRow> = fc
  .record({
    version: fc.oneof(fc.bigInt({ min: 1n, max: 9223372036854775806n }), fc.constant(9007199254740993n)),
    // A property may also be missing: it is null then.
    cells: fc.record(
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [
          name,
          fc.oneof({ weight: 5, arbitrary: value }, { weight: 1, arbitrary: fc.constant(NULL) }),
        ]),
      ),
      { requiredKeys: [] },
    ),
    target: fc.constantFrom('systemuser', 'team', 'account'),
  })
  .map(({ version, cells, target }) => {
    const given = new Map(Object.entries(cells).filter((entry): entry is [string, Cell] => entry[1] !== undefined));
    const lookups = ['parentid', 'ownerid', 'primarycontactid'];
    const targetTypes = new Map(lookups.map(name => [name, given.get(name)?.shown == null ? null : target]));
    return { id: '', version, cells: given, targetTypes };
  });
