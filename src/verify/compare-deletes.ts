import type { DuckDBConnection } from '@duckdb/node-api';
import type { DataFile, LogEntry } from '../core/commit.ts';
import { quoteText } from './cells.ts';
import { count } from './compare-rows.ts';
import type { LakeReader } from './lake-reader.ts';

const FILES_AT_ONCE = 500;

/**
 * Of the rows that only the original has, those whose deletion our log still tells of: they were deleted here, and the
 * original does not know yet. A file of an in-place table does not show what is gone, so without this each row deleted
 * since the original's last snapshot would look like a lost one. Batches stay for a day after they were folded.
 */
export async function explainDeletes({
  connection,
  lake,
  table,
  byVersion,
  signal,
}: {
  readonly connection: DuckDBConnection;
  readonly lake: LakeReader;
  readonly table: string;
  /** False where the original has no versions to hold against the delete's. */
  readonly byVersion: boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  if ((await count(connection, "FROM findings WHERE class = 'only-original'")) === 0) return;
  const files = await filesWithDeletes(lake, table, signal);
  for (let at = 0; at < files.length; at += FILES_AT_ONCE) {
    signal.throwIfAborted();
    const paths = files.slice(at, at + FILES_AT_ONCE).map(quoteText);
    const later = byVersion ? 'AND r.__version >= t.v' : '';
    await connection.run(`UPDATE findings SET class = 'deleted-here' WHERE class = 'only-original' AND id IN (
      SELECT t.id FROM read_parquet([${paths.join(', ')}], union_by_name = true) r JOIN theirs t ON t.id = r."Id"
      WHERE r.__deleted ${later})`);
  }
}

/** Local paths of the batches that hold deletes and are still there; a log entry that cannot be read tells of none. */
async function filesWithDeletes(lake: LakeReader, table: string, signal: AbortSignal): Promise<string[]> {
  const folder = `.lakelink/${table}/log`;
  const found: string[] = [];
  const names = new Map<string, ReadonlySet<string>>();
  for (const name of await lake.list(folder)) {
    signal.throwIfAborted();
    const batch = await batchOf(lake, `${folder}/${name}`);
    if (batch === null || batch.deletes === 0) continue;
    const at = batch.path.lastIndexOf('/');
    const parent = batch.path.slice(0, Math.max(0, at));
    const there = names.get(parent) ?? new Set(await lake.list(parent));
    names.set(parent, there);
    if (there.has(batch.path.slice(at + 1))) found.push(await lake.localFile(batch.path));
  }
  return found;
}

async function batchOf(lake: LakeReader, path: string): Promise<(DataFile & { readonly deletes: number }) | null> {
  const bytes = await lake.read(path);
  if (bytes === null) return null;
  try {
    const entry = JSON.parse(new TextDecoder().decode(bytes)) as LogEntry;
    return entry.kind === 'rows' ? entry.batch : null;
  } catch {
    return null;
  }
}
