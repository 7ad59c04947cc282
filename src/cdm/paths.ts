import type { TableName } from '../core/names.ts';

/** Where readers of Microsoft's layout look; all relative to the lake's root. */
export const ROOT_MODEL = 'model.json';
export const TRICKLE_FEED_FOLDER = 'Microsoft.Athena.TrickleFeedService';
export const OPTIONSET_FOLDER = 'OptionsetMetadata';

/** `account/2024.csv`: a direct child of the table's folder whose name starts with a digit, which is what readers list. */
export function partitionPath(table: TableName, partition: string): string {
  return `${table}/${partition}.csv`;
}

/** Names that we give, as a pattern: `2024`, `2024-03`, `2024-03-31`, `1`, and what they go on in. */
const OWN_NAME = '(?:[0-9]{4}(?:-[0-9]{2}){0,2}|1)(?:_[0-9]{3,})?';
const OWN_FILE = new RegExp(`^${OWN_NAME}\\.csv$`);
const SNAPSHOT_FILE = new RegExp(`^${OWN_NAME}_([0-9]{9,11})\\.csv$`);

/**
 * Whether a path is named as a partition file of ours is. A copy that somebody put beside it (`2024 old.csv`) is theirs,
 * though readers that list the folder take it for data.
 */
export function isPartitionPath(table: TableName, path: string): boolean {
  return path.startsWith(`${table}/`) && isPartitionName(path.slice(table.length + 1));
}

export function isPartitionName(name: string): boolean {
  return OWN_FILE.test(name);
}

/** Snapshots lie a folder deeper, where readers that list a table's files do not look. */
export function snapshotFolder(table: TableName): string {
  return `${table}/Snapshot`;
}

/** `account/Snapshot/2019_1624472721.csv`: the name of genuine files, with the second it was taken at. */
export function snapshotPath(table: TableName, file: { readonly partition: string; readonly second: number }): string {
  return `${snapshotFolder(table)}/${file.partition}_${file.second}.csv`;
}

/** The second that a snapshot file is named by; null for a name that is none of ours. */
export function snapshotSecond(table: TableName, path: string): number | null {
  const folder = `${snapshotFolder(table)}/`;
  const name = path.startsWith(folder) ? path.slice(folder.length) : '';
  const second = SNAPSHOT_FILE.exec(name)?.[1];
  return second === undefined ? null : Number(second);
}

export function tableModelPath(table: TableName): string {
  return `${TRICKLE_FEED_FOLDER}/${table}-model.json`;
}

export function entityMetadataPath(table: TableName): string {
  return `${TRICKLE_FEED_FOLDER}/${table}-EntityMetadata.json`;
}

export function optionsetPath(name: string): string {
  return `${OPTIONSET_FOLDER}/${name}.csv`;
}

/** Of incremental folders: holds the name of the one in progress. */
export const CHANGELOG = 'Changelog/changelog.info';
