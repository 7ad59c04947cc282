import { CHANGELOG, folderTime, IS_DELETE, readFolders } from './folder-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { viewOf } from './layout-rules-csv.ts';
import { type FoundAt, optionSetProblems, ownModel } from './layout-rules-feed.ts';
import { namedFiles } from './layout-rules-files.ts';
import { addIds, type Checking, checkedModel, checkRows, type LookedAt } from './layout-rules-findings.ts';
import { type ManifestEntity, ROOT_MANIFEST } from './manifest.ts';

/** What a folder of a time may be taken for, also when it is named wrongly. */
const LIKE_A_FOLDER = /^\d{4}-\d{2}-\d{2}T/;

/** Whether a lake has incremental folders. It is one or the other: a link makes replicas or folders, never both. */
export async function hasFolders(lake: LakeReader): Promise<boolean> {
  if ((await lake.read(CHANGELOG)) !== null) return true;
  return (await lake.list('')).some(name => LIKE_A_FOLDER.test(name));
}

/** Checks a lake of incremental folders: the changelog, and every finished folder with each line in it. */
export async function checkFolders(checking: Checking): Promise<LookedAt> {
  const { lake, findings } = checking;
  const { inProgress, folders } = await readFolders(lake);
  findings.addAll(null, nameProblems(await lake.list('')));
  findings.addAll(null, changelogProblems(inProgress));
  const current = inProgress?.trim() ?? folders.at(-1) ?? '';
  findings.addAll(null, await currentProblems(lake, { folders, current }));
  const root = await checkedModel(checking, ROOT_MANIFEST);
  const listed: Listed = { wanted: new Set(), absences: new Map() };
  let [files, rows] = [0, 0];
  for (const folder of folders.filter(name => name < current)) {
    const found = await checkFolder(checking, { folder, listed, root: root ?? [] });
    files += found.files;
    rows += found.rows;
  }
  for (const absence of listed.absences.values()) findings.addAll(null, absence);
  return { files, rows };
}

function nameProblems(names: readonly string[]): FoundAt[] {
  return names
    .filter(name => /^\d/.test(name) && folderTime(name) === null)
    .map(path => ({ rule: 'folder/name', path, problem: 'is not named like 2024-10-10T00.29.50Z' }));
}

function changelogProblems(inProgress: string | null): FoundAt[] {
  const found = (problem: string): FoundAt[] => [{ rule: 'folder/changelog', path: CHANGELOG, problem }];
  if (inProgress === null) return found('missing');
  return folderTime(inProgress) === null ? found('holds more or less than the name of a folder') : [];
}

async function currentProblems(
  lake: LakeReader,
  { folders, current }: { readonly folders: readonly string[]; readonly current: string },
): Promise<FoundAt[]> {
  const later: FoundAt[] = folders
    .filter(name => name > current)
    .map(path => ({ rule: 'folder/order', path, problem: 'is later than the folder that is being written' }));
  const path = `${current}/${ROOT_MANIFEST}`;
  const isFinal = ((await lake.read(path)) ?? '').length > 0;
  return isFinal
    ? [...later, { rule: 'folder/in-progress', path, problem: 'is there before the folder is finished' }]
    : later;
}

/** What the folders that were looked at so far listed. */
interface Listed {
  readonly wanted: Set<string>;
  /** Folders since the last one that listed the table, by table. */
  readonly absences: Map<string, FoundAt[]>;
}

/** Checks one finished folder. */
async function checkFolder(
  checking: Checking,
  {
    folder,
    listed,
    root,
  }: { readonly folder: string; readonly listed: Listed; readonly root: readonly ManifestEntity[] },
): Promise<LookedAt> {
  const { lake, findings } = checking;
  const path = `${folder}/${ROOT_MANIFEST}`;
  const entities = await checkedModel(checking, path, 'folder/finished');
  if (entities === null) return { files: 0, rows: 0 };
  findings.addAll(null, brokenAbsences(entities, { path, listed, root }));
  for (const { name } of entities) listed.wanted.add(name);
  findings.addAll(null, await optionSetProblems(lake, { folder: `${folder}/`, entities }));
  findings.addAll(null, await unlistedFiles(lake, { folder, entities }));
  let [files, rows] = [0, 0];
  for (const entity of entities) {
    if (checking.tables !== null && !checking.tables.includes(entity.name)) continue;
    const found = await checkTable(checking, { folder, entity });
    files += found.files;
    rows += found.rows;
  }
  checking.onTable(folder, rows);
  if (rows === 0 && checking.tables === null) {
    findings.add(null, { rule: 'folder/changed', path: folder, problem: 'holds no row' });
  }
  return { files, rows };
}

