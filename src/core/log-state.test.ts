import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  batch,
  column,
  dataFile,
  entry,
  fold,
  full,
  live,
  openLog,
  reset,
  rows,
  running,
  settling,
  shapeOf,
  start,
} from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import type { EntryBody, TableState } from './commit.ts';
import { encodeCheckpoint, encodeJson, parseCheckpoint, parseEntry } from './log-codec.ts';
import { emptyState, reduce } from './log-state.ts';

function stateAfter(...bodies: readonly ((state: TableState) => EntryBody)[]): TableState {
  return bodies.reduce((state, make) => reduce(state, entry(state, make(state))), emptyState());
}

describe('reduction', () => {
  test('rows join the pending batches; a full read keeps no chain, since it brings no deletes', () => {
    const state = stateAfter(
      s => rows(s, full(1), { batch: batch('b1', { rows: 3 }) }),
      s => rows(s, full(2), { batch: batch('b2', { rows: 2, deletes: 1 }), highWater: '12' }),
    );
    expect(state.pending.map(p => p.sequence)).toEqual([1, 2]);
    expect(state.chain).toEqual([]);
    expect([state.rowsCommitted, state.deletesCommitted, state.highWater]).toEqual([5, 1, '12']);
  });

  test('the chain holds the batches of the delta under way, and ends with it (I-4)', () => {
    const inside = stateAfter(
      s => rows(s, running(1)),
      s => rows(s, running(1, 'next'), { batch: batch('b2') }),
    );
    expect(inside.chain).toHaveLength(1);
    const ended = reduce(inside, entry(inside, rows(inside, running(2), { batch: batch('b3') })));
    expect(ended.chain).toEqual([]);
    expect(ended.pending).toHaveLength(2);
  });

  test('a cursor alone moves without a batch', () => {
    const state = stateAfter(s => rows(s, running(1)));
    expect(state.pending).toEqual([]);
    expect(state.cursorAt).not.toBeNull();
  });

  test('a full read of one page completes the initial sync at once', () => {
    expect(stateAfter(s => rows(s, settling(1))).initialSyncCompletedAt).not.toBeNull();
  });

  test('the first full read completes once, when it gives way to deltas', () => {
    const reading = stateAfter(s => rows(s, full(1)));
    expect(reading.initialSyncCompletedAt).toBeNull();
    const settled = reduce(reading, entry(reading, rows(reading, settling(1))));
    expect(settled.initialSyncCompletedAt).not.toBeNull();
    const again = [reset(settled), rows({ cursor: full(0) }, running(2))].reduce(
      (state, body) => reduce(state, entry(state, body, { generation: 1 })),
      settled,
    );
    expect(again.initialSyncCompletedAt).toBe(settled.initialSyncCompletedAt);
  });

  test('a read of a single page completes too', () => {
    expect(stateAfter(s => rows(s, settling(1), { batch: batch('b1') })).initialSyncCompletedAt).not.toBeNull();
  });

  test('a fold takes the batches it holds and leaves the others (I-2)', () => {
    const state = stateAfter(
      s => rows(s, full(1), { batch: batch('b1') }),
      s => rows(s, full(2), { batch: batch('b2') }),
      () => fold(1, 'image', 9),
    );
    expect(state.pending.map(p => p.sequence)).toEqual([2]);
    expect(state.image).toMatchObject({ foldedAt: 3, through: 1, rowCount: 9 });
  });

  test('a reset keeps rows and clears the read under way (I-6)', () => {
    const before = stateAfter(s => rows(s, running(1, 'next'), { batch: batch('b1') }));
    expect(before.chain).toHaveLength(1);
    const state = reduce(before, entry(before, reset(before), { generation: 1 }));
    expect(state.chain).toEqual([]);
    expect(state.pending).toHaveLength(1);
    expect([state.generation, state.cursor]).toEqual([1, full(0)]);
  });

  test('a removed table starts again from nothing, and its numbers go on (I-3)', () => {
    const before = stateAfter(s => rows(s, full(1), { batch: batch('b1') }));
    const state = reduce(before, entry(before, { kind: 'removed', prevCursor: before.cursor }, { generation: 1 }));
    expect(state).toEqual({ ...emptyState(), tail: 2, generation: 1 });
  });

  test('versions beyond what a double holds are compared exactly', () => {
    const state = stateAfter(
      s => rows(s, full(1), { highWater: '9007199254740993' }),
      s => rows(s, full(2), { highWater: '9007199254740992' }),
    );
    expect(state.highWater).toBe('9007199254740993');
  });

  test('the witnesses of an epoch are its newest rows; a delete of one takes it away, a new epoch all of them (I-9)', () => {
    const witness = (id: string, version: string) => ({ id, version });
    const more = (s: TableState, newest: string, version: string, gone?: string[]) => ({
      ...rows(s, running(s.tail + 1), { batch: batch(`b${s.tail}`), highWater: version }),
      newest: witness(newest, version),
      ...(gone === undefined ? {} : { gone }),
    });
    const four = stateAfter(
      s => more(s, 'a', '9'),
      s => more(s, 'b', '100'),
      s => more(s, 'c', '20'),
      s => more(s, 'd', '30'),
      s => more(s, 'a', '40', ['d']),
    );
    expect(four.witnesses).toEqual([witness('b', '100'), witness('a', '40'), witness('c', '20')]);
    const restored = reduce(four, entry(four, reset(four), { epoch: 1, generation: 1 }));
    expect(restored).toMatchObject({ witnesses: [], highWater: '0', restoring: true, epoch: 1 });
    const again = reduce(restored, entry(restored, reset(restored), { generation: 2 }));
    expect(again.restoring).toBe(true);
    const settled = reduce(again, entry(again, rows(again, settling(1))));
    expect(settled.restoring).toBe(true);
    expect(reduce(settled, entry(settled, rows(settled, running(1)))).restoring).toBe(false);
  });

  test('a checkpoint from before there were witnesses is read as one without them', () => {
    const { witnesses: _, restoring: __, ...before } = stateAfter(s => rows(s, running(1), { batch: batch('b1') }));
    const state = parseCheckpoint(encodeCheckpoint(before), 'x');
    expect(reduce(state, entry(state, rows(state, running(2)))).witnesses).toEqual([]);
  });

  test.each([
    ['a gap', (s: TableState) => entry(s, rows(s, full(2)), { sequence: s.tail + 2 })],
    ['a cursor that does not join', (s: TableState) => entry(s, rows({ cursor: start }, full(2)))],
    ['a lower generation', (s: TableState) => entry(s, rows(s, full(2)), { generation: -1 })],
    ['a fold of the future', (s: TableState) => entry(s, fold(s.tail + 1, 'x'))],
  ])('%s is refused as lake/corrupt', (_, make) => {
    const state = stateAfter(s => rows(s, full(1)));
    expect(() => reduce(state, make(state))).toThrowError(expect.objectContaining({ code: 'lake/corrupt' }));
  });
});

