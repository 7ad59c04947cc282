import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  crateId,
  openSandboxWorld,
  readAll,
  type SandboxWorld,
  worldApplication,
  worldUser,
} from '../../test/kit/sandbox-wire.ts';
import type { SandboxDatabase } from './database.ts';
import { prepareRows } from './prepare.ts';
import { openSandboxDatabase } from './sqlite-database.ts';

const lookup = 'Microsoft.Dynamics.CRM.lookuplogicalname';
const navigation = 'Microsoft.Dynamics.CRM.associatednavigationproperty';
const prefer = `odata.track-changes,odata.maxpagesize=3,odata.include-annotations="${lookup}"`;
const exact = { accept: 'application/json;IEEE754Compatible=true' };
const preparation = { table: { logicalName: 'crate' }, annotations: [lookup] };

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

test('pages of prepared rows are byte for byte those of rows written for the answer', async () => {
  fill(10);
  const before = await pages();
  expect(await prepareRows(world.database, preparation)).toBe(10);
  const asked = refuseToWrite(world.database);
  expect(await pages()).toEqual(before);
  expect([before.length, asked.slices]).toEqual([4, 4]);
});

test('rows made, changed and deleted after the preparation show at once', async () => {
  fill(8);
  await prepareRows(world.database, preparation);
  const bytes = world.database.prepared.bytes();
  world.database.patch('crate', crateId(2), { name: 'changed', parentid: { table: 'box', id: crateId(3) } });
  world.database.remove('crate', crateId(4));
  world.database.put('crate', [row(20), { ...row(5), name: 'replaced' }]);
  expect(world.database.prepared.bytes()).toBeLessThan(bytes);
  const shown = await pages();
  world.database.prepared.forget('crate');
  expect(shown).toEqual(await pages());
  expect(shown.join()).toContain('replaced');
  expect(world.database.prepared.bytes()).toBe(0);
});

test('a page that is being read takes each slice as it is then', async () => {
  fill(8);
  await prepareRows(world.database, preparation);
  const { rows } = await readAll(world, 'crates', prefer, page => {
    if (page === 1) world.database.patch('crate', crateId(6), { name: 'between pages' });
  });
  expect(rows.map(one => one.name)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'between pages', 'c7', 'c8']);
});

test('a delta of prepared rows, page after page, is that of rows written for the answer', async () => {
  fill(9);
  await prepareRows(world.database, preparation);
  const { deltaLink = '' } = await readAll(world, 'crates', prefer);
  fill(7);
  world.database.remove('crate', crateId(8));
  world.database.remove('crate', crateId(2));
  const prepared = await readAll(world, deltaLink, prefer);
  world.database.prepared.forget('crate');
  expect(prepared.rows).toEqual((await readAll(world, deltaLink, prefer)).rows);
  expect(prepared.rows.map(one => one.name ?? one.reason)).toEqual([
    ...['c1', 'c3', 'c4', 'c5', 'c6', 'c7'],
    ...['deleted', 'deleted'],
  ]);
});

const changes: Record<string, (database: SandboxDatabase) => void> = {
  'a column is added': database =>
    database.addColumn('crate', { ...column(database, 'name'), logicalName: 'label', schemaName: 'Label' }),
  'a column is removed': database => database.removeColumn('crate', 'name'),
  'a column is removed and made again': database => {
    const name = column(database, 'name');
    database.removeColumn('crate', 'name');
    database.addColumn('crate', name);
  },
  'a column has more digits': database => database.addColumn('crate', { ...column(database, 'weight'), precision: 12 }),
  'a column becomes secured': database => database.addColumn('crate', { ...column(database, 'name'), isSecured: true }),
  'the table is dropped and made again': database => {
    const crate = database.table('crate');
    database.dropTable('crate');
    if (crate !== undefined) database.createTable(crate);
    fill(2);
  },
  'a relationship gives its lookup another name': database =>
    database.putRelationship({
      schemaName: 'box_crates',
      kind: 'OneToMany',
      table1: 'box',
      column1: 'boxid',
      table2: 'crate',
      column2: 'parentid',
      navigation1: 'box_parents',
      navigation2: 'other_name',
    }),
};

test.each(Object.keys(changes))('what is shown is right after %s', async name => {
  fill(5);
  const both = [lookup, navigation];
  for (const hidesSecured of [true, false]) {
    await prepareRows(world.database, { ...preparation, annotations: both, hidesSecured });
  }
  const asked = `odata.track-changes,odata.include-annotations="${both.join(',')}"`;
  world.sandbox.applications.put({ ...worldApplication, readsSecuredColumns: false });
  await pages(asked);
  changes[name]?.(world.database);
  const shown = await pages(asked);
  world.database.prepared.forget('crate');
  expect(shown).toEqual(await pages(asked));
});

