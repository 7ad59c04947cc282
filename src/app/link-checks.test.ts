import { expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { OfferedTable, Source } from '../core/source.ts';
import { checkTables } from './link-checks.ts';

const tables = ['crate', 'box'].map(parseTableName);
const signal = new AbortController().signal;

function offered(table: TableName): OfferedTable {
  const rest = { displayName: table, changeTracking: true, canTrackChanges: true, refusal: null };
  return { table, entitySetName: `set_of_${table}`, ...rest };
}

/** An environment that may show the tables of `readable`; whatever else is asked fails the test. */
function sourceOf(readable: readonly TableName[]): { readonly source: Source; readonly read: string[] } {
  const read: string[] = [];
  const page: Source['page'] = async ({ shape }) => {
    read.push(shape.entitySetName);
    if (!readable.includes(shape.table)) throw new Fault('source/forbidden', { table: shape.table });
    return (async function* () {
      yield new Uint8Array();
    })();
  };
  const source = { tables: async () => tables.map(offered), page } satisfies Partial<Source>;
  return { source: source as unknown as Source, read };
}

test('tables are checked by a first page of each and the list of all: an environment slow with definitions passes', async () => {
  const { source, read } = sourceOf(tables);
  await checkTables({ source, tables, chosen: [], signal });
  expect(read).toEqual(['set_of_crate', 'set_of_box']);
});

test('a table that may not be read is named', async () => {
  const { source } = sourceOf(tables.slice(0, 1));
  const checked = checkTables({ source, tables, chosen: [], signal });
  await expect(checked).rejects.toThrow(expect.objectContaining({ details: { table: 'box' } }));
});