describe("readers' files", () => {
  const part = (name: string, rowsIn: number, changedAt: number) => ({
    name,
    changedAt,
    file: { ...dataFile(`part-${name}`), rows: rowsIn },
    deletes: 1,
  });

  test('an append-only table counts what its files hold, and is in place again from its next fold on', () => {
    const appended = stateAfter(
      () => ({ kind: 'mode', partitionStrategy: 'month', writeMode: 'append' }),
      s => rows(s, full(1), { batch: batch('b1') }),
      () => ({ ...fold(2, 'image'), parts: [part('2024-01', 5, 3), part('2024-01_001', 2, 3)] }),
    );
    expect(appended).toMatchObject({ writeMode: 'append', changesWritten: 7, image: { strategy: 'month' } });
    const asked = reduce(appended, entry(appended, { kind: 'mode', partitionStrategy: 'year' }));
    // Readers' files are what they were until a fold made others.
    expect(asked).toMatchObject({ writeMode: 'in-place', image: { strategy: 'month', parts: [{}, {}] } });
    const folded = reduce(asked, entry(asked, fold(4, 'again')));
    expect(folded.image?.parts).toBeUndefined();
    expect(folded.image?.strategy).toBe('year');
  });

  test('a fold that goes on from another names only what it changed; from any but the newest it is refused', () => {
    const both = stateAfter(
      s => rows(s, full(1), { batch: batch('b1') }),
      () => ({
        ...fold(1, 'image'),
        partitions: ['2024', '2026'].map(name => ({ name, changedAt: 2, file: dataFile(name) })),
        parts: [part('2024', 5, 2), part('2024_001', 2, 2)],
      }),
      s => rows(s, full(2), { batch: batch('b2') }),
    );
    const partitions = ['2025', '2026'].map(name => ({ name, changedAt: 4, file: dataFile(`new-${name}`) }));
    const onto = { ...fold(3, 'x'), onto: 2, partitions, parts: [part('2024_001', 3, 4)] };
    const { image, changesWritten } = reduce(both, entry(both, onto));
    expect(image?.partitions.map(({ name, changedAt }) => [name, changedAt])).toEqual([
      ['2024', 2],
      ['2025', 4],
      ['2026', 4],
    ]);
    expect(image?.parts?.map(({ name, file }) => [name, file.rows])).toEqual([
      ['2024', 5],
      ['2024_001', 3],
    ]);
    expect(changesWritten).toBe(8);
    expect(() => reduce(both, entry(both, { ...onto, onto: 1 }))).toThrowError(
      expect.objectContaining({ code: 'lake/corrupt' }),
    );
  });

  test('changes wait for their folder, each once, until they are in it (I-2)', () => {
    const waiting = stateAfter(
      () => ({ kind: 'mode', partitionStrategy: 'year', writeMode: 'folders' }),
      s => rows(s, full(1), { batch: batch('b1') }),
      () => ({ ...fold(2, 'image'), changes: [batch('c1', { rows: 3, deletes: 1 })] }),
      s => rows(s, full(2), { batch: batch('b2') }),
      () => ({ ...fold(4, 'again'), changes: [batch('c2', { rows: 2 })] }),
      () => fold(5, 'nothing new'),
    );
    expect(waiting.waiting.map(({ sequence }) => sequence)).toEqual([3, 5]);
    expect(waiting.changesWritten).toBe(6);
    const left = reduce(waiting, entry(waiting, { kind: 'exported', through: 3, folder: '2024-10-10T00.29.50Z' }));
    expect(left.waiting.map(({ batch: { path } }) => path)).toEqual([dataFile('c2').path]);
    expect(left.changesWritten).toBe(6);
  });

  test('the newest snapshots are kept, newest first; one of an older image is refused', () => {
    const folded = stateAfter(
      s => rows(s, full(1), { batch: batch('b1') }),
      () => fold(1, 'image'),
    );
    const snapshot = (second: number): EntryBody => ({
      kind: 'snapshot',
      takenAt: `2026-01-01T00:00:0${second}.000Z`,
      foldedAt: 2,
      shapeAt: 0,
      keep: 2,
      files: [{ partition: '2026', path: `account/Snapshot/2026_${second}.csv`, bytes: 1, rows: 1, changedAt: 2 }],
    });
    const three = [1, 2, 3].reduce((state, n) => reduce(state, entry(state, snapshot(n))), folded);
    expect(three.snapshots.map(({ sequence }) => sequence)).toEqual([5, 4]);
    const later = reduce(three, entry(three, fold(5, 'newer')));
    expect(() => reduce(later, entry(later, snapshot(4)))).toThrowError(
      expect.objectContaining({ code: 'lake/corrupt' }),
    );
  });

  test('only a definition that changes what is written makes files be written again', () => {
    const [id, name] = [column('accountid', 'guid'), column('name', 'string')];
    let state = emptyState();
    const retypedAt = [
      shapeOf([id, name]),
      shapeOf([id, name, { ...column('code', 'integer'), addedLater: true }]),
      shapeOf([id, name, { ...column('code', 'decimal'), addedLater: true }]),
    ].map(shape => {
      state = reduce(state, entry(state, { kind: 'shape', shape }));
      return state.retypedAt;
    });
    expect(retypedAt).toEqual([0, 0, 3]);
  });
});

