import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CHANGELOG,
  isPartitionName,
  isPartitionPath,
  OPTIONSET_FOLDER,
  ROOT_MODEL,
  snapshotSecond,
  TRICKLE_FEED_FOLDER,
} from '../cdm/paths.ts';
import { FOLDER_NAME } from '../core/folder-name.ts';
import { parseTableName, type TableName } from '../core/names.ts';
import type { LakeContents, LakeFileKind } from '../engine/control.ts';

/** Of Lakelink itself: logs, data, the mark of the link. */
export const OWN_FOLDER = '.lakelink';
/** So many foreign files are named. */
const FOREIGN_NAMED_MAX = 100;

/** In the order in which they are deleted: readers are led to no file that is gone already, and the logs say until the end what is ours. */
const KINDS = ['descriptions', 'near-real-time', 'snapshots', 'incremental', 'foreign', 'commits'] as const;

interface FileOfLake {
  /** Relative to the lake, with `/`. */
  readonly path: string;
  readonly kind: LakeFileKind;
}

/** Counts and sizes of a lake's files by what they are. */
export async function lakeContents(root: string): Promise<LakeContents> {
  const files = await filesOf(root);
  const sized = await Promise.all(
    files.map(async file => ({ ...file, bytes: (await stat(join(root, file.path)).catch(() => null))?.size ?? 0 })),
  );
  const kinds = KINDS.map(kind => {
    const own = sized.filter(file => file.kind === kind);
    return { kind, files: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) };
  });
  const foreign = files.filter(({ kind }) => kind === 'foreign').map(({ path }) => path);
  return { kinds: kinds.filter(({ files: count }) => count > 0), foreign: foreign.sort().slice(0, FOREIGN_NAMED_MAX) };
}

/** Deletes what is ours beside the own folder, and with `foreign` what is not. An abort leaves the rest. */
export async function eraseFiles(
  root: string,
  { foreign, signal }: { readonly foreign: boolean; readonly signal?: AbortSignal },
): Promise<void> {
  const files = await filesOf(root);
  for (const kind of KINDS) {
    if (kind === 'commits' || (kind === 'foreign' && !foreign)) continue;
    for (const file of files.filter(one => one.kind === kind).sort(modelFirst)) {
      signal?.throwIfAborted();
      await rm(join(root, file.path), { force: true });
    }
  }
}

/** Tables that have a log in the lake, also those that left the link. */
export async function loggedTables(root: string): Promise<TableName[]> {
  const entries = await readdir(join(root, OWN_FOLDER), { withFileTypes: true }).catch(() => []);
  return entries.flatMap(entry => (entry.isDirectory() ? (tableOf(entry.name) ?? []) : []));
}

/** Folders that hold nothing any more; the given one stays. */
export async function removeEmptyFolders(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(path, entry.name);
    await removeEmptyFolders(folder);
    await rmdir(folder).catch(() => undefined);
  }
}

async function filesOf(root: string): Promise<FileOfLake[]> {
  const tables = new Set(await loggedTables(root));
  const files: FileOfLake[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else files.push({ path, kind: kindOf(path, tables) });
    }
  }
  return files;
}

/** By the names that Lakelink gives; whatever has another one is somebody else's. */
function kindOf(path: string, tables: ReadonlySet<TableName>): LakeFileKind {
  const [top = '', ...rest] = path.split('/');
  if (top === OWN_FOLDER) return 'commits';
  if (isDescription(path)) return 'descriptions';
  if (path === CHANGELOG) return 'incremental';
  if (FOLDER_NAME.test(top)) return isInFolder(rest.join('/')) ? 'incremental' : 'foreign';
  const table = tableOf(top);
  if (table === null || !tables.has(table)) return 'foreign';
  if (isPartitionPath(table, path)) return 'near-real-time';
  return snapshotSecond(table, path) === null ? 'foreign' : 'snapshots';
}

function isDescription(path: string): boolean {
  const [top, name, ...deeper] = path.split('/');
  if (path === ROOT_MODEL) return true;
  if (name === undefined || deeper.length > 0) return false;
  if (top === OPTIONSET_FOLDER) return /^[A-Za-z]+\.csv$/.test(name);
  return top === TRICKLE_FEED_FOLDER && /^[a-z][a-z0-9_]*-(model|EntityMetadata)\.json$/.test(name);
}

/** Any table's: an incremental folder may be older than the tables that the link has. */
function isInFolder(path: string): boolean {
  const [table, name, ...deeper] = path.split('/');
  if (isDescription(path)) return true;
  return deeper.length === 0 && tableOf(table ?? '') !== null && isPartitionName(name ?? '');
}

function tableOf(name: string): TableName | null {
  try {
    return parseTableName(name);
  } catch {
    return null;
  }
}

/** The manifest goes before what it names. */
function modelFirst(a: FileOfLake, b: FileOfLake): number {
  return Number(b.path.endsWith(ROOT_MODEL)) - Number(a.path.endsWith(ROOT_MODEL));
}
