import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { type CellRow, type ComparedColumn, differingColumns, environmentColumns, VERSION_DIFFERS } from './cells.ts';
import { type Committed, readCommitted } from './committed.ts';
import { readEnvironmentRows } from './environment-rows.ts';
import type { LakeReader } from './lake-reader.ts';
import { readLakeRows } from './merged-rows.ts';
import type { RowFinding } from './report.ts';
import type { EnvironmentReader } from './transport.ts';

/** How long rows are read again before what is left is reported as unsettled. */
export interface SettleLimits {
  readonly rounds: number;
  readonly settleMs: number;
  readonly pauseMs: number;
  readonly pauseMsMax: number;
}

export const SETTLE_LIMITS: SettleLimits = { rounds: 100, settleMs: 120_000, pauseMs: 500, pauseMsMax: 5_000 };

/** A row whose first comparison failed, and on which sides it was seen then. */
export interface Candidate {
  readonly id: string;
  readonly inEnvironment: boolean;
  readonly inLake: boolean;
}

export interface Settled {
  readonly findings: readonly (RowFinding & { readonly behind: boolean })[];
  readonly rounds: number;
  /** How the row counts of both sides moved since the first comparison. */
  readonly environmentDelta: number;
  readonly lakeDelta: number;
  readonly committed: Committed;
}

/** What is remembered of an open row between rounds. */
interface Memory {
  /** The environment's version of the row, or `absent`. */
  readonly key: string;
  /** Rounds in which the row was seen like this, and deltas the lake completed since the first of them. */
  readonly rounds: number;
  readonly deltas: number;
}

type Verdict =
  | { readonly is: 'equal' }
  | {
      readonly is: 'proven' | 'open';
      readonly finding: RowFinding['is'];
      readonly columns: readonly string[];
      readonly behind: boolean;
    };

export interface SettleRequest {
  readonly table: string;
  readonly candidates: readonly Candidate[];
  readonly environment: EnvironmentReader;
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly clock: Clock;
  readonly limits: SettleLimits;
  /** No service works on the lake: waiting changes nothing, so one round decides. */
  readonly atRest: boolean;
  readonly signal: AbortSignal;
  readonly onRound: (open: number) => void;
}

/**
 * Reads candidates again, each time from a newly loaded lake first and then from the environment, until each is equal or
 * proven different. The order matters: what the environment shows is then never older than the lake.
 */
export async function settle(request: SettleRequest): Promise<Settled> {
  const { clock, signal } = request;
  const untilMs = clock.nowMs() + request.limits.settleMs;
  const open = new Map(request.candidates.map(candidate => [candidate.id, candidate]));
  const memories = new Map<string, Memory>();
  const findings: Settled['findings'][number][] = [];
  let deltas = { environment: 0, lake: 0 };
  let delta: string | null = null;
  for (let round = 1; ; round += 1) {
    request.onRound(open.size);
    const seen = await readAgain({ ...request, ids: [...open.keys()] });
    const deltaMoved = delta !== null && deltaOf(seen.committed) !== delta;
    delta = deltaOf(seen.committed);
    const last = request.atRest || round >= request.limits.rounds || clock.nowMs() >= untilMs;
    for (const candidate of open.values()) {
      const inEnvironment = seen.environment.get(candidate.id) ?? null;
      const inLake = seen.lake.get(candidate.id) ?? null;
      const memory = remember(memories, { id: candidate.id, row: inEnvironment, deltaMoved });
      const verdict = judge({ ...seen, inEnvironment, inLake, memory, atRest: request.atRest });
      if (verdict.is === 'open' && !last) continue;
      open.delete(candidate.id);
      deltas = {
        environment: deltas.environment + presence(inEnvironment) - Number(candidate.inEnvironment),
        lake: deltas.lake + presence(inLake) - Number(candidate.inLake),
      };
      if (verdict.is === 'equal') continue;
      const { columns, behind } = verdict;
      findings.push({ id: candidate.id, is: verdict.finding, columns, unsettled: verdict.is === 'open', behind });
    }
    if (open.size === 0) {
      const moved = { environmentDelta: deltas.environment, lakeDelta: deltas.lake };
      return { findings, rounds: round, ...moved, committed: seen.committed };
    }
    await clock.sleep(Math.min(request.limits.pauseMsMax, request.limits.pauseMs * round), signal);
  }
}

