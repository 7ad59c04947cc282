import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compareLakes } from './compare-lakes.ts';
import type { CompareReport, TableComparison } from './compare-report.ts';

/** Lakes of some handwritten lines: one as Microsoft's service leaves it, one as ours. */

const roots: string[] = [];
export const never = new AbortController().signal;
export const id = (digit: number | string) => `00000000-0000-4000-8000-${String(digit).padStart(12, '0')}`;

export type Attribute = readonly [name: string, dataType: string, maxLength?: number];

/** What a lake of one table is written from. */
export interface Written {
  readonly attributes: readonly Attribute[];
  /** Lines by path below the table's folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly table?: string;
  readonly granularity?: string;
  readonly sync?: string;
  readonly location?: (path: string, root: string) => string;
}

export const atMicrosoft = (path: string) => `https://contoso.dfs.core.windows.net:443/dataverse-prod-org1/${path}`;
export const inFolder = (path: string, root: string) => pathToFileURL(join(root, ...path.split('/'))).href;

export function put(root: string, path: string, text: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

export function manifest(root: string, tables: readonly Written[], folder = ''): string {
  const entities = tables.map(
    ({ table = 'crate', attributes, files, granularity = 'Year', sync = 'Completed', location }) => ({
      $type: 'LocalEntity',
      name: table,
      annotations: [
        { name: 'Athena:PartitionGranularity', value: granularity },
        { name: 'Athena:InitialSyncState', value: sync },
      ],
      attributes: attributes.map(([name, dataType, maxLength = -1]) => ({ name, dataType, maxLength })),
      partitions: Object.keys(files).map(path => ({
        name: path.replace(/^.*\//, '').replace(/(_\d+)?\.csv$/, ''),
        location: (location ?? atMicrosoft)(`${folder}${table}/${path}`, root),
      })),
    }),
  );
  return JSON.stringify({ name: 'cdm', description: 'cdm', version: '1.0', entities });
}

export function replica(...tables: readonly Written[]): string {
  const root = emptyFolder();
  put(root, 'model.json', manifest(root, tables));
  for (const { table = 'crate', files } of tables) {
    for (const [path, text] of Object.entries(files)) put(root, `${table}/${path}`, text);
  }
  return root;
}

export async function compare(original: string, ours: string, tables?: readonly string[]): Promise<CompareReport> {
  return await compareLakes({ original: { root: original }, ours: { root: ours }, tables, signal: never });
}

export async function only(original: string, ours: string): Promise<TableComparison> {
  const { tables } = await compare(original, ours);
  if (tables[0] === undefined) throw new Error('no table');
  return tables[0];
}

export const HEAD: readonly Attribute[] = [
  ['Id', 'guid'],
  ['SinkCreatedOn', 'dateTime'],
  ['SinkModifiedOn', 'dateTime'],
];
export const CRATE: readonly Attribute[] = [
  ...HEAD,
  ['flag', 'boolean'],
  ['price', 'decimal'],
  ['name', 'string', 100],
  ['versionnumber', 'int64'],
  ['createdon', 'dateTimeOffset'],
];
export const sink = '"6/28/2021 4:34:35 PM","6/28/2021 4:34:35 PM"';
export const otherSink = '"7/1/2024 12:00:00 AM","7/1/2024 12:00:00 AM"';
export const ours = (files: Readonly<Record<string, string>>, more: Partial<Written> = {}) =>
  replica({ attributes: CRATE, location: inFolder, files, ...more });
export const theirs = (files: Readonly<Record<string, string>>, more: Partial<Written> = {}) =>
  replica({ attributes: CRATE, files, ...more });

export const row = (n: number, more: { version?: number; name?: string; price?: string; at?: string } = {}) => {
  const { version = n, name = `"crate ${n}"`, price = '1.5', at = sink } = more;
  return `${id(n)},${at},True,${price},${name},${version},"2024-01-02T03:04:05.0000000+00:00"\n`;
};

/** An empty folder that `removeLakes` takes away. */
export function emptyFolder(): string {
  const root = mkdtempSync(join(tmpdir(), 'lakelink-compare-'));
  roots.push(root);
  return root;
}

export function removeLakes(): void {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
}
