import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseTableName } from '../../src/core/names.ts';
import type { TableShape } from '../../src/core/shape.ts';
import { type OpenSource, openSource } from '../../src/dataverse/source.ts';
import { openSandboxWorld, type SandboxWorld, worldApplication } from '../kit/sandbox-wire.ts';

const never = () => new AbortController().signal;

let world: SandboxWorld;
let source: OpenSource;

beforeEach(async () => {
  world = await openSandboxWorld();
  source = openAnother();
});
afterEach(async () => {
  await source.close();
  await world.close();
});

function openAnother(): OpenSource {
  const { url, authorityUrl, tenantId } = world.sandbox;
  const clock = { nowMs: () => world.clock.nowMs, sleep: async () => undefined };
  return openSource({ url, authority: authorityUrl, tenantId, ...worldApplication, clock });
}

const shapeOf = (name: string): Promise<TableShape> => source.shape(parseTableName(name), never());

/** Paths of the latest requests, without addresses' queries. */
function paths(): string[] {
  return world.sandbox.requestLog.entries().map(({ path }) => path.replace(/\?.*$/s, ''));
}

async function byASourceThatKnowsNothing(name: string): Promise<TableShape> {
  const another = openAnother();
  try {
    return await another.shape(parseTableName(name), never());
  } finally {
    await another.close();
  }
}

const newColumn = {
  logicalName: 'added',
  schemaName: 'added',
  metadataId: '00000000-0000-4000-9000-000000000999',
};

function columnOf(name: string) {
  const found = world.database.table('crate')?.columns.find(column => column.logicalName === name);
  if (found === undefined) throw new Error(`no column ${name}`);
  return found;
}

describe('the embedded environment, asked by the source for definitions', () => {
  test('says the same of many tables at once as of one after the other', async () => {
    const names = ['crate', 'team', 'systemuser', 'transactioncurrency', 'crate_box'];
    await Promise.all(names.map(shapeOf));
    const groups = paths().filter(path => path.includes('RetrieveMetadataChanges'));
    // The first table was read by the old way too, and was the same: nothing was asked in vain.
    expect(groups).toHaveLength(1);
    expect(paths().filter(path => path.endsWith("EntityDefinitions(LogicalName='crate')"))).toHaveLength(1);
    expect(paths().filter(path => path.endsWith("EntityDefinitions(LogicalName='team')"))).toEqual([]);
    world.sandbox.requestLog.clear();
    await shapeOf('team');
    expect(paths().filter(path => !path.includes('token'))).toEqual([
      expect.stringContaining('RetrieveMetadataChanges'),
    ]);
  });

  const changes: Readonly<Record<string, () => void>> = {
    'a column was added': () => world.database.addColumn('crate', { ...columnOf('note'), ...newColumn }),
    'a column was removed': () => world.database.removeColumn('crate', 'note'),
    'a column that is not exported was removed': () => world.database.removeColumn('crate', 'people'),
    'an option of the column was renamed': () =>
      world.database.setOptions({ table: 'crate', column: 'marks' }, [{ value: 1, labels: { 1033: 'Upside' } }]),
    'an option of a global choice was renamed': () =>
      world.database.setOptions({ choice: 'colour' }, [{ value: 1, labels: { 1033: 'Crimson', 1031: 'Rot' } }]),
    'stamps have expired': () => {
      world.database.removeColumn('crate', 'note');
      world.clock.nowMs += 91 * 24 * 3_600_000;
    },
  };

  test.each(Object.keys(changes))('tells that %s, and other tables are not read again', async what => {
    const before = await shapeOf('crate');
    await shapeOf('team');
    changes[what]?.();
    world.sandbox.requestLog.clear();
    const after = await shapeOf('crate');
    expect(after).not.toEqual(before);
    expect(after).toEqual(await byASourceThatKnowsNothing('crate'));
    world.sandbox.requestLog.clear();
    expect(await source.shape(parseTableName('team'), never(), { maxAgeMs: 60_000 })).toMatchObject({ table: 'team' });
    if (what !== 'stamps have expired') expect(paths()).toEqual([]);
  });

  test('tells that a table is gone, and one that was made since', async () => {
    await shapeOf('team');
    await shapeOf('transactioncurrency');
    world.database.dropTable('team');
    await expect(shapeOf('team')).rejects.toThrow(expect.objectContaining({ code: 'source/table-unknown' }));
    await expect(shapeOf('box')).rejects.toThrow(expect.objectContaining({ code: 'source/table-untracked' }));
    expect(await shapeOf('transactioncurrency')).toMatchObject({ table: 'transactioncurrency' });
  });
});