interface Seen {
  readonly committed: Committed;
  readonly columns: readonly ComparedColumn[];
  readonly environment: ReadonlyMap<string, CellRow>;
  readonly lake: ReadonlyMap<string, CellRow>;
}

/** The rows of both sides: the lake's first. */
export async function readAgain(
  request: Pick<SettleRequest, 'table' | 'environment' | 'lake' | 'connection' | 'signal'> & {
    readonly ids: readonly string[];
  },
): Promise<Seen> {
  const { lake, connection, environment, ids, signal } = request;
  const committed = await readCommitted(lake, request.table);
  const { shape } = committed;
  if (shape === null) return { committed, columns: [], environment: new Map(), lake: new Map() };
  const columns = environmentColumns(shape);
  const lakeRows = await readLakeRows({ connection, lake, committed, columns, ids });
  const atOnce = limits.rowReadsAtOnce;
  const environmentRows = await readEnvironmentRows({ environment, shape, columns, ids, atOnce, signal });
  return { committed, columns, environment: environmentRows, lake: lakeRows };
}

function deltaOf({ cursor }: Committed): string {
  return cursor.at === 'running' ? cursor.delta : cursor.at;
}

function remember(
  memories: Map<string, Memory>,
  { id, row, deltaMoved }: { readonly id: string; readonly row: CellRow | null; readonly deltaMoved: boolean },
): Memory {
  const key = row === null ? 'absent' : (row.version ?? 'unversioned');
  const before = memories.get(id);
  const memory: Memory =
    before?.key === key
      ? { key, rounds: before.rounds + 1, deltas: before.deltas + Number(deltaMoved) }
      : { key, rounds: 1, deltas: 0 };
  memories.set(id, memory);
  return memory;
}

function presence(row: CellRow | null): number {
  return row === null ? 0 : 1;
}

/**
 * Two completed deltas after a row was first seen like this: the second was begun after that, so it had to bring the
 * row. One may have been under way.
 */
const DELTAS_THAT_PROVE = 2;

/** Rounds after which a row that the lake's high water covers, unchanged all the time, is held to be lost. */
const ROUNDS_THAT_PROVE = 3;

function judge({
  committed,
  columns,
  inEnvironment,
  inLake,
  memory,
  atRest,
}: Pick<Seen, 'committed' | 'columns'> & {
  readonly inEnvironment: CellRow | null;
  readonly inLake: CellRow | null;
  readonly memory: Memory;
  readonly atRest: boolean;
}): Verdict {
  if (inEnvironment === null && inLake === null) return { is: 'equal' };
  const passed = committed.cursor.at === 'running' && memory.deltas >= DELTAS_THAT_PROVE;
  if (inEnvironment === null) return { is: passed ? 'proven' : 'open', finding: 'extra', columns: [], behind: !passed };
  // A running lake has committed every version up to its high water, so an older version it lacks is not on its way.
  const covered = isCovered({ committed, version: inEnvironment.version });
  const still = atRest || memory.deltas > 0 || memory.rounds >= ROUNDS_THAT_PROVE;
  const lacking = passed || (covered && still) ? 'proven' : 'open';
  if (inLake === null) return { is: lacking, finding: 'missing', columns: [], behind: !covered && !passed };
  const differing = differingColumns(columns, inEnvironment, inLake);
  if (differing.length === 0) return { is: 'equal' };
  // Equal but for a version that is too high in the lake: a row lifted over a delete, until the next fold.
  if (
    differing.length === 1 &&
    differing[0] === VERSION_DIFFERS &&
    !atRest &&
    isNewer(inLake.version, inEnvironment.version)
  )
    return { is: 'open', finding: 'different', columns: differing, behind: false };
  const newer = isNewer(inEnvironment.version, inLake.version);
  return newer
    ? { is: lacking, finding: 'different', columns: differing, behind: !covered && !passed }
    : { is: 'proven', finding: 'different', columns: differing, behind: false };
}

function isCovered({
  committed,
  version,
}: {
  readonly committed: Committed;
  readonly version: string | null;
}): boolean {
  const { cursor, highWater } = committed;
  return cursor.at === 'running' && cursor.next === null && version !== null && BigInt(version) <= BigInt(highWater);
}

/** Whether the environment's row may still be on its way: it is newer, or carries no version to tell. */
function isNewer(environment: string | null, lake: string | null): boolean {
  if (environment === null || lake === null) return true;
  return BigInt(environment) > BigInt(lake);
}
