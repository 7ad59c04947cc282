import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../core/clock.ts';
import { appendColumns, lakeColumns } from '../core/shape.ts';
import { compareParts } from './append-parts.ts';
import { type Committed, readCommitted } from './committed.ts';
import { CsvProblem, CsvReader } from './csv-reader.ts';
import { proveFolders } from './folders-proof.ts';
import type { LakeReader } from './lake-reader.ts';
import { hasFolders } from './layout-rules-folders.ts';
import { attributeProblem, type ManifestEntity, ROOT_MANIFEST, readManifest } from './manifest.ts';
import { compareFiles, type PublishedFile } from './published-file.ts';
import type { LayoutReport } from './report.ts';
import { checkSnapshot, NOTHING_SHOWN, namesSnapshot } from './snapshot-proof.ts';

const OPTION_SET_FILES = [
  'OptionsetMetadata',
  'GlobalOptionsetMetadata',
  'StateMetadata',
  'StatusMetadata',
  'TargetMetadata',
];
const FEED = 'Microsoft.Athena.TrickleFeedService';

/** Publication follows the commit; beside a working service a problem is looked at this often before it counts. */
const ROUNDS_MAX = 15;
const PAUSE_MS = 2_000;

export interface LayoutRequest {
  readonly lake: LakeReader;
  readonly connection: DuckDBConnection;
  readonly tables: readonly string[];
  readonly atRest: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onTable: (table: string, rows: number) => void;
}

type Problem = LayoutReport['problems'][number];

interface Checked {
  readonly files: number;
  readonly rows: number;
  readonly problems: readonly Problem[];
}

/** Proves that the published files are what model.json says and what the image holds. */
export async function proveLayout(request: LayoutRequest): Promise<LayoutReport> {
  const parts: Checked[] = [];
  if (await hasFolders(request.lake)) return proveFolderLayout(request);
  for (const table of request.tables) {
    const checked = await again(request, () => checkTable(request, table));
    request.onTable(table, checked.rows);
    parts.push(checked);
  }
  parts.push(await again(request, () => checkOthers(request)));
  parts.push(await again(request, () => checkOptionSets(request)));
  return summed(parts);
}

function summed(parts: readonly Checked[]): LayoutReport {
  return {
    files: parts.reduce((sum, part) => sum + part.files, 0),
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    problems: parts.flatMap(part => part.problems),
  };
}

/** A link of incremental folders has no files of its tables beside them. */
async function proveFolderLayout(request: LayoutRequest): Promise<LayoutReport> {
  const parts: Checked[] = [];
  for (const table of request.tables) {
    const checked = await again(request, async () => {
      const { problems, ...counts } = await proveFolders({ ...request, table });
      return { ...counts, problems: problems.map(problem => ({ table, ...problem })) };
    });
    request.onTable(table, checked.rows);
    parts.push(checked);
  }
  return summed(parts);
}

async function again({ atRest, clock, signal }: LayoutRequest, check: () => Promise<Checked>): Promise<Checked> {
  for (let round = 1; ; round += 1) {
    const checked = await check();
    if (checked.problems.length === 0 || atRest || round >= ROUNDS_MAX) return checked;
    await clock.sleep(PAUSE_MS, signal);
  }
}

async function checkTable(request: LayoutRequest, table: string): Promise<Checked> {
  const { lake } = request;
  const committed = await readCommitted(lake, table);
  // Nothing was folded yet, so nothing has to be published.
  if (committed.image === null || committed.shape === null) return { files: 0, rows: 0, problems: [] };
  const at = (path: string, problem: string): Problem => ({ table, path, problem });
  const entities = await readManifest(lake, ROOT_MANIFEST);
  if (entities === null) return { files: 0, rows: 0, problems: [at(ROOT_MANIFEST, 'missing')] };
  if (typeof entities === 'string') return { files: 0, rows: 0, problems: [at(ROOT_MANIFEST, entities)] };
  const named = entities.filter(entity => entity.name === table);
  const [entity] = named;
  if (entity === undefined) return { files: 0, rows: 0, problems: [at(ROOT_MANIFEST, `does not name ${table}`)] };
  const problems: Problem[] = named.length > 1 ? [at(ROOT_MANIFEST, `names ${table} ${named.length} times`)] : [];
  const { snapshot } = committed;
  const isSnapshot = snapshot !== null && namesSnapshot(lake, entity, snapshot);
  const shown = isSnapshot ? await checkSnapshot(request, { entity, committed, snapshot }) : NOTHING_SHOWN;
  // Beside snapshots the table's own manifest names what is published in near real time.
  const feed = isSnapshot ? await feedEntity(lake, table) : { entity, path: ROOT_MANIFEST };
  const columns = committed.image.parts !== null ? appendColumns(committed.shape) : lakeColumns(committed.shape);
  const attributes = attributeProblem(feed.entity ?? entity, columns);
  if (attributes !== null) problems.push(at(feed.path, `${table}: ${attributes}`));
  problems.push(...(await feedProblems(lake, feed.entity ?? entity)).map(({ path, problem }) => at(path, problem)));
  const partitions = await checkPartitions(request, feed.entity ?? entity, committed);
  const strays = committed.initialSyncCompleted ? await strayFiles(lake, table, feed.entity ?? entity) : [];
  problems.push(...strays.map(path => at(path, 'is not named by model.json')));
  return {
    files: shown.files + partitions.files,
    rows: partitions.rows,
    problems: [
      ...problems,
      ...[...shown.problems, ...partitions.problems].map(({ path, problem }) => at(path, problem)),
    ],
  };
}