test('an image from before its strategy was kept is cut anew when another one is chosen', () => {
  const folded = stateAfter(
    s => rows(s, running(1), { batch: batch('b1') }),
    s => fold(s.tail, 'image'),
  );
  const { strategy: _, ...image } = folded.image ?? fail();
  const old = { ...folded, image };
  const chosen = reduce(old, entry(old, { kind: 'mode', partitionStrategy: 'month', writeMode: 'in-place' }));
  expect(chosen.image?.strategy).toBe('year');
});

function fail(): never {
  throw new Error('there is no image');
}

test('a checkpoint from before there were other shapes of the lake is one of tables in place', () => {
  const {
    writeMode: _,
    retypedAt: __,
    changesWritten: ___,
    snapshots: ____,
    waiting: _____,
    ...before
  } = stateAfter(s => rows(s, running(1), { batch: batch('b1') }));
  const text = new TextDecoder().decode(encodeJson({ format: 1, state: before }));
  const state = parseCheckpoint(new TextEncoder().encode(text), 'x');
  expect(state).toMatchObject({ writeMode: 'in-place', retypedAt: 0, changesWritten: 0, snapshots: [], waiting: [] });
});

const step = fc.constantFrom(
  ...(['page', 'delta', 'empty', 'fold', 'reset', 'mode', 'shape', 'removed'] as const),
  ...(['parts', 'changes', 'snapshot', 'exported'] as const),
);

