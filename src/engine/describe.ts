import { Fault } from '../core/fault.ts';
import type { TableShape } from '../core/shape.ts';
import { evolveShape } from './evolve-shape.ts';
import { modeOf } from './table-mode.ts';
import type { CommittedTable, TableParts } from './table-parts.ts';

/**
 * Reads the table's definition and commits it when it changed, after the beginning of a full read where one is needed
 * (see `evolveShape`). The first time the table's mode is committed before it.
 * Answers whether anything changed. `maxAgeMs`: so old a definition will do; without it, it is as of now.
 */
export async function describe(
  parts: TableParts,
  committed: CommittedTable,
  signal: AbortSignal,
  age: { readonly maxAgeMs?: number } = {},
): Promise<boolean> {
  const fresh = await parts.source.shape(parts.table, signal, age);
  const previous = committed.state.shape;
  if (previous === null) {
    await committed.commit(modeOf(parts.settings, fresh), signal);
    await committed.commit({ kind: 'shape', shape: fresh }, signal);
    parts.report.info('table described', {
      table: parts.table,
      columns: fresh.columns.length,
      omitted: fresh.omitted.length,
    });
    return true;
  }
  const { shape, reread } = evolveShape(previous, fresh);
  if (shape === previous) return false;
  // The full read first: whoever dies between the two finds the definition changed once more, and begins another one. The
  // other way round nobody would know any more that rows have to be read again.
  if (reread !== null) await startFullRead(parts, committed, { reason: reread }, signal);
  await committed.commit({ kind: 'shape', shape }, signal);
  parts.report.info('table definition changed', { table: parts.table, columns: shape.columns.length });
  return true;
}

/**
 * Begins a new generation: every row is read again; what is committed stays until then. A higher `epoch` than the
 * table's says that the environment was restored: what is read then wins over everything from before (I-9).
 */
export async function startFullRead(
  parts: TableParts,
  committed: CommittedTable,
  { reason, epoch }: { readonly reason: string; readonly epoch?: number },
  signal: AbortSignal,
): Promise<void> {
  const { cursor, generation, epoch: before } = committed.state;
  await committed.commit(
    { kind: 'reset', reason, prevCursor: cursor, nextCursor: { at: 'full', next: null, pages: 0 } },
    signal,
    { generation: generation + 1, epoch: Math.max(before, epoch ?? before) },
  );
  await parts.spool.clear(parts.link, parts.table);
  parts.report.info('full read begins', { table: parts.table, reason });
}

export function shapeOf(committed: CommittedTable): TableShape {
  const { shape } = committed.state;
  if (shape === null) throw new Fault('internal/bug', { reason: 'rows before the table was described' });
  return shape;
}
