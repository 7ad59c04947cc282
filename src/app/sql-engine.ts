import { join } from 'node:path';
import { catalogueOpener } from '../workspace/catalogue/open.ts';
import { openQueryEngine, type QueryEngine } from '../workspace/query/query-engine.ts';
import type { Settings } from './settings.ts';

/**
 * The engine that queries run in, with the limits of the settings and PostgreSQL's catalogue. `folder`: where queries
 * spill to; made when missing.
 */
export function openSqlEngine({
  settings,
  folder,
  onStuck,
}: {
  readonly settings: Settings;
  readonly folder: string;
  readonly onStuck?: (user: string) => void;
}): Promise<QueryEngine> {
  return openQueryEngine({
    memoryMb: settings.sqlMemoryMb,
    threads: settings.sqlThreads,
    tempMb: settings.sqlTempMb,
    tempDirectory: join(folder, 'spill'),
    rowsMax: settings.sqlRows,
    timeoutMs: settings.sqlTimeoutSeconds * 1_000,
    openCatalogue: catalogueOpener(),
    ...(onStuck === undefined ? {} : { onStuck }),
  });
}