/** A body that may follow the state. */
function bodyFor(state: TableState, kind: string): EntryBody {
  const name = `f${state.tail + 1}`;
  const pages = state.cursor.at === 'full' ? state.cursor.pages + 1 : 1;
  if (kind === 'page') return rows(state, full(pages), { batch: batch(name), highWater: String(state.tail) });
  if (kind === 'delta') return rows(state, running(state.tail + 1), { batch: batch(name, { deletes: 2 }) });
  if (kind === 'fold') return fold(state.tail, name);
  if (kind === 'reset') return reset(state);
  if (kind === 'mode') {
    const writeMode = (['in-place', 'append', 'folders'] as const)[state.tail % 3] ?? 'in-place';
    return { kind: 'mode', partitionStrategy: state.tail % 2 === 0 ? 'month' : 'day', writeMode };
  }
  if (kind === 'parts') {
    const part = { name: '2026-03-31_001', changedAt: 1, file: dataFile(name), csvBytes: 10, deletes: 0 };
    return { ...fold(state.tail, name), parts: [part] };
  }
  if (kind === 'changes') return { ...fold(state.tail, name), changes: [batch(`changes-${name}`)] };
  if (kind === 'snapshot' && state.image !== null) {
    const file = { partition: '2026', path: 'account/Snapshot/2026_1.csv', bytes: 0, rows: 0, changedAt: 1 };
    const { image, shapeAt } = state;
    const takenAt = '2026-01-01T00:00:00.000Z';
    return { kind: 'snapshot', takenAt, foldedAt: image.foldedAt, shapeAt, keep: 3, files: [file] };
  }
  if (kind === 'exported')
    return { kind: 'exported', through: Math.max(0, state.tail - 1), folder: '2024-10-10T00.29.50Z' };
  if (kind === 'shape') return { kind: 'shape', shape: shapeOf([column('accountid', 'guid')]) };
  if (kind === 'removed') return { kind: 'removed', prevCursor: state.cursor };
  return rows(state, running(state.tail + 1));
}

test('wherever a checkpoint lies, it and the entries after it give what all entries give (I-7)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(30), async (kinds, cut) => {
      const store = new MemoryStore();
      const log = openLog(store);
      let state = emptyState();
      for (const [index, kind] of kinds.entries()) {
        state = (await log.commit(state, bodyFor(state, kind), { signal: live })).state;
        if (index === cut) {
          const path = `.lakelink/account/checkpoint/${String(state.tail).padStart(20, '0')}.json`;
          store.plant(path, new TextDecoder().decode(encodeCheckpoint(state)));
        }
      }
      expect(await openLog(store).load(live)).toEqual(state);
      expect(parseCheckpoint(encodeCheckpoint(state), 'x')).toEqual(state);
    }),
    { numRuns: 60 },
  );
});

test('an entry is read as it was written, with fields of a later version kept', () => {
  const made = { ...entry(emptyState(), rows({ cursor: start }, full(1), { batch: batch('b') })), later: { field: 1 } };
  expect(parseEntry(encodeJson(made), 'x')).toEqual(made);
});
