import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cell, Reference, Row, SandboxDatabase, StoredRow } from './database.ts';
import { installCatalogue, type SeedOptions, seedRows } from './seed.ts';
import { planRows } from './seed-plan.ts';
import { guidOf, Random } from './seed-random.ts';
import { fourDigits } from './seed-world.ts';
import { openSandboxDatabase } from './sqlite-database.ts';
import { cut } from './text.ts';

const clock = { nowMs: () => Date.UTC(2026, 0, 15, 13, 0, 0), sleep: async () => {} };
const ROWS = 4000;

async function seeded(options: Partial<SeedOptions> = {}): Promise<SandboxDatabase> {
  const database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 7 });
  await seedRows(database, { rows: ROWS, seed: 7, clock, hostile: 0.2, ...options });
  return database;
}

function all(database: SandboxDatabase, table: string): StoredRow[] {
  return database.page(table, { after: null, limit: 1_000_000 });
}

function contents(database: SandboxDatabase): Record<string, Row[]> {
  return Object.fromEntries(
    database.tables().map(table => [table.logicalName, all(database, table.logicalName).map(({ row }) => row)]),
  );
}

function isReference(cell: Cell): cell is Reference {
  return cell !== null && typeof cell === 'object' && 'table' in cell;
}

let database: SandboxDatabase;
beforeAll(async () => {
  database = await seeded();
});
afterAll(() => database.close());

