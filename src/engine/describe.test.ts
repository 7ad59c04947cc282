import { beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { crateShape, crateTable } from '../../test/simulation/crate-environment.ts';
import { TableLog } from '../core/commit-log.ts';
import type { Column, ColumnKind, TableShape } from '../core/shape.ts';
import { describe } from './describe.ts';
import { CommittedTable, type TableParts } from './table-parts.ts';

function withColumn(kind: ColumnKind, metadataId: string): TableShape {
  const column: Column = {
    name: 'a',
    kind,
    property: 'a',
    typeProperty: null,
    attributeType: kind,
    attributeTypeName: kind,
    maxLength: null,
    precision: null,
    targets: [],
    optionSet: null,
    metadataId,
  };
  return { ...crateShape, columns: [column] };
}

let lake: MemoryStore;
let processes = 0;
beforeEach(() => {
  lake = new MemoryStore();
  return () => lake.close();
});

/** A process on this store, in whose environment the table is defined like this. */
async function processOn(store: MemoryStore, shape: TableShape) {
  const clock = new FakeClock({ auto: true });
  let nonces = 0;
  processes += 1;
  const life = processes;
  const newNonce = () => {
    nonces += 1;
    return `nonce-${String(life).padStart(4, '0')}-${String(nonces).padStart(4, '0')}`;
  };
  const cleared: string[] = [];
  const parts = {
    table: crateTable,
    source: { shape: async () => shape },
    log: new TableLog({ store, table: crateTable, clock, newNonce }),
    spool: { clear: async (_: string, table: string) => cleared.push(table) },
    settings: { partitionStrategy: 'year', writeMode: 'in-place' },
    report: { info: () => {}, warn: () => {} },
  } as unknown as TableParts;
  const committed = await CommittedTable.load(parts, live);
  return { parts, committed, cleared, look: () => describe(parts, committed, live) };
}

const before = withColumn('string', 'one');
const after = withColumn('integer', 'two');

test('a column of another type begins a full read, and pages that were asked before it are gone', async () => {
  await (await processOn(lake, before)).look();
  const process = await processOn(lake, after);
  expect(await process.look()).toBe(true);
  const { generation, cursor, shape, retypedAt, shapeAt } = process.committed.state;
  expect({ generation, cursor }).toEqual({ generation: 1, cursor: { at: 'full', next: null, pages: 0 } });
  expect(shape?.columns[0]?.kind).toBe('integer');
  expect(retypedAt).toBe(shapeAt);
  expect(process.cleared).toEqual([crateTable]);
});

test('a definition that is as before, or changed without touching rows, begins none', async () => {
  const process = await processOn(lake, before);
  await process.look();
  expect(await process.look()).toBe(false);
  const renamed = await processOn(lake, { ...before, displayName: 'Box' });
  expect(await renamed.look()).toBe(true);
  expect(renamed.committed.state).toMatchObject({ generation: 0, retypedAt: 0, shape: { displayName: 'Box' } });
});

test('whoever dies at any store call of it leaves a definition with its full read, or one that is found again (I-1)', async () => {
  const counting = lake.handle();
  await (await processOn(lake, before)).look();
  const whole = new Map(lake.snapshot());
  await (await processOn(counting, after)).look();
  let deaths = 0;
  for (let call = 1; call <= counting.calls.length; call += 1) {
    for (const fault of ['die', 'apply-then-die'] as const) {
      const store = new MemoryStore();
      for (const [path, text] of whole) store.plant(path, text);
      const dying = store.handle({ script: [{ call, do: fault }] });
      await (async () => (await processOn(dying, after)).look())().catch(() => {
        deaths += 1;
      });
      const next = await processOn(store, after);
      await next.look();
      const { generation, cursor, shape } = next.committed.state;
      expect({ kind: shape?.columns[0]?.kind, at: cursor.at, isRead: generation > 0 }).toEqual({
        kind: 'integer',
        at: 'full',
        isRead: true,
      });
      await store.close();
    }
  }
  expect(deaths).toBe(2 * counting.calls.length);
});
