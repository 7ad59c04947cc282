import { Fault } from '../core/fault.ts';
import { readFolders } from './folder-reader.ts';
import type { LakeReader } from './lake-reader.ts';
import { type ManifestEntity, ROOT_MANIFEST, readManifest } from './manifest.ts';

export type Attribute = ManifestEntity['attributes'][number];

/** A CSV file of a table, and the columns its lines have, in their order; later lines may be shorter, none longer. */
export interface SideFile {
  /** Relative to the lake's folder. */
  readonly path: string;
  readonly attributes: readonly Attribute[];
}

/** A table as one of the two lakes has it for readers who go by model.json. */
export interface SideTable {
  readonly name: string;
  /** As of the newest manifest. */
  readonly attributes: readonly Attribute[];
  /** Oldest folder first, where there are several. */
  readonly files: readonly SideFile[];
  /** Names of partitions without the number of a part: `2018_001` is `2018`. Sorted. */
  readonly partitions: readonly string[];
  /** What the manifest says; null where it says nothing. */
  readonly granularity: string | null;
  /** Null where it says nothing, or `Completed`. */
  readonly unfinishedSync: string | null;
  /** What cannot be read; the comparison of the table then proves nothing. */
  readonly problems: readonly string[];
}

/** One of the two lakes. */
export interface Side {
  readonly lake: LakeReader;
  readonly layout: 'replica' | 'incremental';
  /** By logical name, lower case. */
  readonly tables: ReadonlyMap<string, SideTable>;
  /** What was passed over, in words. */
  readonly notes: readonly string[];
}

/** A manifest's entity with what genuine files have beside it. */
interface NotedEntity extends ManifestEntity {
  readonly annotations?: readonly { readonly name?: unknown; readonly value?: unknown }[];
}

/**
 * Reads which tables and files a lake shows. Addresses of the manifest are resolved inside the folder: `https://...` by
 * the path after the container, `file://...` where they lie in the folder, else by their end from the table's folder on,
 * so that a copy of a lake can be read. `store/missing`, or `lake/no-manifest`.
 */
export async function openSide(lake: LakeReader): Promise<Side> {
  const { inProgress, folders, finished } = await readFolders(lake);
  if (inProgress === null && folders.length === 0) return await replicaSide(lake);
  return await incrementalSide(lake, inProgress === null ? folders : finished, { inProgress, folders });
}

async function replicaSide(lake: LakeReader): Promise<Side> {
  const entities = await requireManifest(lake);
  const namesIn = listing(lake);
  const tables = new Map<string, SideTable>();
  for (const entity of entities) {
    const problems: string[] = [];
    const files: SideFile[] = [];
    for (const { name, location } of entity.partitions) {
      const path = await localPath({ lake, namesIn, location, table: entity.name });
      if (path === null) problems.push(`the file of partition ${name} is not in the folder`);
      else files.push({ path, attributes: entity.attributes });
    }
    const partitions = entity.partitions.map(({ name }) => name);
    tables.set(entity.name.toLowerCase(), sideTable({ entity, files, partitions, problems }));
  }
  return { lake, layout: 'replica', tables, notes: [] };
}

async function incrementalSide(
  lake: LakeReader,
  taken: readonly string[],
  seen: { readonly inProgress: string | null; readonly folders: readonly string[] },
): Promise<Side> {
  const notes: string[] = [];
  const root = await readManifest(lake, ROOT_MANIFEST);
  const rootEntities = Array.isArray(root) ? (root as readonly ManifestEntity[]) : [];
  const newest = new Map(rootEntities.map(entity => [entity.name.toLowerCase(), entity]));
  const files = new Map<string, SideFile[]>();
  for (const folder of taken) {
    const found = await readManifest(lake, `${folder}/${ROOT_MANIFEST}`);
    if (found === null) {
      // "Query and analyze the incremental updates": a folder that is given up never gets one, its rows come again.
      notes.push(`folder ${folder} has no model.json: it was given up, and its changes come again in a later one`);
      continue;
    }
    // It may be cut off in the middle of its entities; the root's names the same tables.
    if (typeof found === 'string') notes.push(`the model.json of folder ${folder} is ${found}; the root's was read`);
    for (const entity of typeof found === 'string' ? rootEntities : found) {
      const name = entity.name.toLowerCase();
      if (typeof found !== 'string') newest.set(name, entity);
      const paths = await csvFiles(lake, `${folder}/${entity.name}`);
      files.set(name, [...(files.get(name) ?? []), ...paths.map(path => ({ path, attributes: entity.attributes }))]);
    }
  }
  if (seen.inProgress !== null) {
    const later = seen.folders.filter(folder => !taken.includes(folder));
    if (later.length > 0) notes.push(`folders still being written were passed over: ${later.join(', ')}`);
  }
  if (newest.size === 0) throw new Fault('lake/no-manifest', { path: lake.location });
  const tables = new Map<string, SideTable>();
  for (const [name, entity] of newest) {
    const own = files.get(name) ?? [];
    const partitions = own.map(({ path }) => (path.split('/').at(-1) ?? '').replace(/\.csv$/, ''));
    tables.set(name, sideTable({ entity, files: own, partitions, problems: [] }));
  }
  return { lake, layout: 'incremental', tables, notes };
}

