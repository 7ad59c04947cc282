import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../core/clock.ts';
import type { TableShape } from '../core/shape.ts';
import { type ComparedColumn, differingColumns, environmentColumns, KINDS_OF_TYPE } from './cells.ts';
import { type Committed, readCommitted } from './committed.ts';
import { type EnvironmentPass, loadEnvironment } from './environment-rows.ts';
import type { LakeReader } from './lake-reader.ts';
import { doubleColumns, loadDigests } from './merged-rows.ts';
import type { ColumnReport, RowFinding, TableReport } from './report.ts';
import { type Candidate, readAgain, type Settled, type SettleLimits, settle } from './settle.ts';
import type { EnvironmentReader } from './transport.ts';

export interface Progress {
  readonly table: string;
  readonly phase: 'environment' | 'lake' | 'again' | 'layout';
  readonly rows: number;
}

export interface ProveRequest {
  readonly table: string;
  readonly environment: EnvironmentReader;
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly clock: Clock;
  readonly limits: SettleLimits;
  readonly atRest: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** Above this many candidates both sides are read again whole rather than row by row. */
const CANDIDATES_MAX = 2_000;
const PASSES_MAX = 3;
const SAMPLES_MAX = 20;
const SAMPLE_COLUMNS_MAX = 20;

/** Compares one table, first by digests of all rows, then the candidates row by row and cell by cell. */
export async function proveTable(request: ProveRequest): Promise<TableReport> {
  const { table, connection, environment, signal } = request;
  const first = await firstComparison(request);
  if (first === null) return neverRead(table);
  const { pass, shape, columns } = first;
  const outcome =
    first.candidates > CANDIDATES_MAX
      ? await countMany(request, first)
      : await settleFew(request, await listCandidates(connection));
  const named = await columnReport({ environment, shape, columns, unknownProperties: pass.unknownProperties, signal });
  const counts = {
    missing: outcome.count('missing'),
    extra: outcome.count('extra'),
    different: outcome.count('different'),
  };
  const clean =
    counts.missing + counts.extra + counts.different + named.unnamed.length + named.mistyped.length === 0 &&
    outcome.committed.initialSyncCompleted;
  return {
    table,
    clean,
    environmentRows: pass.rows + outcome.environmentDelta,
    lakeRows: first.lakeRows + outcome.lakeDelta,
    ...counts,
    unsettled: outcome.unsettled,
    behind: outcome.behind,
    samples: outcome.samples,
    columns: named,
    repairedCells: pass.repairedCells,
    rereadRounds: outcome.rounds,
    initialSyncCompleted: outcome.committed.initialSyncCompleted,
    sequence: outcome.committed.tail,
  };
}

interface FirstComparison {
  readonly shape: TableShape;
  readonly columns: readonly ComparedColumn[];
  readonly pass: EnvironmentPass;
  readonly committed: Committed;
  readonly lakeRows: number;
  readonly candidates: number;
}

/**
 * Reads both sides whole; null for a table whose shape is not known yet. Begins again when the shape changed meanwhile,
 * and, beside a working service, when nearly everything differs (the lake was just being filled).
 */
async function firstComparison(request: ProveRequest): Promise<FirstComparison | null> {
  const { table, lake, connection, environment, signal, onProgress } = request;
  for (let attempt = 1; ; attempt += 1) {
    const { shape } = await readCommitted(lake, table);
    if (shape === null) return null;
    const columns = environmentColumns(shape);
    const onRows = (rows: number) => onProgress({ table, phase: 'environment', rows });
    const pass = await loadEnvironment({
      environment,
      connection,
      name: 'environment',
      shape,
      columns,
      signal,
      onRows,
    });
    const committed = await readCommitted(lake, table);
    const same = JSON.stringify(committed.shape) === JSON.stringify(shape);
    if (!same && attempt < PASSES_MAX) continue;
    const lakeRows = await loadDigests({ connection, name: 'lake', lake, committed: { ...committed, shape }, columns });
    onProgress({ table, phase: 'lake', rows: lakeRows });
    const candidates = await compareDigests(connection, columns);
    if (candidates > CANDIDATES_MAX && !request.atRest && attempt < PASSES_MAX) {
      await request.clock.sleep(request.limits.pauseMsMax, signal);
      continue;
    }
    return { shape, columns, pass, committed, lakeRows, candidates };
  }
}

/** Fills `candidate` (id, in_environment, in_lake, same_version) and answers its count. */
async function compareDigests(connection: DuckDBConnection, columns: readonly ComparedColumn[]): Promise<number> {
  const doubles = doubleColumns(columns).map((_, at) => ` OR e.x${at} IS DISTINCT FROM l.x${at}`);
  await connection.run(`CREATE OR REPLACE TABLE candidate AS
    SELECT coalesce(e.id, l.id) AS id, e.id IS NOT NULL AS in_environment, l.id IS NOT NULL AS in_lake,
      e.v IS NOT NULL AND e.v = l.v AS same_version
    FROM environment e FULL JOIN lake l ON e.id = l.id
    WHERE e.id IS NULL OR l.id IS NULL OR e.h <> l.h OR (e.v IS NOT NULL AND e.v IS DISTINCT FROM l.v)${doubles.join('')}`);
  return countWhere(connection, 'true');
}

async function countWhere(connection: DuckDBConnection, condition: string): Promise<number> {
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM candidate WHERE ${condition}`);
  return Number(counted.getRows()[0]?.[0] ?? 0);
}

async function listCandidates(connection: DuckDBConnection, limit = CANDIDATES_MAX): Promise<Candidate[]> {
  const found = await connection.runAndReadAll(
    `SELECT id, in_environment, in_lake FROM candidate ORDER BY id LIMIT ${limit}`,
  );
  return found.getRows().map(([id, inEnvironment, inLake]) => ({
    id: String(id),
    inEnvironment: inEnvironment === true,
    inLake: inLake === true,
  }));
}

interface Outcome extends Pick<Settled, 'rounds' | 'environmentDelta' | 'lakeDelta' | 'committed'> {
  readonly count: (is: RowFinding['is']) => number;
  readonly unsettled: number;
  readonly behind: number;
  readonly samples: readonly RowFinding[];
}

async function settleFew(request: ProveRequest, candidates: readonly Candidate[]): Promise<Outcome> {
  const { table, onProgress } = request;
  if (candidates.length === 0) {
    const committed = await readCommitted(request.lake, table);
    return {
      rounds: 0,
      environmentDelta: 0,
      lakeDelta: 0,
      committed,
      count: () => 0,
      unsettled: 0,
      behind: 0,
      samples: [],
    };
  }
  const onRound = (rows: number) => onProgress({ table, phase: 'again', rows });
  const settled = await settle({ ...request, candidates, onRound });
  const { findings } = settled;
  return {
    ...settled,
    count: is => findings.filter(finding => finding.is === is).length,
    unsettled: findings.filter(finding => finding.unsettled).length,
    behind: findings.filter(finding => finding.behind && finding.unsettled).length,
    samples: findings
      .slice(0, SAMPLES_MAX)
      .map(({ id, is, columns, unsettled }) => sample({ id, is, columns, unsettled })),
  };
}

function sample(finding: RowFinding): RowFinding {
  return { ...finding, columns: finding.columns.slice(0, SAMPLE_COLUMNS_MAX) };
}

/** Too many to read one by one: counted as found, with columns named for some. Rows of one version on both sides are proven. */
async function countMany(request: ProveRequest, first: FirstComparison): Promise<Outcome> {
  const { connection } = request;
  const counts = {
    missing: await countWhere(connection, 'NOT in_lake'),
    extra: await countWhere(connection, 'NOT in_environment'),
    different: await countWhere(connection, 'in_environment AND in_lake'),
  };
  const unproven = first.candidates - (await countWhere(connection, 'same_version'));
  const chosen = await listCandidates(connection, SAMPLES_MAX);
  const seen = await readAgain({ ...request, ids: chosen.map(({ id }) => id) });
  const samples = chosen.map(({ id, inEnvironment, inLake }): RowFinding => {
    const [environment, lake] = [seen.environment.get(id), seen.lake.get(id)];
    const columns =
      environment !== undefined && lake !== undefined ? differingColumns(seen.columns, environment, lake) : [];
    return { id, is: !inLake ? 'missing' : inEnvironment ? 'different' : 'extra', columns, unsettled: true };
  });
  const still = { rounds: 1, environmentDelta: 0, lakeDelta: 0, committed: seen.committed };
  return { ...still, count: is => counts[is], unsettled: unproven, behind: 0, samples: samples.map(sample) };
}

async function columnReport({
  environment,
  shape,
  columns,
  unknownProperties,
  signal,
}: {
  readonly environment: EnvironmentReader;
  readonly shape: TableShape;
  readonly columns: readonly ComparedColumn[];
  readonly unknownProperties: readonly string[];
  readonly signal: AbortSignal;
}): Promise<ColumnReport> {
  const attributes = await environment.attributes(shape.table, signal);
  const byName = new Map(shape.columns.map(column => [column.name, column]));
  const omitted = new Set(shape.omitted.map(({ name }) => name));
  const unnamed = attributes.filter(({ name }) => !byName.has(name) && !omitted.has(name)).map(({ name }) => name);
  const mistyped = attributes.filter(({ name, type }) => {
    const kind = byName.get(name)?.kind;
    const kinds = KINDS_OF_TYPE[type];
    return kind !== undefined && kinds !== undefined && !kinds.includes(kind);
  });
  return {
    compared: columns.length,
    unreadable: shape.unreadable,
    omitted: shape.omitted.map(({ name, reason }) => ({ name, reason })),
    removed: shape.columns.filter(column => column.removed === true).map(({ name }) => name),
    unnamed: [...new Set([...unnamed, ...unknownProperties])].sort(),
    mistyped: mistyped.map(({ name }) => name).sort(),
  };
}

/** A table that was added and whose definition was not read yet: nothing to compare, and not clean. */
export function neverRead(table: string): TableReport {
  return {
    table,
    clean: false,
    environmentRows: 0,
    lakeRows: 0,
    missing: 0,
    extra: 0,
    different: 0,
    unsettled: 0,
    behind: 0,
    samples: [],
    columns: { compared: 0, unreadable: [], omitted: [], removed: [], unnamed: [], mistyped: [] },
    repairedCells: 0,
    rereadRounds: 0,
    initialSyncCompleted: false,
    sequence: 0,
  };
}
