import type { LakeReader } from './lake-reader.ts';
import type { Found, RuleId } from './layout-rules-catalogue.ts';
import { checkFile, type TableView } from './layout-rules-csv.ts';
import type { FoundAt } from './layout-rules-feed.ts';
import type { IdFinding, IdTable } from './layout-rules-ids.ts';
import { parseJson } from './layout-rules-json.ts';
import { modelProblems } from './layout-rules-model.ts';
import { type ManifestEntity, readManifest } from './manifest.ts';
import type { LayoutReport } from './report.ts';

type Problem = LayoutReport['problems'][number];

/** Findings of one rule in one file that are told one by one; of the rest, their number. */
const TOLD_MAX = 3;

/** What was found so far. Its size follows the number of files, not of rows. */
export class Findings {
  readonly #groups = new Map<string, { readonly told: Problem[]; count: number }>();

  add(table: string | null, found: FoundAt): void {
    const { rule, path, problem } = found;
    const key = `${rule} ${path}`;
    const group = this.#groups.get(key) ?? { told: [], count: 0 };
    group.count += 1;
    if (group.told.length < TOLD_MAX) group.told.push({ table, path, problem, rule });
    this.#groups.set(key, group);
  }

  addAll(table: string | null, found: readonly FoundAt[]): void {
    for (const one of found) this.add(table, one);
  }

  problems(): Problem[] {
    return [...this.#groups.values()].flatMap(({ told, count }) => {
      const last = told.at(-1);
      if (last === undefined || count === told.length) return told;
      return [...told.slice(0, -1), { ...last, problem: `${last.problem}, and ${count - told.length} more like it` }];
    });
  }
}

/** What every check works with. */
export interface Checking {
  readonly lake: LakeReader;
  readonly findings: Findings;
  readonly signal: AbortSignal;
  /** Makes an empty table of ids. */
  readonly newIds: () => Promise<IdTable>;
  /** Only these tables; null for all. */
  readonly tables: readonly string[] | null;
  /** Generations of a partition's snapshot. */
  readonly snapshotsKept: number;
  readonly onTable: (table: string, rows: number) => void;
}

/** How much was looked at. */
export interface LookedAt {
  readonly files: number;
  readonly rows: number;
}

/** A manifest whose form was checked; null when its tables cannot be told. */
export async function checkedModel(
  { lake, findings }: Pick<Checking, 'lake' | 'findings'>,
  path: string,
  missing: RuleId = 'model/json',
): Promise<readonly ManifestEntity[] | null> {
  const bytes = await lake.read(path);
  if (bytes === null || bytes.byteLength === 0) {
    findings.add(null, { rule: missing, path, problem: bytes === null ? 'missing' : 'empty' });
    return null;
  }
  const model = parseJson(bytes);
  if (model !== undefined)
    findings.addAll(
      null,
      modelProblems(model).map(found => ({ ...found, path })),
    );
  const entities = await readManifest(lake, path);
  if (Array.isArray(entities)) return entities;
  findings.add(null, { rule: 'model/json', path, problem: typeof entities === 'string' ? entities : 'missing' });
  return null;
}

/** Checks the lines of a table's file; its ids go to `ids`. */
export async function checkRows(
  { lake, findings, signal }: Checking,
  {
    name,
    path,
    table,
    ids,
  }: { readonly name: string; readonly path: string; readonly table: TableView; readonly ids: IdTable | null },
): Promise<number> {
  const onFound = (found: Found) => findings.add(name, { ...found, path });
  const { rows } = await checkFile({
    lake,
    path,
    table,
    onFound,
    onIds: async chunk => ids?.add(path, chunk),
    signal,
  });
  return rows;
}

/** Tells ids that break a rule. `path` is where, for findings that are of no file of their own. */
export function addIds(
  findings: Findings,
  {
    name,
    rule,
    path,
    found,
    problem,
  }: {
    readonly name: string;
    readonly rule: RuleId;
    readonly path: string;
    readonly found: readonly IdFinding[];
    readonly problem: string;
  },
): void {
  for (const { path: file, count, ids } of found) {
    findings.add(name, {
      rule,
      path: file ?? path,
      problem: `${count} ids ${problem} (for example ${ids.join(', ')})`,
    });
  }
}
