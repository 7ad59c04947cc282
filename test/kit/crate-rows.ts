import { lakeColumns } from '../../src/core/shape.ts';
import type { PlacedRow, TextRow } from './handmade-lake.ts';
import { crateShape } from './lake-parquet.ts';

/** One row of the invented table `crate`, as the environment sends it and as the lake keeps it. */
export interface CratePair {
  readonly id: string;
  readonly json: string;
  readonly lake: PlacedRow;
}

const OWNER = 'aaaaaaaa-0000-4000-8000-000000000001';
const LOOKUP = 'Microsoft.Dynamics.CRM.lookuplogicalname';

export function crateId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/**
 * A row with a value of every kind that is hard to carry. `json` replaces properties of the environment's side by their
 * JSON texts, `cells` columns of the lake's side.
 */
export function cratePair(
  number: number,
  {
    version = number,
    json = {},
    cells: otherCells = {},
  }: { readonly version?: number; readonly json?: Readonly<Record<string, string>>; readonly cells?: TextRow } = {},
): CratePair {
  const id = crateId(number);
  const name = `Crate ${number}`;
  const properties: Record<string, string> = {
    '@odata.etag': JSON.stringify(`W/"${version}"`),
    crateid: JSON.stringify(id.toUpperCase()),
    name: JSON.stringify(name),
    notes: '"line\\r\\n\\"quoted\\", \\\\ end\\u2028 😀\\\\"',
    pieces: '7',
    versionnumber: String(version),
    exchangerate: '"100000000000.000000000100"',
    weight: '1.5E+1',
    price: '922337203685477.5807',
    length: '0.30000000000000004',
    sealed: 'true',
    colour: '2',
    size: 'null',
    tags: '"2,1"',
    statecode: '0',
    statuscode: '1',
    _shelfid_value: 'null',
    [`_ownerid_value@${LOOKUP}`]: '"team"',
    _ownerid_value: JSON.stringify(OWNER),
    _buyerid_value: 'null',
    bestbefore: '"2024-02-29"',
    wallclock: '"2024-03-01T08:30:00Z"',
    modifiedon: '"2024-03-01T08:30:00.1234567Z"',
    createdon: '"1969-12-31T23:59:59Z"',
    recordtype: '"account"',
    photo: 'null',
    ismanaged: '{"Value":true,"CanBeChanged":false}',
    ...json,
  };
  const cells: TextRow = {
    Id: id,
    SinkCreatedOn: '2026-01-01 00:00:00',
    SinkModifiedOn: '2026-01-01 13:05:09.5',
    crateid: id,
    name,
    notes: 'line\r\n"quoted", \\ end\u2028 😀\\',
    pieces: '7',
    versionnumber: String(version),
    exchangerate: '100000000000.0000000001',
    weight: '15',
    price: '922337203685477.5807',
    length: '0.30000000000000004',
    sealed: 'true',
    colour: '2',
    tags: '2;1',
    statecode: '0',
    statuscode: '1',
    ownerid: OWNER,
    ownerid_entitytype: 'team',
    bestbefore: '2024-02-29',
    wallclock: '2024-03-01 08:30:00',
    modifiedon: '2024-03-01 08:30:00.123456+00',
    createdon: '1969-12-31 23:59:59+00',
    recordtype: 'account',
    ismanaged: '{"Value":true,"CanBeChanged":false}',
    ...otherCells,
  };
  return { id, json: jsonOf(properties), lake: { cells, version } };
}

function jsonOf(properties: Readonly<Record<string, string>>): string {
  return `{${Object.entries(properties)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
    .join(',')}}`;
}

/** The pair's row as a CSV line in the lake's dialect. */
export function crateCsv({ lake }: CratePair): string {
  const texts = lakeColumns(crateShape).map(column => {
    const text = lake.cells[column.name] ?? null;
    if (text === null) return '';
    const shown = SHOWN[column.name]?.(text) ?? text;
    const bare = column.modelType === 'guid' || column.modelType === 'int64' || column.modelType === 'decimal';
    if (column.modelType === 'boolean') return text === 'true' ? 'True' : 'False';
    return bare ? shown : `"${shown.replaceAll('"', '""')}"`;
  });
  return `${texts.join(',')}\n`;
}

const SHOWN: Readonly<Record<string, (text: string) => string>> = {
  SinkCreatedOn: () => '1/1/2026 12:00:00 AM',
  SinkModifiedOn: () => '1/1/2026 1:05:09 PM',
  bestbefore: text => `${text}T00:00:00Z`,
  wallclock: () => '2024-03-01T08:30:00Z',
  modifiedon: () => '2024-03-01T08:30:00.123456Z',
  createdon: () => '1969-12-31T23:59:59.0000000+00:00',
  exchangerate: text => `${text}00`,
  weight: text => `${text}.00`,
};
