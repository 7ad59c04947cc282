import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What lies in the lake of a link that ended, and what others put there. */
const FILES: Readonly<Record<string, string>> = {
  'model.json': '{}',
  'account/2020.csv': 'a',
  'account/2021.csv': 'b',
  'account/Snapshot/2020_1735689600.csv': 'a',
  'OptionsetMetadata/OptionsetMetadata.csv': 'x',
  'Microsoft.Athena.TrickleFeedService/account-EntityMetadata.json': '{}',
  '.lakelink/account/log/00000000000000000001.json': '{}',
  '.lakelink/account/batch/1.parquet': 'p',
  '.lakelink/_link/log/00000000000000000001.json': '{}',
  '.lakelink/_locks/service.sqlite': '',
  'notes/mine.txt': 'of somebody else',
};

/** Files of others, which stay whatever is dropped. */
export const FOREIGN_FILES: readonly string[] = ['notes/mine.txt'];

/** Makes a lake folder with a link's mark and files. */
export function layKeptLake(path: string, link: { readonly id: string; readonly name: string }): void {
  const mark = {
    format: 1,
    revision: 3,
    linkId: link.id,
    name: link.name,
    environmentUrl: 'https://contoso.crm.dynamics.com',
    organizationId: 'org-1',
    tables: ['account'],
    partitionStrategy: 'year',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  for (const [name, text] of Object.entries({ ...FILES, '.lakelink/link.json': JSON.stringify(mark) })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
}

/** Paths of the files that are there, with `/`. */
export function filesIn(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .flatMap(entry => {
      if (!entry.isDirectory()) return [entry.name];
      return filesIn(join(path, entry.name)).map(name => `${entry.name}/${name}`);
    })
    .sort();
}
