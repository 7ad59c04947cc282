import type { Image, TableState } from '../core/commit.ts';
import { Fault } from '../core/fault.ts';
import type { LinkEntryBody, LinkLog, LinkState } from '../core/link-log.ts';
import type { ManifestNames, PublishedTable } from '../core/replica.ts';
import { isComplete } from './snapshot-policy.ts';

/** A text that changes exactly when what the link's manifest shows of its tables changes. */
export function manifestKey(tables: readonly PublishedTable[], names: ManifestNames = 'near-real-time'): string {
  return JSON.stringify([
    names,
    ...tables.map(({ table, state }) => [
      table,
      state.shapeAt,
      state.partitionStrategy,
      state.initialSyncCompletedAt,
      state.writeMode,
      state.image === null ? null : formOf(state.image),
      names === 'snapshots' ? (state.snapshots[0]?.sequence ?? null) : null,
    ]),
  ]);
}

/** A text that changes exactly when a link's manifest has newer snapshots to name; empty while there are none. */
export function snapshotsKey(tables: readonly PublishedTable[]): string {
  const shown = tables.flatMap(({ table, state }) =>
    state.snapshots.slice(0, 1).map(({ sequence }) => [table, sequence]),
  );
  return shown.length === 0 ? '' : JSON.stringify(shown);
}

/** A text that changes exactly when readers need a newer manifest to find a table's newest snapshot; null: it has none. */
export function snapshotKey(state: TableState): string | null {
  const [newest] = state.snapshots;
  if (newest !== undefined) return String(newest.sequence);
  return isComplete(state) ? 'due' : null;
}

/** A text that changes exactly when readers need a newer manifest to find a table's published files; null: it has none. */
export function filesKey({ image, shapeAt }: Pick<TableState, 'image' | 'shapeAt'>): string | null {
  return image === null ? null : JSON.stringify([shapeAt, formOf(image)]);
}

/** What decides which files readers find, and how they are read. */
function formOf({ partitions, parts, strategy }: Image): unknown {
  const names = (parts ?? partitions).map(({ name }) => name);
  return [strategy ?? null, parts === undefined ? 'live' : 'versions', names];
}

/** Brings the link log's members in step with the link's tables and commits a manifest of their states; answers its sequence. */
export async function commitManifest(
  linkLog: LinkLog,
  tables: readonly PublishedTable[],
  signal: AbortSignal,
): Promise<number> {
  let state = await linkLog.load(signal);
  for (const body of memberChanges(state, tables)) {
    // `discarded` means another process wrote the same change first, which is as good.
    state = (await linkLog.commit(state, body, { signal })).state;
  }
  const shown = Object.fromEntries(tables.map(({ table, state: { tail } }) => [table, tail]));
  const result = await linkLog.commit(state, { kind: 'manifest', tables: shown }, { signal });
  if (result.outcome === 'discarded') throw new Fault('lake/lost-race', { reason: 'a newer manifest was committed' });
  return result.state.manifestAt;
}

function memberChanges(state: LinkState, tables: readonly PublishedTable[]): LinkEntryBody[] {
  const now = new Set(tables.map(({ table }) => table));
  const left = state.members.filter(table => !now.has(table));
  const joined = tables.filter(({ table }) => !state.members.includes(table));
  return [
    ...left.map((table): LinkEntryBody => ({ kind: 'table-removed', table })),
    ...joined.map(({ table, state: { tail } }): LinkEntryBody => ({ kind: 'table-added', table, from: tail })),
  ];
}
