import type { TableName } from '../core/names.ts';

/** Where readers of Microsoft's layout look; all relative to the lake's root. */
export const ROOT_MODEL = 'model.json';
export const TRICKLE_FEED_FOLDER = 'Microsoft.Athena.TrickleFeedService';
export const OPTIONSET_FOLDER = 'OptionsetMetadata';

/** `account/2024.csv`: a direct child of the table's folder whose name starts with a digit, which is what readers list. */
export function partitionPath(table: TableName, partition: string): string {
  return `${table}/${partition}.csv`;
}

/** Whether a path is one that readers take for data of the table, by the names they list. */
export function isPartitionPath(table: TableName, path: string): boolean {
  return path.startsWith(`${table}/`) && /^[0-9][^/]*\.csv$/.test(path.slice(table.length + 1));
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
