import type { LakeReader } from './lake-reader.ts';
import type { FoundAt } from './layout-rules-feed.ts';
import { listOf, objectOf } from './layout-rules-json.ts';
import { type ManifestEntity, ROOT_MANIFEST } from './manifest.ts';

const SNAPSHOT = 'Snapshot';
/** The number of a further part (`2024_001`) belongs to the partition, the seconds do not. */
const SNAPSHOT_NAME = /^(\d[\d-]*(?:_\d{3})?)_(\d{9,11})\.csv$/;
const PARTITION_FILE = /^(\d{1,4}(?:-\d{2}){0,2})(?:_\d{3,})?\.csv$/;

/** A partition whose file is there. */
export interface NamedFile {
  readonly partition: string;
  readonly path: string;
}

/** What a manifest names for a table: the files that are there, and what is wrong with the other locations. */
export interface NamedFiles {
  readonly files: readonly NamedFile[];
  readonly problems: readonly FoundAt[];
}

/** `folder` is empty or ends in `/`: the place of the manifest, below which the table has its own folder. */
export async function namedFiles(
  lake: LakeReader,
  { folder, entity }: { readonly folder: string; readonly entity: ManifestEntity },
): Promise<NamedFiles> {
  const files: NamedFile[] = [];
  const problems: FoundAt[] = [];
  const manifest = `${folder}${ROOT_MANIFEST}`;
  for (const { name, location } of entity.partitions) {
    const path = pathOf(lake, location);
    const own = `${folder}${entity.name}/`;
    if (path === null || !path.startsWith(own)) {
      const problem = `${entity.name}: the location of partition ${name} is not in the table’s folder of this lake`;
      problems.push({ rule: 'model/location', path: manifest, problem });
    } else if (await exists(lake, path)) files.push({ partition: name, path });
    else problems.push({ rule: 'model/location', path, problem: 'model.json names it and it is missing' });
  }
  return { files, problems };
}

/** A path in the lake; the first part of an address on a storage account is the container, which is the lake itself. */
function pathOf(lake: LakeReader, location: string): string | null {
  const path = lake.pathOf(location);
  if (path !== null || !/^https?:\/\//.test(location)) return path;
  try {
    const parts = new URL(location).pathname.split('/').slice(2).map(decodeURIComponent);
    const isPath = parts.length > 0 && parts.every(part => !['', '.', '..'].includes(part));
    return isPath ? parts.join('/') : null;
  } catch {
    return null;
  }
}

async function exists(lake: LakeReader, path: string): Promise<boolean> {
  const cut = path.lastIndexOf('/');
  return (await lake.list(path.slice(0, cut))).includes(path.slice(cut + 1));
}

/** Whether readers may use a table; what lies in the folder of one whose initial sync is under way is in the making. */
export function isReadable(entity: ManifestEntity): boolean {
  const annotations = listOf(objectOf(entity).annotations).map(objectOf);
  return annotations.some(({ name, value }) => name === 'Athena:InitialSyncState' && value === 'Completed');
}

/** The files in a table's folder of a lake of replicas, beside those that model.json names. */
export async function tableFolderProblems(
  lake: LakeReader,
  { entity, named }: { readonly entity: ManifestEntity; readonly named: readonly NamedFile[] },
): Promise<FoundAt[]> {
  const { name } = entity;
  if (!isReadable(entity)) return [];
  const here = (await lake.list(name)).filter(file => file !== SNAPSHOT);
  const paths = new Set(named.map(({ path }) => path));
  const snapshots = named.filter(({ path }) => path.startsWith(`${name}/${SNAPSHOT}/`));
  const problems: FoundAt[] = here
    .filter(file => !/^\d.*\.csv$/.test(file))
    .map(file => ({
      rule: 'files/readable-names',
      path: `${name}/${file}`,
      problem: 'does not look like a partition',
    }));
  for (const file of here.filter(one => /^\d.*\.csv$/.test(one))) {
    const path = `${name}/${file}`;
    if (snapshots.length === 0 && !paths.has(path)) {
      problems.push({ rule: 'files/named', path, problem: 'is not named by model.json' });
    } else if (snapshots.length > 0 && !PARTITION_FILE.test(file)) {
      problems.push({ rule: 'files/named', path, problem: 'is not named like a near real-time partition' });
    }
  }
  if (snapshots.length > 0 && snapshots.length < named.length) {
    const problem = `${name}: ${snapshots.length} of its ${named.length} partitions are snapshots`;
    problems.push({ rule: 'files/one-moment', path: ROOT_MANIFEST, problem });
  }
  return problems;
}

export async function snapshotProblems(
  lake: LakeReader,
  {
    entity,
    named,
    generationsMax,
  }: { readonly entity: ManifestEntity; readonly named: readonly NamedFile[]; readonly generationsMax: number },
): Promise<FoundAt[]> {
  const folder = `${entity.name}/${SNAPSHOT}`;
  const problems: FoundAt[] = [];
  const generations = new Map<string, number>();
  for (const file of await lake.list(folder)) {
    const partition = SNAPSHOT_NAME.exec(file)?.[1];
    const path = `${folder}/${file}`;
    if (partition === undefined)
      problems.push({ rule: 'snapshot/name', path, problem: 'is not <partition>_<seconds>.csv' });
    else generations.set(partition, (generations.get(partition) ?? 0) + 1);
    const names = named.find(one => one.path === path);
    if (names !== undefined && partition !== undefined && names.partition !== partition) {
      problems.push({ rule: 'snapshot/name', path, problem: `model.json names it for partition ${names.partition}` });
    }
  }
  for (const [partition, count] of generations) {
    if (count <= generationsMax) continue;
    const problem = `${count} generations of partition ${partition}`;
    problems.push({ rule: 'snapshot/generations', path: folder, problem });
  }
  return problems;
}
