import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { column, guid, shapeOf } from '../../../test/kit/batch-fixtures.ts';
import { RelationLake } from '../../../test/kit/relation-lake.ts';
import { parseTableName } from '../../core/names.ts';
import type { Option, OptionSet, TableShape } from '../../core/shape.ts';

const ENGLISH = 1033;
const GERMAN = 1031;

function option(value: number, english: string | null, german: string | null): Option {
  const labels = [
    { languageCode: ENGLISH, text: english },
    { languageCode: GERMAN, text: german },
  ].flatMap(({ languageCode, text }) => (text === null ? [] : [{ languageCode, text }]));
  return { value, labels };
}
const set = (...options: Option[]): OptionSet => ({ name: 'own', isGlobal: false, options });

const account: TableShape = shapeOf([
  column('name', 'string', { maxLength: 160 }),
  column('statecode', 'state', { optionSet: set(option(0, 'Active', 'Aktiv'), option(1, 'Inactive', 'Inaktiv')) }),
  column('statuscode', 'status', { optionSet: set(option(1, 'Open', 'Offen'), option(2, 'Closed', null)) }),
  column('size', 'choice', {
    optionSet: set(option(-1, "It's small", 'Klein'), option(7, 'Large', null), option(100_000_000, null, 'Riesig')),
  }),
  column('size_label', 'string'),
  column('tags', 'multichoice', { optionSet: set(option(1, 'Fragile', 'Zerbrechlich'), option(2, 'Heavy', 'Schwer')) }),
  column('sealed', 'boolean', { optionSet: set(option(1, 'Yes', 'Ja'), option(0, 'No', 'Nein')) }),
  column('unknown', 'choice'),
  column('primarycontactid', 'lookup', { targets: [{ table: 'contact', attribute: 'contactid' }] }),
  column('buyerid', 'customer', {
    targets: [
      { table: 'account', attribute: 'accountid' },
      { table: 'contact', attribute: 'contactid' },
    ],
  }),
  column('ownerid', 'owner', {
    targets: [
      { table: 'team', attribute: null },
      { table: 'systemuser', attribute: null },
    ],
  }),
]);
const contact: TableShape = {
  ...shapeOf([column('contactid', 'guid'), column('fullname', 'string')]),
  table: parseTableName('contact'),
  displayName: 'Contact',
  primaryId: 'contactid',
};

let lake: RelationLake;

const id = (n: number) => `'${guid(n)}'`;

beforeAll(async () => {
  lake = await RelationLake.open();
  const held = await lake.image(account, [
    {
      Id: id(1),
      name: "'one'",
      statecode: '0',
      statuscode: '1',
      size: '-1',
      tags: "'2;1'",
      sealed: 'true',
      primarycontactid: id(50),
    },
    {
      Id: id(2),
      name: "'two'",
      statecode: '1',
      statuscode: '2',
      size: '7',
      tags: "'9;2'",
      sealed: 'false',
      size_label: "'own'",
    },
    { Id: id(3), name: "'three'", size: '100000000', buyerid: id(1), buyerid_entitytype: "'account'", unknown: '3' },
  ]);
  const batch = await lake.file(
    account,
    [
      { Id: id(4), name: "'four'", size: '6', buyerid: id(1), buyerid_entitytype: "'contact'", __version: '9' },
      {
        Id: id(5),
        name: "'five'",
        buyerid: id(50),
        buyerid_entitytype: "'account'",
        ownerid: id(60),
        ownerid_entitytype: "'team'",
        __version: '9',
      },
    ],
    'batch',
  );
  lake.add(account, { image: held, pending: [{ sequence: 6, epoch: 0, batch }] });
  // One of the contacts has the id of an account.
  const contacts = [
    { Id: id(50), fullname: "'Ada'" },
    { Id: id(1), fullname: "'Bo'" },
  ];
  lake.add(contact, { image: await lake.image(contact, contacts) });
});
afterAll(() => lake.close());

async function labels(columns: string, { language = null as number | null } = {}): Promise<unknown[][]> {
  const rows = await lake.rows('account_labels', `SELECT ${columns} FROM t ORDER BY "Id"`, {
    view: lake.view(language),
  });
  return rows.map(row => Object.values(row));
}

