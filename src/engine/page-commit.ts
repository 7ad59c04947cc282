import type { BuildRequest, Built } from '../core/batcher.ts';
import type { ChangeBatch, PendingBatch, TableState } from '../core/commit.ts';
import type { Cursor } from '../core/cursor.ts';
import { Fault } from '../core/fault.ts';
import type { SpooledPage } from '../core/spool.ts';
import { describe, shapeOf } from './describe.ts';
import { readRows } from './row-reads.ts';
import type { CommittedTable, TableParts } from './table-parts.ts';

export interface PageOutcome {
  readonly rows: number;
  readonly deletes: number;
  /** With this page in it. */
  readonly state: TableState;
}

/** What a page, or several, bring about. */
interface PageMove {
  /**
   * The state in which they were asked; only onto that they are committed. The table may have followed another worker
   * since, who committed the same changes. Or a page showed a definition that needs every row again (I-6): its cursor
   * would pass that read by.
   */
  readonly madeFrom: TableState;
  readonly nextCursor: Cursor;
}

/** Turns a spooled page into a change batch and commits it with the cursor that follows it. The page goes after the commit. */
export async function commitPage(
  parts: TableParts,
  committed: CommittedTable,
  { page, madeFrom, nextCursor }: PageMove & { readonly page: SpooledPage },
  signal: AbortSignal,
): Promise<PageOutcome> {
  const sinkAt = committed.sinkAt(page);
  const built = await buildPage(parts, committed, { page, sinkAt }, signal);
  return commitBuilt(parts, committed, { built, pages: [page], madeFrom, nextCursor, sinkAt }, signal);
}

/**
 * Turns pages that follow each other in a full read into one batch and commits it with the cursor after the last of
 * them. Null: something in them needs `commitPage`; nothing was committed.
 */
export async function commitTogether(
  parts: TableParts,
  committed: CommittedTable,
  { pages, madeFrom, nextCursor }: PageMove & { readonly pages: readonly SpooledPage[] },
  signal: AbortSignal,
): Promise<PageOutcome | null> {
  const sinkAt = committed.sinkAt(pages[0]);
  const { epoch, highWater } = committed.state;
  const request = { shape: shapeOf(committed), pages, epoch, sinkAt, deleteVersion: highWater };
  const built = await parts.batcher.buildTogether(request, signal);
  if (built === null) return null;
  return commitBuilt(parts, committed, { built, pages, madeFrom, nextCursor, sinkAt }, signal);
}

async function commitBuilt(
  parts: TableParts,
  committed: CommittedTable,
  {
    built,
    pages,
    madeFrom,
    nextCursor,
    sinkAt,
  }: PageMove & {
    readonly built: Built;
    readonly pages: readonly SpooledPage[];
    readonly sinkAt: Date;
  },
  signal: AbortSignal,
): Promise<PageOutcome> {
  const batch = await putBatch(parts, built, signal); // nothing points at it yet
  const { state } = committed;
  if (pages.some(page => looksRestored(page, built, state))) await requireSameEpoch(parts, state.epoch);
  const after = await committed.commit(
    {
      kind: 'rows',
      batch,
      prevCursor: madeFrom.cursor,
      nextCursor,
      highWater: higher(state.highWater, built.highWater),
      // A batch that holds nothing takes no second from the next one.
      sinkAt: (batch === null ? committed.sinkAt() : sinkAt).toISOString(),
      repaired: built.repaired,
      quarantined: built.quarantined,
      ...(built.newest == null ? {} : { newest: built.newest }),
      ...(built.gone === undefined || built.gone.length === 0 ? {} : { gone: built.gone }),
    },
    signal,
    { madeFrom },
  );
  // ^ COMMIT POINT (I-1): rows and cursor became true together; losing what follows only costs work done twice.
  for (const page of pages) await parts.spool.remove(page);
  if (built.quarantined.length > 0) {
    parts.report.warn('rows were set aside, they are not in the lake', {
      table: parts.table,
      rows: built.quarantined.length,
      ids: built.quarantined.slice(0, IDS_LOGGED_MAX).join(' '),
    });
  }
  return { rows: batch?.rows ?? 0, deletes: batch?.deletes ?? 0, state: after };
}

