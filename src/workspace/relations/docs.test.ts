import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, guid, shapeOf } from '../../../test/kit/batch-fixtures.ts';
import { RelationLake } from '../../../test/kit/relation-lake.ts';
import { ident, literal } from '../../batch/sql.ts';
import { parseTableName } from '../../core/names.ts';
import type { OptionSet, TableShape } from '../../core/shape.ts';
import { columnsUsed } from './columns-used.ts';

const page = await readFile(new URL('../../../docs/workspace.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```sql\n([^`]+?);?\n```/g)].map(match => match[1] ?? '');
/** The catalogue is another area's; its example is run with the endpoint. */
const ofTables = examples.filter(sql => !sql.includes('pg_catalog'));

const set = (...texts: string[]): OptionSet => ({
  name: 'own',
  isGlobal: false,
  options: texts.map((text, value) => ({ value, labels: [{ languageCode: 1033, text }] })),
});
const account: TableShape = shapeOf([
  column('name', 'string'),
  column('revenue', 'money'),
  column('createdon', 'datetime'),
  column('statecode', 'state', { optionSet: set('Active', 'Inactive') }),
  column('industrycode', 'choice', { optionSet: set('Farming', 'Trade') }),
  column('primarycontactid', 'lookup', { targets: [{ table: 'contact', attribute: 'contactid' }] }),
  column('ownerid', 'owner', { targets: [{ table: 'team', attribute: null }] }),
]);
const contact: TableShape = { ...shapeOf([column('fullname', 'string')]), table: parseTableName('contact') };

let lake: RelationLake;

beforeAll(async () => {
  lake = await RelationLake.open();
  const id = `'${guid(1)}'`;
  const row = {
    Id: id,
    name: "'A'",
    revenue: '5',
    createdon: "'2024-06-01 00:00:00+00'",
    statecode: '0',
    industrycode: '1',
  };
  lake.add(account, { image: await lake.image(account, [{ ...row, primarycontactid: id }]) });
  const contacts = await lake.image(contact, [{ Id: id, fullname: "'Ada'" }]);
  lake.add(contact, { writeMode: 'append', image: contacts });
});
afterAll(() => lake.close());

/** Every relation that the statement names stands in front of it under its own name. */
async function run(sql: string) {
  return lake.engine.session(async session => {
    const [row] = await session.runAll(`SELECT json_serialize_sql(${literal(sql)}) AS tree`);
    const text = String(row?.tree);
    const names = new Set([...text.matchAll(/"table_name":"([^"]+)"/g)].map(match => match[1] ?? ''));
    const columns = columnsUsed(JSON.parse(text));
    const sources: string[] = [];
    for (const name of names) {
      const relation = await lake.find(name);
      if (relation.is !== 'rows') throw new Error('no rows');
      sources.push(
        `${ident(name)} AS NOT MATERIALIZED (${await relation.sql(session, new AbortController().signal, columns)})`,
      );
    }
    return session.runAll(`WITH ${sources.join(', ')} ${sql}`);
  });
}

describe('the examples of docs/workspace.md', () => {
  test('are there', () => expect(ofTables.length).toBeGreaterThan(5));

  test.each(ofTables)('answers: %s', async sql => {
    expect((await run(sql)).length).toBe(1);
  });

  test('a label and a name are what the page says', async () => {
    expect(await run(ofTables.find(sql => sql.includes('industrycode_label')) ?? '')).toMatchObject([
      { industrycode_label: 'Trade', revenue: '5.0000' },
    ]);
    expect(await run(ofTables.find(sql => sql.includes('primarycontactid_name')) ?? '')).toEqual([
      { name: 'A', primarycontactid_name: 'Ada', ownerid_name: null },
    ]);
    expect(await run(ofTables.find(sql => sql.includes('LocalizedLabel')) ?? '')).toMatchObject([
      { LocalizedLabel: 'Trade' },
    ]);
  });
});