test('a caller with another role, selection, annotation or form of numbers gets its own texts', async () => {
  fill(4);
  await prepareRows(world.database, preparation);
  const asked = ['odata.track-changes', prefer, 'odata.include-annotations="*"'];
  const everything = async () => {
    const answers: string[][] = [];
    for (const headers of [exact, {}]) {
      for (const query of ['', '?$select=name,weight', '?$select=weight,name']) {
        for (const one of asked) answers.push(await pages(one, { query, headers }));
      }
    }
    return answers;
  };
  const prepared = await everything();
  world.sandbox.applications.put({ ...worldApplication, readsSecuredColumns: false });
  const hidden = await pages();
  world.database.prepared.forget('crate');
  expect(hidden).toEqual(await pages());
  expect(hidden.join()).toContain('"secret":null');
  world.sandbox.applications.put(worldApplication);
  expect(prepared).toEqual(await everything());
});

test('an environment taken back shows its rows as they were, also where versions are given out again', async () => {
  fill(3);
  const lever = (name: string, body: object) =>
    fetch(`${world.sandbox.url}/__sandbox/${name}`, { method: 'POST', body: JSON.stringify(body) });
  const prepared = await lever('prepare', { table: 'crate', annotations: [lookup] });
  expect(await prepared.json()).toEqual({ rows: 3, bytes: world.database.prepared.bytes() });
  await lever('restore-point', { name: 'before' });
  world.database.patch('crate', crateId(1), { name: 'taken back' });
  await pages();
  await lever('restore', { name: 'before' });
  world.database.patch('crate', crateId(2), { name: 'of the same version' });
  const shown = await pages();
  world.database.prepared.forget('crate');
  expect(shown).toEqual(await pages());
  expect(shown.join()).toMatch(/"c1".*"of the same version".*"c3"/);
});

test('rows that a role hides stay hidden, prepared or not', async () => {
  fill(4);
  world.database.put('crate', [{ ...row(9), ownerid: { table: 'team', id: crateId(920) } }]);
  await prepareRows(world.database, preparation);
  world.sandbox.applications.put({ ...worldApplication, readLevels: { crate: 'user' } });
  const { value } = await world.read('crates', { prefer: `odata.include-annotations="${lookup}"` });
  expect(value.map(one => one.name)).toEqual(['c1', 'c2', 'c3', 'c4']);
});

test('texts for which there is no room are made for the answer', async () => {
  const database = openSandboxDatabase({ path: ':memory:', preparedBytesMax: 1_000 });
  const crate = world.database.table('crate');
  if (crate === undefined) throw new Error('no crate');
  database.createTable(crate);
  database.put('crate', [row(1), row(2)]);
  expect(await prepareRows(database, preparation)).toBe(0);
  expect(database.prepared.bytes()).toBe(0);
  database.close();
});

test('a fifth kind takes the place of the first', async () => {
  fill(2);
  for (const select of [null, ['name'], ['note'], ['weight'], ['colour']]) {
    await prepareRows(world.database, { ...preparation, select });
  }
  const bytes = world.database.prepared.bytes();
  await prepareRows(world.database, { ...preparation, select: ['colour'] });
  expect(world.database.prepared.bytes()).toBe(bytes);
  await prepareRows(world.database, preparation);
  expect(world.database.prepared.bytes()).toBeGreaterThan(bytes);
});

/** Each page's body, its links with their cookies and moments left out. */
async function pages(
  asked = prefer,
  { query = '', headers = exact }: { readonly query?: string; readonly headers?: Record<string, string> } = {},
): Promise<string[]> {
  const texts: string[] = [];
  let link: string | undefined = `crates${query}`;
  while (link !== undefined) {
    const response: Response = await world.request(link, { prefer: asked, headers });
    const text = await response.text();
    expect([response.status, Number(response.headers.get('content-length'))]).toEqual([200, Buffer.byteLength(text)]);
    link = (JSON.parse(text) as { '@odata.nextLink'?: string })['@odata.nextLink'];
    texts.push(text.replace(/"@odata\.(next|delta)Link":"[^"]*"/, '"$1"'));
  }
  return texts;
}

/** From now on a text must be there; counts the questions. */
function refuseToWrite({ prepared }: SandboxDatabase): { slices: number } {
  const asked = { slices: 0 };
  const { page } = prepared;
  prepared.page = (table, span) => {
    asked.slices += 1;
    const write = () => {
      throw new Error('a text was made again');
    };
    return page(table, { ...span, write });
  };
  return asked;
}

function fill(count: number): void {
  world.database.put(
    'crate',
    Array.from({ length: count }, (_, index) => row(index + 1)),
  );
}

function row(number: number) {
  return {
    crateid: crateId(number),
    name: `c${number}`,
    note: 'Müller & Søn "東京" 🚀\u0000\ud800',
    weight: '1.5',
    serial: '9007199254740993',
    colour: 1,
    ownerid: { table: 'systemuser', id: worldUser },
    parentid: { table: number % 2 === 0 ? 'crate' : 'box', id: crateId(number) },
    secret: 'hidden',
  };
}

function column(database: SandboxDatabase, name: string) {
  const found = database.table('crate')?.columns.find(one => one.logicalName === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}