/** A hint only: rows that were read one by one may be above a delta's rows. */
function looksRestored(page: SpooledPage, built: Built, { cursor, highWater }: TableState): boolean {
  if (page.key.read !== 'delta' || built.highWater === null || !('next' in cursor) || cursor.next !== null)
    return false;
  return BigInt(built.highWater) < BigInt(highWater);
}

/** What an environment shows after it was restored loses against what the lake holds, until its new epoch is open (I-9). */
export async function requireSameEpoch({ environment, table }: TableParts, ours: number): Promise<void> {
  const { epoch } = await environment.require({ doubt: true });
  if (epoch > ours) throw new Fault('source/restored', { table, epoch });
}

const IDS_LOGGED_MAX = 20;

/** How often one page may send us back to the table's definition or to single rows before we call it a fault. */
const BUILD_ROUNDS_MAX = 4;

async function buildPage(
  parts: TableParts,
  committed: CommittedTable,
  { page, sinkAt }: { readonly page: SpooledPage; readonly sinkAt: Date },
  signal: AbortSignal,
): Promise<Built> {
  let ignored: readonly string[] = [];
  let settled: BuildRequest['settled'] = null;
  for (let round = 0; round < BUILD_ROUNDS_MAX; round += 1) {
    const { state } = committed;
    const held = page.key.read === 'rows' ? withDeletes(state) : state.chain;
    const chain = await Promise.all(held.map(({ batch }) => parts.store.localFile(batch.path, signal)));
    const result = await parts.batcher.build(
      {
        shape: shapeOf(committed),
        page,
        chain,
        epoch: state.epoch,
        sinkAt,
        deleteVersion: state.deltaHighWater ?? state.highWater,
        goneVersion: state.highWater,
        watched: state.witnesses ?? [],
        ignored,
        settled,
      },
      signal,
    );
    switch (result.is) {
      case 'built':
        if (settled?.page != null) await parts.spool.remove(settled.page);
        return result;
      case 'unknown-properties':
        // A column added a moment ago: its values are in this page already, so the definition has to catch up first.
        if (!(await describe(parts, committed, signal))) {
          ignored = [...ignored, ...result.names];
          parts.report.warn('rows carry properties that no definition names', {
            table: parts.table,
            names: result.names.join(' '),
          });
        }
        break;
      case 'unsettled':
        settled = await settle(parts, committed, { ids: result.ids, page }, signal);
        break;
    }
  }
  throw new Fault('batch/page-invalid', { table: parts.table, reason: 'the page did not settle' });
}

/**
 * Batches that rows which were read one by one have to win over: those rows exist now, whatever was deleted before. A
 * delete takes the highest version that was known, which may be above that of a row made again since; and it may be of a
 * delta that was never read to its end, because its token expired.
 */
function withDeletes({ chain, pending, epoch }: TableState): readonly PendingBatch[] {
  const known = new Set(chain.map(({ sequence }) => sequence));
  const others = pending.filter(held => held.batch.deletes > 0 && held.epoch === epoch && !known.has(held.sequence));
  return [...others, ...chain];
}

/** I-4: an id with both a row and a delete in one delta is read again; position in the page says nothing. */
async function settle(
  parts: TableParts,
  committed: CommittedTable,
  { ids, page }: { readonly ids: readonly string[]; readonly page: SpooledPage },
  signal: AbortSignal,
): Promise<BuildRequest['settled']> {
  const { rows, gone } = await readRows(parts, { shape: shapeOf(committed), ids }, signal);
  const key = { ...page.key, read: 'rows', address: `settle ${page.key.address}` } as const;
  return { gone, page: rows.length === 0 ? null : await parts.spool.compose(key, rows, signal) };
}

async function putBatch(parts: TableParts, built: Built, signal: AbortSignal): Promise<ChangeBatch | null> {
  if (built.file === null) return null;
  try {
    const file = await parts.log.putData({ kind: 'batch', file: built.file, signal });
    return { ...file, deletes: built.file.deletes };
  } finally {
    await parts.batcher.discard(built.file);
  }
}

function higher(a: string, b: string | null): string {
  if (b === null) return a;
  return BigInt(b) > BigInt(a) ? b : a;
}
