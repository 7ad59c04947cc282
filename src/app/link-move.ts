import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import { TableLog } from '../core/commit-log.ts';
import type { Cursor } from '../core/cursor.ts';
import type { TableName } from '../core/names.ts';

/**
 * The environment answers under another address: what each table is to ask next is committed under the new one, since
 * no token is ever sent to another host than the link's. Nothing may write the lake meanwhile. Repeats: a table that was
 * moved already stays as it is. Nothing says whether an environment takes change tokens that it gave under its old
 * address; where it does not, the table is read again as after any expired token.
 */
export async function moveCursors({
  store,
  tables,
  to,
  clock,
  newNonce,
  signal,
}: {
  readonly store: ByteStore;
  readonly tables: readonly TableName[];
  /** Origin. */
  readonly to: string;
  readonly clock: Clock;
  readonly newNonce: () => string;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (const table of tables) {
    const log = new TableLog({ store, table, clock, newNonce });
    const state = await log.load(signal);
    const nextCursor = moved(state.cursor, to);
    if (nextCursor === null) continue;
    const sinkMs = Math.max(clock.nowMs(), state.sinkAt === null ? 0 : Date.parse(state.sinkAt));
    await log.commit(
      state,
      {
        kind: 'rows',
        batch: null,
        prevCursor: state.cursor,
        nextCursor,
        highWater: state.highWater,
        sinkAt: new Date(sinkMs).toISOString(),
        repaired: 0,
        quarantined: [],
      },
      { signal },
    );
  }
}

/** The cursor under the other address; null: it stands there, or nowhere yet. */
function moved(cursor: Cursor, to: string): Cursor | null {
  const at = (link: string) => (URL.canParse(link) ? `${to}${link.slice(new URL(link).origin.length)}` : link);
  const next = 'next' in cursor && cursor.next !== null ? at(cursor.next) : null;
  switch (cursor.at) {
    case 'start':
      return null;
    case 'full':
      return next === cursor.next ? null : { ...cursor, next };
    case 'settling':
    case 'running': {
      const delta = at(cursor.delta);
      return delta === cursor.delta && next === cursor.next ? null : { ...cursor, delta, next };
    }
  }
}
