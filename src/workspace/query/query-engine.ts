import { chmod, mkdir } from 'node:fs/promises';
import { DuckDBInstance } from '@duckdb/node-api';
import { literal } from '../../batch/sql.ts';
import type { OpenCatalogue, SessionFacts } from '../catalogue-door.ts';
import { EngineSession, type QueryLimits } from './query-session.ts';
import { QueryTexts } from './query-texts.ts';

export interface QueryEngineOptions extends QueryLimits {
  /** Of all sessions together. What does not fit goes to `tempDirectory`. */
  readonly memoryMb: number;
  readonly threads: number;
  readonly tempMb: number;
  /** Made when missing, readable by its owner only. */
  readonly tempDirectory: string;
  /** Null: `pg_catalog` and `information_schema` are not there. */
  readonly openCatalogue: OpenCatalogue | null;
  /** Told whose statement goes on so long after its interrupt that it may never end; only the end of the process ends it. */
  readonly onStuck?: (user: string) => void;
  /** How long that is. */
  readonly stuckMs?: number;
}

/** The engine that clients' SQL runs in, apart from the one that writes the lake. */
export interface QueryEngine {
  openSession(facts: SessionFacts): Promise<EngineSession>;
  /** Interrupts what runs. */
  close(): Promise<void>;
}

/** Nested deeper, planning takes seconds: its time grows with the third power of the depth. */
const EXPRESSION_DEPTH_MAX = 250;

/** One row may take its time; the processors of the others are not his for longer. */
const STUCK_MS = 30_000;

export async function openQueryEngine(options: QueryEngineOptions): Promise<QueryEngine> {
  await mkdir(options.tempDirectory, { recursive: true, mode: 0o700 });
  await chmod(options.tempDirectory, 0o700);
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: options.tempDirectory,
    max_temp_directory_size: `${options.tempMb}MB`,
    memory_limit: `${options.memoryMb}MB`,
    threads: String(options.threads),
    // A result is read from a table: its order is that of the query.
    preserve_insertion_order: 'true',
    // As in PostgreSQL: NULL is larger than any value.
    default_null_order: 'nulls_last_on_asc_first_on_desc',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
  });
  await rememberFiles(instance);
  await limitDisk(instance, options.tempMb);
  const texts = new QueryTexts();
  const sessions = new Set<EngineSession>();
  let tables = 0;
  const openSession = async (facts: SessionFacts): Promise<EngineSession> => {
    const connection = await instance.connect();
    await connection.run(`SET max_expression_depth = ${EXPRESSION_DEPTH_MAX}`);
    // Whole numbers divided are whole in PostgreSQL; others are divided as before.
    await connection.run('SET integer_division = true');
    const zone = [...facts.settings].find(([name]) => name.toLowerCase() === 'timezone')?.[1] ?? 'UTC';
    await connection.run(`SET TimeZone = ${literal(zone)}`);
    const session: EngineSession = new EngineSession({
      connection,
      facts,
      openCatalogue: options.openCatalogue,
      limits: options,
      stuck: { afterMs: options.stuckMs ?? STUCK_MS, report: () => options.onStuck?.(facts.user.name) },
      texts,
      newTable: () => {
        tables += 1;
        return `result ${tables}`;
      },
      onClose: () => sessions.delete(session),
    });
    sessions.add(session);
    return session;
  };
  const close = async () => {
    await Promise.all([...sessions].map(session => session.close()));
    instance.closeSync();
  };
  return { openSession, close };
}

/**
 * A Parquet file of a lake never changes, and no other ever has its name (`TableLog.putData`). So what was read of one is not
 * held against the file again, and its end, which says what is in it, is read once: without that a table of 60 files takes
 * four times as long to count. Both lie within the engine's memory, which lets go of them when a query needs it.
 */
async function rememberFiles(instance: DuckDBInstance): Promise<void> {
  const connection = await instance.connect();
  try {
    await connection.run('SET GLOBAL parquet_metadata_cache = true');
    await connection.run(`SET GLOBAL validate_external_file_cache = 'NO_VALIDATION'`);
  } finally {
    connection.closeSync();
  }
}

/** Said again: what the instance is made with is shown as its setting and not kept to (DuckDB 1.5). */
async function limitDisk(instance: DuckDBInstance, tempMb: number): Promise<void> {
  const connection = await instance.connect();
  try {
    await connection.run(`SET GLOBAL max_temp_directory_size = '${tempMb}MB'`);
  } finally {
    connection.closeSync();
  }
}