describe('rows made from a seed', () => {
  test('are as many as asked, and more contacts than accounts', () => {
    const counts = new Map(database.tables().map(table => [table.logicalName, database.count(table.logicalName)]));
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(ROWS);
    // A virtual table holds no rows here; the profiles of Synapse Link are an administrator's work.
    const filled = [...counts].filter(([table]) => !/^synapselink|^lake_remote$/.test(table));
    for (const [table, count] of filled) expect([table, count > 0]).toEqual([table, true]);
    const count = (table: string) => counts.get(table) ?? 0;
    expect(count('contact')).toBeGreaterThan(count('account'));
    expect(count('activitypointer')).toBeGreaterThan(count('account'));
  });

  test('are the same for the same seed on the same day, and others for another', async () => {
    const again = await seeded({ clock: { ...clock, nowMs: () => Date.UTC(2026, 0, 15, 23, 59, 59) } });
    expect(contents(again)).toEqual(contents(database));
    const other = await seeded({ seed: 8 });
    expect(all(other, 'contact')[1]?.id).not.toBe(all(database, 'contact')[1]?.id);
    again.close();
    other.close();
  });

  test('a run that was cut off is repeated to the same end, one that ended is not done again', async () => {
    const cutOff = openSandboxDatabase({ path: ':memory:' });
    installCatalogue(cutOff, { seed: 7 });
    const stop = new AbortController();
    const options = { rows: ROWS, seed: 7, clock, hostile: 0.2 };
    const first = seedRows(cutOff, {
      ...options,
      signal: stop.signal,
      onProgress: ({ done }) => (done > ROWS / 2 ? stop.abort() : undefined),
    });
    await expect(first).rejects.toThrow();
    await seedRows(cutOff, options);
    const withoutVersion = (rows: Record<string, Row[]>) =>
      JSON.stringify(rows, (key, value: unknown) => (key === 'versionnumber' ? undefined : value));
    expect(withoutVersion(contents(cutOff))).toBe(withoutVersion(contents(database)));
    const version = cutOff.version();
    await seedRows(cutOff, options);
    expect(cutOff.version()).toBe(version);
    cutOff.close();
  });

  test('point to rows that are there, of a table their column allows, never to themselves', () => {
    for (const table of database.tables()) {
      const columns = new Map(table.columns.map(column => [column.logicalName, column]));
      for (const { id, row } of all(database, table.logicalName)) {
        for (const [name, cell] of Object.entries(row)) {
          const column = columns.get(name);
          expect([table.logicalName, name, column?.attributeOf === undefined]).toEqual([
            table.logicalName,
            name,
            false,
          ]);
          if (!isReference(cell)) continue;
          expect(column?.targets).toContain(cell.table);
          expect([name, database.get(cell.table, cell.id) !== undefined, cell.id === id]).toEqual([name, true, false]);
        }
      }
    }
  });

  test('every activity has its pointer of the same id, every party its activity, every pair is there once', () => {
    let activities = 0;
    for (const kind of ['task', 'email', 'phonecall', 'appointment']) {
      for (const { id, row } of all(database, kind)) {
        activities += 1;
        expect(database.get('activitypointer', id)?.row).toMatchObject({
          activitytypecode: kind,
          subject: row.subject ?? '',
        });
      }
    }
    expect(database.count('activitypointer')).toBe(activities);
    for (const [table, ...sides] of [
      ['contactleads', 'contactid', 'leadid'],
      ['systemuserroles', 'systemuserid', 'roleid'],
    ] as const) {
      const pairs = all(database, table).map(({ row }) => sides.map(side => row[side]).join());
      expect(new Set(pairs).size).toBe(pairs.length);
    }
  });

  test('fit their columns: lengths, four digits of money, options', () => {
    for (const table of database.tables()) {
      const columns = new Map(table.columns.map(column => [column.logicalName, column]));
      for (const { row } of all(database, table.logicalName)) {
        for (const [name, cell] of Object.entries(row)) {
          const column = columns.get(name);
          const where = `${table.logicalName}.${name}`;
          if (typeof cell === 'string' && column?.maxLength !== undefined) {
            expect([where, cell.length <= column.maxLength]).toEqual([where, true]);
          }
          if (column?.type === 'MoneyType') expect(cell).toMatch(/^-?\d+\.\d{4}$/);
          // An activity's pointer has the status of its kind, as in the platform, whose options are the kind's.
          if (where === 'activitypointer.statuscode') continue;
          if (column?.options !== undefined && typeof cell === 'number') {
            expect([where, column.options.map(option => option.value)]).toEqual([
              where,
              expect.arrayContaining([cell]),
            ]);
          }
        }
      }
    }
  });

  test('spread over ten years, growing, on weekdays; some tables are young', () => {
    const created = (table: string) => all(database, table).map(({ row }) => Date.parse(String(row.createdon)));
    const contacts = created('contact');
    const years = new Map<number, number>();
    for (const ms of contacts)
      years.set(new Date(ms).getUTCFullYear(), (years.get(new Date(ms).getUTCFullYear()) ?? 0) + 1);
    expect(years.size).toBeGreaterThanOrEqual(9);
    expect(years.get(2025) ?? 0).toBeGreaterThan(2 * (years.get(2018) ?? 0));
    const weekend = contacts.filter(ms => [0, 6].includes(new Date(ms).getUTCDay())).length;
    expect(weekend / contacts.length).toBeLessThan(0.15);
    expect(Math.min(...created('lake_untracked'))).toBeGreaterThan(Date.UTC(2024, 11, 1));
    expect(Math.max(...contacts)).toBeLessThan(clock.nowMs());
  });

  test('speak several scripts, and a share of the texts is hostile', () => {
    const text = all(database, 'contact')
      .concat(all(database, 'annotation'), all(database, 'account'))
      .flatMap(({ row }) => Object.values(row))
      .filter(cell => typeof cell === 'string')
      .join('\u0001');
    const parts = 'ü ς И م ה 東 한 ह 🎈 " , \\ \u2028 =cmd|'.split(' ').concat('\t', '\r\n', '\r', '\n');
    for (const part of parts) expect([part, text.includes(part)]).toEqual([part, true]);
    const counts = all(database, 'contact').filter(({ row }) => row.lastname === '').length;
    expect(counts).toBeGreaterThan(0);
  });

  test('none is hostile when that is asked', async () => {
    const plain = await seeded({ hostile: false });
    expect(JSON.stringify(contents(plain))).not.toMatch(/=cmd\||DROP TABLE|\\u0000/);
    plain.close();
  });

  test('lake_everything shows the ends of each type exactly (R 2)', () => {
    const rows = all(database, 'lake_everything').map(({ row }) => row);
    const has = (column: string, value: Cell) =>
      expect(
        rows.some(row => JSON.stringify(row[column]) === JSON.stringify(value)),
        `${column} ${value}`,
      ).toBe(true);
    has('lake_money', '922337203685477.5807');
    has('lake_decimal', '100000000000.0000000001');
    has('lake_bignumber', '9007199254740993');
    has('lake_birthday', '1753-01-01');
    has('lake_birthday', '9999-12-31');
    has('lake_colours', []);
    has('lake_colours', [1, 2, 3, 4, 5]);
    has('lake_choice', 2147483647);
  });
});

describe('the parts', () => {
  test('chance repeats itself, ids never', () => {
    const series = (seed: number) => {
      const random = new Random(seed);
      return [random.next(), random.below(100), random.guid()];
    };
    expect(series(3)).toEqual(series(3));
    const ids = Array.from({ length: 50_000 }, (_, index) => guidOf(12345, index));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each([1, 120, 500, 3000, 100_000, 1_000_000])('a plan for %i rows leaves nobody out', rows => {
    const plan = planRows({ rows });
    for (const { table, rows: count } of plan) expect([table, count > 0]).toEqual([table, true]);
  });

  test('money is cut by nothing, texts never between two halves of a character', () => {
    expect([0n, 1n, -1n, 123_456n, -9_223_372_036_854_775_808n].map(fourDigits)).toEqual([
      '0.0000',
      '0.0001',
      '-0.0001',
      '12.3456',
      '-922337203685477.5808',
    ]);
    expect(cut('a🎉b', 2)).toBe('a');
    expect(cut('a🎉b', 3)).toBe('a🎉');
  });
});
