import { describe, expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import { CannedDefinitions } from './canned-definitions.test-kit.ts';
import {
  attribute,
  type Canned,
  type CannedEnvironment,
  type SeenRequest,
  startEnvironment,
} from './canned-environment.test-kit.ts';

const never = () => new AbortController().signal;
const crate = parseTableName('crate');
const box = parseTableName('box');
const HOUR_MS = 3_600_000;

const choice = (text: string, { isGlobal = false } = {}) =>
  attribute('size', 'PicklistType', {
    OptionSet: { Name: 'size', IsGlobal: isGlobal, Options: [{ Value: 1, Label: { LocalizedLabels: [label(text)] } }] },
  });
const label = (text: string) => ({ Label: text, LanguageCode: 1033 });

/** `crate` and `box`; `before` may answer in the environment's place. */
async function startWorld(before: (request: SeenRequest) => Canned | null = () => null) {
  const definitions = new CannedDefinitions();
  definitions.table('crate', [attribute('name', 'StringType', { MaxLength: 100, DatabaseLength: 200 }), choice('Big')]);
  definitions.table('box', [attribute('crateid', 'LookupType', { Targets: ['crate', 'nowhere'] })]);
  const world = await startEnvironment(request => before(request) ?? definitions.answer(request));
  return { definitions, world, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** The latest requests, by what they are: `changes`, `group of <n>`, `tables`, `alone` for all reads of single tables. */
function kinds({ apiRequests }: CannedEnvironment): string[] {
  const kindOf = ({ path }: SeenRequest) => {
    if (path.includes('ClientVersionStamp')) return 'changes';
    if (path.includes('RetrieveMetadataChanges')) return `group of ${path.split('System.String').length - 1}`;
    return path.includes("EntityDefinitions(LogicalName='") ? 'alone' : 'tables';
  };
  return apiRequests()
    .map(kindOf)
    .filter((kind, place, all) => kind !== 'alone' || all[place - 1] !== 'alone');
}

/** Something that a test waits for. */
function moment(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

const names = (shape: { readonly columns: readonly { readonly name: string }[] }) =>
  shape.columns.map(({ name }) => name);

describe('definitions of many tables', () => {
  test('are read in groups, and one of them by the old way too, once', async () => {
    await using parts = await startWorld();
    const { definitions, world } = parts;
    const tables = Array.from({ length: 25 }, (_, n) => parseTableName(`table${n}`));
    for (const table of tables) definitions.table(table);
    const shapes = await Promise.all(tables.map(table => world.source.shape(table, never())));
    expect(shapes.map(({ primaryId }) => primaryId)).toEqual(tables.map(table => `${table}id`));
    expect(kinds(world)).toEqual(['group of 10', 'tables', 'alone', 'group of 15']);
  });

  test('say the same as those read one by one', async () => {
    await using parts = await startWorld();
    await using old = await startWorld(({ path }) => (path.includes('RetrieveMetadata') ? { status: 404 } : null));
    for (const table of [crate, box]) {
      expect(await parts.world.source.shape(table, never())).toEqual(await old.world.source.shape(table, never()));
    }
    expect(
      (await parts.world.source.shape(box, never())).columns.find(({ name }) => name === 'crateid')?.targets,
    ).toEqual([
      { table: 'crate', attribute: 'crateid' },
      { table: 'nowhere', attribute: null },
    ]);
    expect(kinds(parts.world)).toContain('changes');
    expect(kinds(old.world).filter(kind => kind.startsWith('group'))).toEqual(['group of 1']);
  });

  test('are named in an address below 32 KB however long their names', async () => {
    await using parts = await startWorld();
    const tables = Array.from({ length: 120 }, (_, n) => parseTableName(`t${n}_`.padEnd(100, 'x')));
    for (const table of tables) parts.definitions.table(table);
    await Promise.all(tables.map(table => parts.world.source.shape(table, never())));
    await parts.world.source.shape(crate, never());
    const lengths = parts.world.apiRequests().map(({ path }) => path.length);
    expect(Math.max(...lengths)).toBeLessThan(32_768);
    expect(kinds(parts.world)).toContain('group of 50');
  });

  test('are asked for in smaller groups when an answer is too large', async () => {
    await using parts = await startWorld(({ path }) =>
      path.split('System.String').length > 4 ? { body: ' '.repeat(25 * 1024 * 1024) } : null,
    );
    const tables = Array.from({ length: 6 }, (_, n) => parseTableName(`table${n}`));
    for (const table of tables) parts.definitions.table(table);
    await Promise.all(tables.map(table => parts.world.source.shape(table, never())));
    expect(kinds(parts.world)).toEqual(['group of 6', 'group of 3', 'tables', 'alone', 'group of 3']);
  });
});

describe('a definition that is known', () => {
  test('is given from memory while it is young enough, and after that one question covers all tables', async () => {
    await using parts = await startWorld();
    const { source, clock } = parts.world;
    await Promise.all([crate, box].map(table => source.shape(table, never())));
    const before = parts.world.apiRequests().length;
    clock.advance(60_000);
    await Promise.all([crate, box].map(table => source.shape(table, never(), { maxAgeMs: 60_000 })));
    expect(parts.world.apiRequests()).toHaveLength(before);
    clock.advance(1);
    await Promise.all([crate, box, box].map(table => source.shape(table, never(), { maxAgeMs: 60_000 })));
    expect(kinds(parts.world).slice(-1)).toEqual(['changes']);
    expect(parts.world.apiRequests()).toHaveLength(before + 1);
  });

  test('is not young when the clock was set back', async () => {
    await using parts = await startWorld();
    await parts.world.source.shape(crate, never());
    parts.world.clock.advance(-1);
    await parts.world.source.shape(crate, never(), { maxAgeMs: HOUR_MS });
    expect(kinds(parts.world).filter(kind => kind.startsWith('group'))).toHaveLength(2);
  });

  test('is as of the call: a column added before it is seen, even while an older question is under way', async () => {
    let release = (): void => undefined;
    let hold = false;
    const arrived = moment();
    const definitions = new CannedDefinitions();
    definitions.table('crate');
    await using world = await startEnvironment(request => {
      const answer = definitions.answer(request);
      if (!hold || !request.path.includes('ClientVersionStamp')) return answer;
      hold = false;
      return {
        raw: response => {
          release = () =>
            response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
          arrived.resolve();
        },
      };
    });
    await world.source.shape(crate, never());
    hold = true;
    const older = world.source.shape(crate, never());
    await arrived.promise;
    definitions.column('crate', attribute('added', 'IntegerType'));
    const newer = world.source.shape(crate, never());
    release();
    expect(names(await older)).toEqual(['crateid']);
    expect(names(await newer)).toEqual(['added', 'crateid']);
  });

  test('follows columns added and deleted, options relabelled, and tables deleted', async () => {
    await using parts = await startWorld();
    const { source } = parts.world;
    const { definitions } = parts;
    await source.shape(box, never());
    const labels = async () => (await source.shape(crate, never())).columns.find(column => column.optionSet)?.optionSet;
    expect((await labels())?.options[0]?.labels).toEqual([{ languageCode: 1033, text: 'Big' }]);
    definitions.column('crate', choice('Huge'));
    expect((await labels())?.options[0]?.labels).toEqual([{ languageCode: 1033, text: 'Huge' }]);
    definitions.column('crate', attribute('weight', 'IntegerType'));
    definitions.deleteColumn('crate', 'name');
    expect(names(await source.shape(crate, never()))).toEqual(['size', 'crateid', 'weight']);
    definitions.deleteTable('crate');
    await expect(source.shape(crate, never())).rejects.toThrow(
      expect.objectContaining({ code: 'source/table-unknown' }),
    );
    expect(names(await source.shape(box, never()))).toEqual(['crateid', 'boxid']);
  });

  test('follows what changed among more tables than an address can name, by one question all the same', async () => {
    await using parts = await startWorld();
    const { source } = parts.world;
    const tables = Array.from({ length: 60 }, (_, n) => parseTableName(`table${n}`));
    for (const table of tables) parts.definitions.table(table);
    await Promise.all(tables.map(table => source.shape(table, never())));
    parts.definitions.column('table7', attribute('weight', 'IntegerType'));
    parts.definitions.column('crate', attribute('weight', 'IntegerType'));
    const before = kinds(parts.world).length;
    const shapes = await Promise.all(tables.map(table => source.shape(table, never())));
    expect(shapes.filter(shape => names(shape).includes('weight')).map(({ table }) => table)).toEqual(['table7']);
    expect(kinds(parts.world).slice(before)).toEqual(['changes', 'group of 1']);
  });

  test('follows within a day what the environment never tells of', async () => {
    await using parts = await startWorld();
    const { source, clock } = parts.world;
    const text = async () => JSON.stringify((await source.shape(crate, never())).columns[0]?.optionSet);
    await text();
    parts.definitions.column('crate', choice('Huge'), { untold: true });
    expect(await text()).toContain('Big');
    clock.advance(24 * HOUR_MS + 1);
    expect(await text()).toContain('Huge');
  });

  test('is read again from the beginning when the stamp has expired', async () => {
    await using parts = await startWorld();
    const { source } = parts.world;
    await source.shape(crate, never());
    parts.definitions.deleteColumn('crate', 'name');
    parts.definitions.expireStamps();
    expect(names(await source.shape(crate, never()))).toEqual(['size', 'crateid']);
    await source.shape(crate, never());
    expect(kinds(parts.world).slice(-3)).toEqual(['changes', 'group of 1', 'changes']);
  });

  test('is another one than that of a table which cannot be exported: that is refused each time', async () => {
    await using parts = await startWorld();
    parts.definitions.table('loose', [], { ChangeTrackingEnabled: false });
    const loose = () => parts.world.source.shape(parseTableName('loose'), never(), { maxAgeMs: HOUR_MS });
    const refusal = expect.objectContaining({ code: 'source/table-untracked' });
    await expect(loose()).rejects.toThrow(refusal);
    await expect(loose()).rejects.toThrow(refusal);
    await expect(Promise.all([loose(), parts.world.source.shape(crate, never())])).rejects.toThrow(refusal);
  });
});

describe('an environment that does not tell what changed', () => {
  const isAsked = ({ path }: SeenRequest) => path.includes('RetrieveMetadataChanges');

  test.each<[string, Canned]>([
    ['404', { status: 404, body: { error: { code: '0x8006088a', message: 'Resource not found for the segment' } } }],
    ['400', { status: 400, body: { error: { code: '0x80048d19', message: 'Error identified in Payload' } } }],
    ['500', { status: 500, body: { error: { code: '0x80040216', message: 'An unexpected error occurred.' } } }],
    ['501', { status: 501, body: '' }],
    ['something else', { body: { value: [] } }],
  ])('but answers %s is asked for each table, and not for changes, for an hour', async (_, refusal) => {
    await using parts = await startWorld(request => (isAsked(request) ? refusal : null));
    const { source, clock } = parts.world;
    await source.shape(crate, never());
    parts.definitions.column('crate', attribute('weight', 'IntegerType'));
    expect(names(await source.shape(crate, never()))).toContain('weight');
    const before = parts.world.apiRequests().length;
    await source.shape(crate, never(), { maxAgeMs: 60_000 });
    expect(parts.world.apiRequests()).toHaveLength(before);
    expect(parts.world.apiRequests().filter(isAsked)).toHaveLength(1);
    clock.advance(HOUR_MS);
    await source.shape(crate, never());
    expect(parts.world.apiRequests().filter(isAsked)).toHaveLength(2);
  });

  test('any more is not believed by what it told before', async () => {
    let refuses = false;
    await using parts = await startWorld(request => (refuses && isAsked(request) ? { status: 400 } : null));
    const { source, clock } = parts.world;
    await source.shape(crate, never());
    refuses = true;
    parts.definitions.column('crate', attribute('weight', 'IntegerType'));
    expect(names(await source.shape(crate, never()))).toContain('weight');
    refuses = false;
    clock.advance(HOUR_MS);
    parts.definitions.column('crate', attribute('height', 'IntegerType'));
    expect(names(await source.shape(crate, never()))).toContain('height');
  });

  test.each([
    ['other lengths', (text: string) => text.replaceAll('"DatabaseLength":200', '"DatabaseLength":900')],
    ['columns without types', (text: string) => text.replaceAll('"AttributeTypeName":', '"x":')],
  ])('but gives %s than the old way is not believed', async (_, change) => {
    const definitions = new CannedDefinitions();
    definitions.table('crate', [attribute('name', 'StringType', { MaxLength: 100, DatabaseLength: 200 })]);
    await using world = await startEnvironment(request => {
      const answer = definitions.answer(request);
      return isAsked(request) ? { body: change(JSON.stringify(answer.body)) } : answer;
    });
    const shape = await world.source.shape(crate, never());
    expect(shape.columns.find(({ name }) => name === 'name')?.maxLength).toBe(100);
    await world.source.shape(crate, never());
    expect(world.apiRequests().filter(isAsked)).toHaveLength(1);
  });
});

describe('trouble with definitions', () => {
  test('says that it is definitions which may not be read', async () => {
    const denied = { error: { code: '0x80040220', message: 'Principal user is missing prvReadEntity privilege' } };
    await using parts = await startWorld(() => ({ status: 403, body: denied }));
    const { source } = parts.world;
    for (const ask of [() => source.shape(crate, never()), () => source.tables(never())]) {
      const fault: unknown = await ask().catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'source/forbidden' });
      expect(String(fault)).toMatch(/definitions of tables.*Read on Entity.*prvReadEntity/);
    }
  });

  test('says that it is definitions which took too long', async () => {
    await using world = await startEnvironment(() => ({ raw: () => undefined }), { timeouts: { headersMs: 100 } });
    const asked = Promise.all([world.source.shape(crate, never()), world.source.shape(box, never())]);
    const fault: unknown = await asked.catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'source/timeout' });
    expect(String(fault)).toContain('the definitions of tables took too long');
  });

  test('of one that gives up is no other’s, and nothing goes on when all have', async () => {
    let hold = true;
    const arrived = moment();
    const closed = moment();
    await using parts = await startWorld(() => {
      if (!hold) return null;
      return {
        raw: response => {
          response.on('close', closed.resolve);
          arrived.resolve();
        },
      };
    });
    const stop = new AbortController();
    const first = parts.world.source.shape(crate, stop.signal);
    await arrived.promise;
    hold = false;
    const second = parts.world.source.shape(crate, never());
    stop.abort(new Error('stopped'));
    await expect(first).rejects.toThrow('stopped');
    await closed.promise;
    expect(names(await second)).toEqual(['size', 'crateid', 'name']);
  });
});