describe('<table>_labels', () => {
  test('has every choice, state, status and boolean with its text beside it, and every lookup with a name', async () => {
    const { info } = await lake.find('account_labels');
    const beside = info.columns.map(({ name }) => name).filter(name => /_label|_name/.test(name));
    expect(beside).toEqual([
      'statecode_label',
      'statuscode_label',
      'size_label_1',
      'size_label',
      'tags_label',
      'sealed_label',
      'unknown_label',
      'primarycontactid_name',
      'buyerid_name',
      'ownerid_name',
    ]);
    const names = info.columns.map(({ name }) => name);
    expect(names[names.indexOf('sealed') + 1]).toBe('sealed_label');
    expect(info.kind).toBe('view');
    expect(info.primaryKey).toEqual(['Id']);
  });

  test('texts are those of the language asked for, and the first where there is none in it', async () => {
    const columns = 'statecode_label, statuscode_label, size_label_1, sealed_label';
    expect((await labels(columns, { language: ENGLISH })).slice(0, 3)).toEqual([
      ['Active', 'Open', "It's small", 'Yes'],
      ['Inactive', 'Closed', 'Large', 'No'],
      [null, null, 'Riesig', null],
    ]);
    expect((await labels(columns, { language: GERMAN })).slice(0, 3)).toEqual([
      ['Aktiv', 'Offen', 'Klein', 'Ja'],
      ['Inaktiv', 'Closed', 'Large', 'Nein'],
      [null, null, 'Riesig', null],
    ]);
    expect((await labels(columns))[0]).toEqual(['Active', 'Open', "It's small", 'Yes']);
  });

  test('a value that is no choice has no text; a column without choices has none', async () => {
    expect(await labels('size_label_1, unknown_label')).toEqual([
      ["It's small", null],
      ['Large', null],
      ['Riesig', null],
      [null, null],
      [null, null],
    ]);
  });

  test('a multi-select choice has its texts in their order; what is no choice stands as its number', async () => {
    expect((await labels('tags, tags_label')).slice(0, 3)).toEqual([
      ['2;1', 'Heavy;Fragile'],
      ['9;2', '9;Heavy'],
      [null, null],
    ]);
  });

  test('a column of the table that is named so keeps its name', async () => {
    expect((await labels('size_label, size_label_1'))[1]).toEqual(['own', 'Large']);
  });

  test('a lookup has the name of its row, by the table that it points to, and no row is there twice', async () => {
    expect(await labels('primarycontactid_name, buyerid_name')).toEqual([
      ['Ada', null],
      [null, null],
      [null, 'one'],
      [null, 'Bo'],
      [null, null],
    ]);
  });

  test('names of tables that are not in the lake are null, and the comment says so', async () => {
    expect((await labels('ownerid_name'))[4]).toEqual([null]);
    const comments = new Map(
      (await lake.find('account_labels')).info.columns.map(({ name, comment }) => [name, comment]),
    );
    expect(comments.get('ownerid_name')).toContain('null where that table is not in this lake');
    expect(comments.get('primarycontactid_name')).toContain('primarycontactid points to (contact)');
  });

  test('a table that cannot be read takes away names, and nothing else (I-8)', async () => {
    const held = lake.states.get(contact.table);
    lake.break('contact');
    expect((await labels('name, primarycontactid_name'))[0]).toEqual(['one', null]);
    if (held !== undefined) lake.states.set(contact.table, held);
  });

  test('asked for one label, only what that needs is read: no other column, no other table', async () => {
    lake.asked.length = 0;
    const relation = await lake.find('account_labels');
    if (relation.is !== 'rows') throw new Error('no rows');
    const sql = await lake.engine.session(session =>
      relation.sql(session, new AbortController().signal, new Set(['statecode_label', 'elsewhere'])),
    );
    expect(lake.asked).toEqual(['account']);
    const rows = await lake.engine.session(session =>
      session.runAll(`SELECT * FROM (${sql}) ORDER BY 1 NULLS LAST LIMIT 1`),
    );
    expect(rows).toEqual([{ statecode_label: 'Active' }]);
    expect(sql).not.toContain('"name"');
  });
});
