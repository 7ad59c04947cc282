import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Cleanup } from '../core/cleanup.ts';

/** An engine of bounded memory that spills to a scratch folder. Everything goes when the proof ends. */
export async function openScratch(cleanup: Cleanup): Promise<DuckDBConnection> {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-verify-'));
  cleanup.add(folder, path => rm(path, { recursive: true, force: true }));
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '1GB',
    temp_directory: join(folder, 'spill'),
  });
  cleanup.add(instance, opened => opened.closeSync());
  const connection = cleanup.add(await instance.connect(), opened => opened.closeSync());
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}