/** The table as its own manifest shows it; null where that does not, which is a problem told elsewhere. */
async function feedEntity(
  lake: LakeReader,
  table: string,
): Promise<{ readonly entity: ManifestEntity | null; readonly path: string }> {
  const path = `${FEED}/${table}-model.json`;
  const model = await readManifest(lake, path);
  return { entity: Array.isArray(model) ? (model[0] ?? null) : null, path };
}

/** Whatever else model.json names must be there too: readers stop at a file that is not. */
async function checkOthers({ lake, tables }: LayoutRequest): Promise<Checked> {
  const entities = await readManifest(lake, ROOT_MANIFEST);
  const problems: Problem[] = [];
  for (const entity of Array.isArray(entities) ? entities : []) {
    if (tables.includes(entity.name)) continue;
    for (const { name, location } of entity.partitions) {
      const path = lake.pathOf(location);
      if (path === null) problems.push({ table: entity.name, path: ROOT_MANIFEST, problem: outside(name) });
      else if (!(await exists(lake, path))) problems.push({ table: entity.name, path, problem: 'missing' });
    }
  }
  return { files: 0, rows: 0, problems };
}

function outside(partition: string): string {
  return `partition ${partition} lies outside the lake`;
}

interface Partitions {
  readonly files: number;
  readonly rows: number;
  readonly problems: readonly { readonly path: string; readonly problem: string }[];
}

async function checkPartitions(
  request: LayoutRequest,
  entity: ManifestEntity,
  committed: Committed,
): Promise<Partitions> {
  const { lake, connection } = request;
  const { shape, image, narrowest } = committed;
  if (shape === null || image === null) return { files: 0, rows: 0, problems: [] };
  const { parts, partitions } = image;
  const byName = new Map((parts ?? partitions).map(partition => [partition.name, partition]));
  const problems: { path: string; problem: string }[] = [];
  const files: PublishedFile[] = [];
  for (const { name, location } of entity.partitions) {
    request.signal.throwIfAborted();
    const path = lake.pathOf(location);
    const partition = byName.get(name);
    byName.delete(name);
    if (path === null) problems.push({ path: ROOT_MANIFEST, problem: outside(name) });
    else if (partition === undefined) problems.push({ path, problem: `the image has no partition ${name}` });
    else if (!(await exists(lake, path))) problems.push({ path, problem: 'missing' });
    else files.push({ path, image: partition.file });
  }
  const compared =
    parts === null
      ? {
          files: files.length === 0 ? [] : await compareFiles({ lake, connection, files, shape, narrowest }),
          problem: null,
        }
      : await compareParts({ lake, connection, files, shape, live: partitions.map(({ file }) => file) });
  for (const file of compared.files) problems.push(...file.problems.map(problem => ({ path: file.path, problem })));
  if (compared.problem !== null) problems.push({ path: `${entity.name}/`, problem: compared.problem });
  for (const { name, file } of byName.values()) {
    if (file.rows > 0)
      problems.push({ path: ROOT_MANIFEST, problem: `${entity.name}: partition ${name} is not named` });
  }
  const rows = compared.files.reduce((sum, file) => sum + file.rows, 0);
  return { files: entity.partitions.length, rows, problems };
}

async function exists(lake: LakeReader, path: string): Promise<boolean> {
  const cut = path.lastIndexOf('/');
  return (await lake.list(path.slice(0, Math.max(0, cut)))).includes(path.slice(cut + 1));
}

/** Readers take every file directly in a table's folder whose name starts with a digit as data. */
async function strayFiles(lake: LakeReader, table: string, entity: ManifestEntity): Promise<string[]> {
  const named = new Set(entity.partitions.map(partition => lake.pathOf(partition.location)));
  const found = (await lake.list(table)).filter(name => /^\d/.test(name)).map(name => `${table}/${name}`);
  return found.filter(path => !named.has(path));
}

/** The table's own manifest must show the same attributes as the root; its metadata file must be JSON. */
async function feedProblems(lake: LakeReader, entity: ManifestEntity): Promise<{ path: string; problem: string }[]> {
  const problems: { path: string; problem: string }[] = [];
  const modelPath = `${FEED}/${entity.name}-model.json`;
  const model = await readManifest(lake, modelPath);
  if (model === null || typeof model === 'string') problems.push({ path: modelPath, problem: model ?? 'missing' });
  else if (JSON.stringify(model[0]?.attributes) !== JSON.stringify(entity.attributes)) {
    problems.push({ path: modelPath, problem: 'its attributes are not those of model.json' });
  }
  const metadataPath = `${FEED}/${entity.name}-EntityMetadata.json`;
  const metadata = await lake.read(metadataPath);
  if (metadata === null) problems.push({ path: metadataPath, problem: 'missing' });
  else if (!isJson(metadata)) problems.push({ path: metadataPath, problem: 'not JSON' });
  return problems;
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** The five option-set files stand beside a root manifest, and each is CSV of one width. */
async function checkOptionSets({ lake }: LayoutRequest): Promise<Checked> {
  if ((await lake.read(ROOT_MANIFEST)) === null) return { files: 0, rows: 0, problems: [] };
  const problems: Problem[] = [];
  for (const name of OPTION_SET_FILES) {
    const path = `OptionsetMetadata/${name}.csv`;
    const bytes = await lake.read(path);
    const problem = bytes === null ? 'missing' : csvProblem(bytes);
    if (problem !== null) problems.push({ table: null, path, problem });
  }
  return { files: OPTION_SET_FILES.length - problems.length, rows: 0, problems };
}

function csvProblem(bytes: Uint8Array): string | null {
  try {
    const reader = new CsvReader();
    const widths = new Set(reader.push(bytes).map(row => row.length));
    reader.end();
    return widths.size > 1 ? `rows of ${[...widths].sort().join(' and ')} fields` : null;
  } catch (failure) {
    if (failure instanceof CsvProblem) return failure.message;
    throw failure;
  }
}
