import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { ACCOUNT, batch, column, dataFile, live, openLog, rows, running, shapeOf } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { EntryBody, WriteMode } from '../core/commit.ts';
import { appendColumns, lakeColumns } from '../core/shape.ts';
import { shapeChanges } from '../core/shape-change.ts';
import { evolveShape } from './evolve-shape.ts';
import { followMode } from './table-mode.ts';
import { CommittedTable, type TableParts } from './table-parts.ts';

const first = [column('accountid', 'guid'), column('createdon', 'datetime')];
const added = { ...column('shade', 'string'), addedLater: true };
const names = (columns: readonly { readonly name: string }[]) => columns.map(({ name }) => name);

async function tableWith(...bodies: readonly EntryBody[]) {
  const log = openLog(new MemoryStore());
  const settings: { partitionStrategy: 'year'; writeMode: WriteMode } = {
    partitionStrategy: 'year',
    writeMode: 'append',
  };
  const report = { info: () => {}, warn: () => {} };
  const parts = { table: ACCOUNT, log, settings, report, clock: new FakeClock() } as unknown as TableParts;
  const committed = await CommittedTable.load(parts, live);
  await committed.commit({ kind: 'mode', partitionStrategy: 'year', writeMode: 'in-place' }, live);
  await committed.commit({ kind: 'shape', shape: shapeOf([...first, added]) }, live);
  for (const body of bodies) await committed.commit(body, live);
  const chosen = async (writeMode: WriteMode) => {
    settings.writeMode = writeMode;
    await followMode(parts, committed, live);
    return committed.state;
  };
  return { committed, chosen };
}

test('a line in place is never longer than, nor shifted against, what the manifest of its versions says: IsDelete comes last', async () => {
  const { chosen } = await tableWith();
  const { shape, writeMode, retypedAt } = await chosen('append');
  if (shape === null) throw new Error('no definition');
  expect(writeMode).toBe('append');
  expect(names(appendColumns(shape))).toEqual([...names(lakeColumns(shape)), 'IsDelete']);
  expect(retypedAt).toBe(0);
  // The next look at the environment leaves it so, and what comes later comes behind.
  expect(evolveShape(shape, shapeOf([...first, column('shade', 'string')])).shape).toBe(shape);
  const { shape: later } = evolveShape(
    shape,
    shapeOf([...first, column('shade', 'string'), column('size', 'integer')]),
  );
  expect(names(appendColumns(later)).slice(-3)).toEqual(['shade', 'IsDelete', 'size']);
  expect(shapeChanges(shapeOf([...first, added]), shape)).toEqual([]);
});

test('files that have IsDelete in its place keep it there', async () => {
  const { committed, chosen } = await tableWith();
  await committed.commit({ kind: 'mode', partitionStrategy: 'year', writeMode: 'append' }, live);
  await committed.commit(rows(committed.state, running(1), { batch: batch('b1') }), live);
  const partition = { name: '2026', changedAt: committed.state.tail, file: dataFile('image') };
  const parts = [{ ...partition, file: dataFile('part'), deletes: 0 }];
  const through = committed.state.tail;
  await committed.commit({ kind: 'fold', through, partitions: [partition], rowCount: 1, parts }, live);
  await chosen('in-place');
  const { shape } = await chosen('append');
  expect(names(shape === null ? [] : appendColumns(shape)).slice(-2)).toEqual(['IsDelete', 'shade']);
});
