import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteText } from './cells.ts';
import { type CellForm, cellSql } from './compare-columns.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** The comparable text of a cell; null is a field that a line does not have. */
async function cell(form: CellForm, text: string | null): Promise<unknown> {
  // The engine's SQL cannot hold a NUL itself.
  const held = text === null ? null : quoteText(text.replaceAll('\u0000', '\u0002'));
  const given = held === null ? 'CAST(NULL AS VARCHAR)' : `replace(${held}, chr(2), chr(0))`;
  const found = await connection.runAndReadAll(`SELECT ${cellSql(form, 'x')} FROM (SELECT ${given} AS x)`);
  return found.getRows()[0]?.[0];
}

const equal: readonly (readonly [CellForm, string, string])[] = [
  ['number', '1.50', '1.5'],
  ['number', '-0.00', '0'],
  ['number', '-0', '0'],
  ['number', '007', '7'],
  ['number', '+5', '5'],
  ['number', '1E3', '1000'],
  ['number', '1.5e-7', '0.00000015'],
  ['number', '922337203685477.5807', '922337203685477.58070000'],
  ['double', '0.1', '0.10000000000000001'],
  ['double', '1E+20', '100000000000000000000'],
  ['double', '-0', '0.0'],
  ['boolean', 'True', 'true'],
  ['boolean', '0', 'FALSE'],
  ['guid', '{AAAAAAAA-0000-4000-8000-000000000001}', 'aaaaaaaa-0000-4000-8000-000000000001'],
  ['instant', '2024-01-01T00:15:00.0000000Z', '2024-01-01T00:15:00'],
  ['instant', '2024-01-01T02:15:00.12+02:00', '2024-01-01T00:15:00.1200000+00:00'],
  ['instant', '2024-02-03', '2/3/2024 12:00:00 AM'],
  ['instant', '2024-01-01T00:00:00.1234567Z', '2024-01-01T00:00:00.123456Z'],
  ['multichoice', '1,2', '1;2'],
  ['text', 'a\u0000b', 'a\uFFFDb'],
];

test.each(equal)('%s: %j and %j are one value', async (form, a, b) => {
  expect(await cell(form, a)).toBe(await cell(form, b));
  expect(await cell(form, a)).not.toMatch(/^\?/);
});

const different: readonly (readonly [CellForm, string, string])[] = [
  ['number', '1.5', '1.51'],
  ['number', '10', '1'],
  ['number', '100', '10'],
  ['number', '1e-20', '0'],
  ['number', '9007199254740993', '9007199254740992'],
  ['number', '123456789012345678901234567890.1', '123456789012345678901234567890.2'],
  ['number', 'x', 'y'],
  ['double', '0.1', '0.100000000001'],
  ['boolean', 'True', 'False'],
  ['boolean', 'yes', 'true'],
  ['instant', '2024-01-01T00:15:00Z', '2024-01-01T00:15:00+01:00'],
  ['instant', '1/2/2024 12:00:00 AM', '1/2/2024 12:00:00 PM'],
  ['instant', 'x', 'y'],
  ['text', 'a', 'A'],
  ['text', 'a', 'a '],
  ['multichoice', '1;2', '2;1'],
];

test.each(different)('%s: %j and %j are two values', async (form, a, b) => {
  expect(await cell(form, a)).not.toBe(await cell(form, b));
});

test.each(['text', 'guid', 'number', 'double', 'boolean', 'instant', 'multichoice'] as const)(
  '%s: a field that is empty is nothing, and one that is not there is told from it',
  async form => {
    expect(await cell(form, '')).toBe('');
    expect(await cell(form, null)).toBeNull();
  },
);
