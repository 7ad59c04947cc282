import { viewOf } from './layout-rules-csv.ts';
import { metadataProblems, optionSetProblems, ownModel } from './layout-rules-feed.ts';
import { isReadable, type NamedFile, namedFiles, snapshotProblems, tableFolderProblems } from './layout-rules-files.ts';
import { addIds, type Checking, checkedModel, checkRows, type LookedAt } from './layout-rules-findings.ts';
import { type ManifestEntity, ROOT_MANIFEST } from './manifest.ts';

/** Checks a lake of replicas: what model.json names, what lies beside it, and every line of both. */
export async function checkReplicas(checking: Checking): Promise<LookedAt> {
  const { lake, findings, tables } = checking;
  const entities = await checkedModel(checking, ROOT_MANIFEST);
  let [files, rows] = [0, 0];
  if (entities === null) return { files, rows };
  const owns = new Map<string, ManifestEntity>();
  for (const entity of entities) {
    const { own, problems } = await ownModel(lake, { folder: '', entity, required: true });
    if (own !== null) owns.set(entity.name, own);
    if (tables === null || tables.includes(entity.name)) findings.addAll(entity.name, problems);
  }
  const current = entities.map(entity => owns.get(entity.name) ?? entity);
  findings.addAll(null, await optionSetProblems(lake, { folder: '', entities: current }));
  for (const entity of entities) {
    if (tables !== null && !tables.includes(entity.name)) continue;
    const found = await checkTable(checking, { entity, own: owns.get(entity.name) ?? entity });
    checking.onTable(entity.name, found.rows);
    files += found.files;
    rows += found.rows;
  }
  return { files, rows };
}

/** `own` is the table as its own manifest has it: where snapshots are named, that describes the near real-time files. */
async function checkTable(
  checking: Checking,
  { entity, own }: { readonly entity: ManifestEntity; readonly own: ManifestEntity },
): Promise<LookedAt> {
  const { lake, findings } = checking;
  const { name } = entity;
  findings.addAll(name, await metadataProblems(lake, own));
  const { files: named, problems } = await namedFiles(lake, { folder: '', entity });
  findings.addAll(name, problems);
  findings.addAll(name, await tableFolderProblems(lake, { entity, named }));
  findings.addAll(name, await snapshotProblems(lake, { entity, named, generationsMax: checking.snapshotsKept }));
  const paths = new Set(named.map(({ path }) => path));
  const beside = await liveFiles(checking, entity, paths);
  const inNamed = await checkTogether(checking, entity, named);
  const inOthers = await checkTogether(checking, own, beside);
  return { files: named.length + beside.length, rows: inNamed + inOthers };
}

/** Near real-time files that model.json does not name, because it names snapshots: readers list them by their names. */
async function liveFiles({ lake }: Checking, entity: ManifestEntity, named: ReadonlySet<string>): Promise<NamedFile[]> {
  if (!isReadable(entity)) return [];
  const { name } = entity;
  const files = (await lake.list(name)).filter(file => /^\d.*\.csv$/.test(file));
  return files
    .map(file => ({ partition: file.replace(/\.csv$/, ''), path: `${name}/${file}` }))
    .filter(({ path }) => !named.has(path));
}

/** Files that are read as one table. */
async function checkTogether(checking: Checking, entity: ManifestEntity, files: readonly NamedFile[]): Promise<number> {
  const { findings } = checking;
  const { name, attributes } = entity;
  if (files.length === 0) return 0;
  const table = viewOf(attributes, { isIncremental: false });
  const ids = await checking.newIds();
  let rows = 0;
  for (const { path } of files) rows += await checkRows(checking, { name, path, table, ids });
  if (table.isDelete === -1) {
    const found = await ids.repeated();
    addIds(findings, {
      name,
      rule: 'csv/one-row',
      path: files[0]?.path ?? name,
      found,
      problem: 'have more than one row',
    });
  } else {
    const found = await ids.fallingVersions();
    addIds(findings, { name, rule: 'csv/version-order', path: name, found, problem: 'whose version falls' });
  }
  return rows;
}
