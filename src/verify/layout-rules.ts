import type { DuckDBConnection } from '@duckdb/node-api';
import { Cleanup } from '../core/cleanup.ts';
import type { Clock } from '../core/clock.ts';
import { type LakeReader, openFolderLake } from './lake-reader.ts';
import { Findings, type LookedAt } from './layout-rules-findings.ts';
import { checkFolders, hasFolders } from './layout-rules-folders.ts';
import { IdTable } from './layout-rules-ids.ts';
import { checkReplicas } from './layout-rules-replicas.ts';
import type { LayoutReport, VerifyReport } from './report.ts';
import { openScratch } from './scratch.ts';

/** Beside a working service files are replaced one by one: what is wrong is looked at again this often before it counts. */
const ROUNDS_MAX = 5;
const PAUSE_MS = 2_000;
const SNAPSHOTS_KEPT = 5;

export interface LayoutCheckRequest {
  /** A folder, or a reader of one's own. */
  readonly lake: { readonly root: string } | LakeReader;
  /** Logical names; without it every table. */
  readonly tables?: readonly string[] | undefined;
  /** How many generations of a partition's snapshot are kept; without it five, as the original keeps. */
  readonly snapshotsKept?: number | undefined;
  /** True when nothing writes to this lake: what is wrong is reported at once. */
  readonly atRest?: boolean | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: { table: string; phase: 'layout'; rows: number }) => void) | undefined;
}

/**
 * Checks a lake by the rules of its layout alone (docs/layout-rules.md), whoever wrote it; the environment is not asked,
 * and nothing of `.lakelink/` is read. What is wrong is in the report; throws `store/` faults.
 */
export async function verifyLayout(request: LayoutCheckRequest): Promise<VerifyReport> {
  const { clock, signal, atRest = false } = request;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const lake = 'root' in request.lake ? await openFolderLake(request.lake.root) : request.lake;
  await using cleanup = new Cleanup();
  const connection = await openScratch(cleanup);
  let layout = await checkLayout({ ...request, lake, connection });
  for (let round = 1; layout.problems.length > 0 && !atRest && round < ROUNDS_MAX; round += 1) {
    await clock.sleep(PAUSE_MS, signal);
    layout = await checkLayout({ ...request, lake, connection });
  }
  return {
    clean: layout.problems.length === 0,
    environment: null,
    lake: lake.location,
    startedAt,
    finishedAt: new Date(clock.nowMs()).toISOString(),
    tables: [],
    layout,
  };
}

async function checkLayout({
  lake,
  connection,
  tables,
  snapshotsKept = SNAPSHOTS_KEPT,
  signal,
  onProgress,
}: Omit<LayoutCheckRequest, 'lake'> & {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
}): Promise<LayoutReport> {
  const findings = new Findings();
  const checking = {
    lake,
    findings,
    signal,
    newIds: () => IdTable.create(connection),
    tables: tables ?? null,
    snapshotsKept,
    onTable: (table: string, rows: number) => onProgress?.({ table, phase: 'layout', rows }),
  };
  const isIncremental = await hasFolders(lake);
  const { files, rows }: LookedAt = await (isIncremental ? checkFolders(checking) : checkReplicas(checking));
  return { kind: isIncremental ? 'incremental' : 'replicas', files, rows, problems: findings.problems() };
}
