import { randomUUID } from 'node:crypto';
import type { Row, SandboxDatabase } from '../../src/sandbox/database.ts';
import { type ColumnBody, tableOf } from '../../src/sandbox/metadata-body.ts';

/** A table of a person's own with a column of every type that can be made, and values at the ends of each. */
export const TYPED = 'new_crate';
/** A table whose every version is kept. */
export const HISTORY = 'new_event';

/** Ids of the rows of `new_crate`, by what they are. */
export const typedIds = {
  most: '00000000-0000-4000-8000-0000000000a1',
  least: '00000000-0000-4000-8000-0000000000a2',
  nothing: '00000000-0000-4000-8000-0000000000a3',
} as const;

/** A text with what breaks quoting, line protocols and encodings. */
export const ODD_TEXT = `it's "quoted", a \\ backslash,\ttab,\nline and 易碎 😀`;

const attribute = (type: string, SchemaName: string, more: Partial<ColumnBody> = {}): ColumnBody => ({
  '@odata.type': `${type}AttributeMetadata`,
  SchemaName,
  ...more,
});

const option = (Value: number, text: string) => ({
  Value,
  Label: { LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] },
});

const choices = { OptionSet: { Options: [option(1, 'Red'), option(2, 'Blue, "light"')] } };

const COLUMNS: readonly ColumnBody[] = [
  attribute('String', 'new_name', { IsPrimaryName: true, MaxLength: 200 }),
  attribute('Memo', 'new_notes'),
  attribute('Integer', 'new_whole'),
  attribute('BigInt', 'new_big'),
  attribute('Decimal', 'new_exact', { Precision: 10 }),
  attribute('Money', 'new_price', { Precision: 4 }),
  attribute('Double', 'new_float', { Precision: 5 }),
  attribute('Boolean', 'new_flag'),
  attribute('DateTime', 'new_moment', { DateTimeBehavior: { Value: 'UserLocal' } }),
  attribute('DateTime', 'new_day', { DateTimeBehavior: { Value: 'DateOnly' } }),
  attribute('DateTime', 'new_wall', { DateTimeBehavior: { Value: 'TimeZoneIndependent' } }),
  attribute('Picklist', 'new_colour', choices),
  attribute('MultiSelectPicklist', 'new_tags', choices),
  attribute('UniqueIdentifier', 'new_key'),
];

/** The cells that the environment keeps. */
const ROWS: readonly Row[] = [
  {
    new_crateid: typedIds.most,
    new_name: ODD_TEXT,
    new_notes: 'a note\r\nof two lines',
    new_whole: 2_147_483_647,
    new_big: '9223372036854775807',
    new_exact: '100000000000.0123456789',
    new_price: '922337203685477.5807',
    new_float: 0.1,
    new_flag: true,
    new_moment: '2024-02-29T23:59:58Z',
    new_day: '2024-02-29',
    new_wall: '2024-02-29T12:34:56Z',
    new_colour: 2,
    new_tags: [1, 2],
    new_key: '123e4567-e89b-42d3-a456-426614174000',
    createdon: '2024-02-29T01:02:03Z',
    statecode: 0,
    statuscode: 1,
  },
  {
    new_crateid: typedIds.least,
    new_name: '',
    new_notes: 'x'.repeat(2_000),
    new_whole: -2_147_483_648,
    new_big: '-9223372036854775808',
    new_exact: '-0.0000000001',
    new_price: '-922337203685477.5808',
    new_float: -1.5e9,
    new_flag: false,
    new_moment: '1753-01-01T00:00:00Z',
    new_day: '1753-01-01',
    new_wall: '9999-12-30T23:59:59Z',
    new_colour: 1,
    new_tags: [2],
    new_key: '00000000-0000-0000-0000-000000000000',
    createdon: '2023-05-06T07:08:09Z',
    statecode: 1,
    statuscode: 2,
  },
  { new_crateid: typedIds.nothing, createdon: '2023-01-01T00:00:00Z', statecode: 0, statuscode: 1 },
];

/** Puts `new_crate` and `new_event` (four rows) into an environment. */
export function installTypedRows(database: SandboxDatabase): void {
  const make = (SchemaName: string, Attributes: readonly ColumnBody[]) =>
    database.createTable(
      tableOf(
        { SchemaName, ChangeTrackingEnabled: true, Attributes: [...Attributes] },
        { newId: randomUUID, tables: database.tables() },
      ),
    );
  make(TYPED, COLUMNS);
  database.put(TYPED, ROWS);
  make(HISTORY, [attribute('String', 'new_name', { IsPrimaryName: true }), attribute('Integer', 'new_count')]);
  database.put(HISTORY, [1, 2, 3, 4].map(eventRow));
}

export function eventId(number: number): string {
  return `00000000-0000-4000-8000-0000000000e${number}`;
}

function eventRow(number: number): Row {
  return {
    new_eventid: eventId(number),
    new_name: `event ${number}`,
    new_count: number,
    createdon: `202${number}-01-02T03:04:05Z`,
  };
}