/**
 * A table that an earlier folder listed and that the lake still has is in every later one, unless it had left the link:
 * when it is added again it brings a full copy. So an absence is judged when it ends: with nothing of the table is wrong.
 */
function brokenAbsences(
  entities: readonly ManifestEntity[],
  {
    path,
    listed: { wanted, absences },
    root,
  }: { readonly path: string; readonly listed: Listed; readonly root: readonly ManifestEntity[] },
): FoundAt[] {
  const here = new Set(entities.map(({ name }) => name));
  for (const { name } of root) {
    if (!wanted.has(name) || here.has(name)) continue;
    const absence: FoundAt = { rule: 'folder/all-tables', path, problem: `does not list ${name}` };
    absences.set(name, [...(absences.get(name) ?? []), absence]);
  }
  return entities.flatMap(({ name, partitions }) => {
    const absence = absences.get(name) ?? [];
    absences.delete(name);
    return partitions.length === 0 ? absence : [];
  });
}

/** CSV files in folders of tables that the folder's model.json does not list at all. */
async function unlistedFiles(
  lake: LakeReader,
  { folder, entities }: { readonly folder: string; readonly entities: readonly ManifestEntity[] },
): Promise<FoundAt[]> {
  const known = new Set([...entities.map(({ name }) => name), 'OptionsetMetadata', 'EntitySyncFailure']);
  const problems: FoundAt[] = [];
  for (const name of (await lake.list(folder)).filter(one => !known.has(one))) {
    const files = (await lake.list(`${folder}/${name}`)).filter(file => file.endsWith('.csv'));
    const problem = `is of ${name}, which model.json does not list`;
    problems.push(
      ...files.map(file => ({ rule: 'folder/named' as const, path: `${folder}/${name}/${file}`, problem })),
    );
  }
  return problems;
}

async function checkTable(
  checking: Checking,
  { folder, entity }: { readonly folder: string; readonly entity: ManifestEntity },
): Promise<LookedAt> {
  const { lake, findings } = checking;
  const { name, attributes } = entity;
  const table = viewOf(attributes, { isIncremental: true });
  if (attributes[table.isDelete]?.dataType !== 'boolean') {
    const problem = `${name} has no boolean column ${IS_DELETE}`;
    findings.add(name, { rule: 'folder/is-delete', path: `${folder}/${ROOT_MANIFEST}`, problem });
  }
  findings.addAll(name, (await ownModel(lake, { folder: `${folder}/`, entity, required: false })).problems);
  const { files, problems } = await namedFiles(lake, { folder: `${folder}/`, entity });
  findings.addAll(name, problems);
  findings.addAll(name, await unnamedFiles(lake, { folder, name, named: files.map(({ path }) => path) }));
  if (files.length === 0) return { files: 0, rows: 0 };
  const ids = await checking.newIds();
  let rows = 0;
  for (const { path } of files) rows += await checkRows(checking, { name, path, table, ids });
  const path = `${folder}/${name}`;
  const falling = await ids.fallingVersions();
  addIds(findings, { name, rule: 'csv/version-order', path, found: falling, problem: 'whose version falls' });
  const spread = await ids.inSeveralFiles();
  addIds(findings, { name, rule: 'folder/one-word', path, found: spread, problem: 'are in more than one file' });
  return { files: files.length, rows };
}

async function unnamedFiles(
  lake: LakeReader,
  { folder, name, named }: { readonly folder: string; readonly name: string; readonly named: readonly string[] },
): Promise<FoundAt[]> {
  const files = (await lake.list(`${folder}/${name}`)).filter(file => file.endsWith('.csv'));
  return files
    .map(file => `${folder}/${name}/${file}`)
    .filter(path => !named.includes(path))
    .map(path => ({ rule: 'folder/named', path, problem: 'is not named by the folder’s model.json' }));
}