async function requireManifest(lake: LakeReader): Promise<readonly ManifestEntity[]> {
  const entities = await readManifest(lake, ROOT_MANIFEST);
  if (entities !== null && typeof entities !== 'string') return entities;
  throw new Fault('lake/no-manifest', { path: lake.location, reason: entities });
}

function sideTable({
  entity,
  files,
  partitions,
  problems,
}: {
  readonly entity: NotedEntity;
  readonly files: readonly SideFile[];
  readonly partitions: readonly string[];
  readonly problems: readonly string[];
}): SideTable {
  const annotation = (name: string) => {
    const value = (entity.annotations ?? []).find(one => one.name === name)?.value;
    return typeof value === 'string' ? value : null;
  };
  const sync = annotation('Athena:InitialSyncState');
  return {
    name: entity.name.toLowerCase(),
    attributes: entity.attributes,
    files,
    partitions: [...new Set(partitions.map(name => name.split('_')[0] ?? name))].sort(),
    granularity: annotation('Athena:PartitionGranularity'),
    unfinishedSync: sync === 'Completed' ? null : sync,
    problems,
  };
}

/** Where a manifest's address lies in the folder; null when nothing is there. */
async function localPath({
  lake,
  namesIn,
  location,
  table,
}: {
  readonly lake: LakeReader;
  readonly namesIn: (folder: string) => Promise<readonly string[]>;
  readonly location: string;
  readonly table: string;
}): Promise<string | null> {
  for (const path of candidates(lake, location, table)) {
    const at = path.lastIndexOf('/');
    if ((await namesIn(at === -1 ? '' : path.slice(0, at))).includes(path.slice(at + 1))) return path;
  }
  return null;
}

/** Names in folders of a lake, each asked for once. */
function listing(lake: LakeReader): (folder: string) => Promise<readonly string[]> {
  const known = new Map<string, Promise<readonly string[]>>();
  return folder => {
    const names = known.get(folder) ?? lake.list(folder);
    known.set(folder, names);
    return names;
  };
}

async function csvFiles(lake: LakeReader, folder: string): Promise<string[]> {
  return (await lake.list(folder)).filter(name => name.endsWith('.csv')).map(name => `${folder}/${name}`);
}

function candidates(lake: LakeReader, location: string, table: string): string[] {
  const segments = segmentsOf(location);
  if (segments === null) return [];
  const inside = location.startsWith('file:') ? lake.pathOf(location) : segments.slice(1).join('/');
  const from = segments.findLastIndex(segment => segment.toLowerCase() === table.toLowerCase());
  const tail = from === -1 ? [] : [segments.slice(from).join('/')];
  return [...(inside === null || inside === '' ? [] : [inside]), ...tail];
}

/** Path segments of an address or a relative path; null when they would lead out of the folder. */
function segmentsOf(location: string): string[] | null {
  try {
    const path = URL.canParse(location) ? new URL(location).pathname : `/container/${location.replace(/[?#].*$/s, '')}`;
    const segments = path
      .split('/')
      .filter(segment => segment !== '')
      .map(decodeURIComponent);
    return segments.some(segment => segment === '..' || /[/\\\0]/.test(segment)) ? null : segments;
  } catch {
    return null;
  }
}
