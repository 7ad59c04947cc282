import { Cleanup } from '../core/cleanup.ts';
import type { Clock } from '../core/clock.ts';
import { parseTableName } from '../core/names.ts';
import { linkTables } from './committed.ts';
import { type LakeReader, openFolderLake } from './lake-reader.ts';
import { proveLayout } from './layout.ts';
import { neverRead, type Progress, proveTable } from './prove-table.ts';
import type { VerifyReport } from './report.ts';
import { openScratch } from './scratch.ts';
import { SETTLE_LIMITS, type SettleLimits } from './settle.ts';
import { type EnvironmentAccess, EnvironmentReader, type Fetch } from './transport.ts';

export interface VerifyRequest {
  readonly environment: EnvironmentAccess;
  /** A folder, or a reader of one's own. */
  readonly lake: { readonly root: string } | LakeReader;
  /** Logical names; without it every table of the link. */
  readonly tables?: readonly string[] | undefined;
  /** True when no service works on this lake: what differs is reported at once, without waiting for commits. */
  readonly atRest?: boolean | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly limits?: Partial<SettleLimits> | undefined;
  readonly fetch?: Fetch | undefined;
}

/**
 * Proves that a lake equals its environment and that its published files equal what is committed. Differences are in
 * the report (`clean` false); throws only what made proof impossible: a `source/`, `store/`, `lake/corrupt` or
 * `link/table-unknown` fault.
 */
export async function verifyLink(request: VerifyRequest): Promise<VerifyReport> {
  const { clock, signal, environment: access } = request;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const lake = 'root' in request.lake ? await openFolderLake(request.lake.root) : request.lake;
  const { tables, unread } =
    request.tables === undefined ? await linkTables(lake) : { tables: request.tables.map(parseTableName), unread: [] };
  const environment = new EnvironmentReader({ access, clock, fetch: request.fetch });
  const atRest = request.atRest ?? false;
  const onProgress = request.onProgress ?? (() => {});
  await using cleanup = new Cleanup();
  const connection = await openScratch(cleanup);
  const limits = { ...SETTLE_LIMITS, ...request.limits };
  const proofs = [];
  for (const table of tables) {
    signal.throwIfAborted();
    proofs.push(await proveTable({ table, environment, lake, connection, clock, limits, atRest, signal, onProgress }));
  }
  proofs.push(...unread.map(neverRead));
  const onTable = (table: string, rows: number) => onProgress({ table, phase: 'layout', rows });
  const layout = await proveLayout({ lake, connection, tables, atRest, clock, signal, onTable });
  return {
    clean: proofs.every(proof => proof.clean) && layout.problems.length === 0,
    environment: new URL(access.url).origin,
    lake: lake.location,
    startedAt,
    finishedAt: new Date(clock.nowMs()).toISOString(),
    tables: proofs,
    layout,
  };
}
