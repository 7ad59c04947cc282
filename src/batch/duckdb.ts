import { setMaxListeners } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance, type Json } from '@duckdb/node-api';
import bindingTexts from '@duckdb/node-api/lib/vectors/dataAccessors.js';
import { Fault } from '../core/fault.ts';
import { literal } from './sql.ts';

export type { Json } from '@duckdb/node-api';

// The binding decodes texts with a decoder that takes a U+FEFF at the start for a byte order mark and drops it: in our
// data it is a character like others. A test in workspace/ fails when a newer binding no longer takes this decoder.
(bindingTexts as { textDecoder: InstanceType<typeof TextDecoder> }).textDecoder = new TextDecoder('utf-8', {
  ignoreBOM: true,
});

/** One row of a result: numbers up to 32 bits as numbers, wider ones, decimals, dates and UUIDs as text. */
export type Row = Readonly<Record<string, Json>>;

/**
 * One connection, in UTC. Every statement runs to its end or throws; results are read whole. (The driver's own streams
 * end early and in silence when an error comes in mid-result, so they are not offered.)
 */
export interface Session {
  /** Runs statements and answers the rows of the last one. */
  runAll(sql: string): Promise<Row[]>;
  /**
   * Runs one statement and hands its rows over in chunks of at most 2,048, as they stand in memory after the statement
   * came to its end: an error anywhere throws before the first chunk.
   */
  runRows(sql: string): Promise<ResultRows>;
}

/** A result at rest: names and SQL types of its columns, and its rows as DuckDB's own values. */
export interface ResultRows {
  readonly names: readonly string[];
  readonly types: readonly string[];
  rows(): AsyncIterable<readonly (readonly Json[])[]>;
}

export interface EngineOptions {
  /** Memory DuckDB may use, MB; its own default (80 % of the machine) when absent. */
  readonly memoryMb?: number;
  /** Threads; one per core when absent. */
  readonly threads?: number;
  /** Where DuckDB puts what does not fit in memory; made when missing, readable by its owner only. */
  readonly tempDirectory: string;
}

/** The one embedded DuckDB of the process. Holds no data: it reads and writes Parquet, JSON and CSV files. */
export interface Engine {
  /**
   * Work on a connection of its own; temporary tables go with it. An abort interrupts the running statement and throws
   * the signal's reason. Failures of DuckDB are `batch/engine`, a full disk is `store/full`.
   */
  session<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T>;
  close(): void;
}

/** Opens the engine. Nothing is downloaded: only what is built in (icu, json, parquet) is there. */
export async function openEngine({ memoryMb, threads, tempDirectory }: EngineOptions): Promise<Engine> {
  await mkdir(tempDirectory, { recursive: true, mode: 0o700 });
  await chmod(tempDirectory, 0o700);
  const instance = await DuckDBInstance.create(':memory:', {
    temp_directory: tempDirectory,
    // Rows held back only to keep an order that nobody asked for would take most of the memory.
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(memoryMb === undefined ? {} : { memory_limit: `${memoryMb}MB` }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
  });
  return new DuckEngine(instance);
}

class DuckEngine implements Engine {
  readonly #instance: DuckDBInstance;

  constructor(instance: DuckDBInstance) {
    this.#instance = instance;
  }

  async session<T>(work: (session: Session) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    // One signal stops the work of many tables at once; each listener goes with its statement.
    if (signal !== undefined) setMaxListeners(0, signal);
    const connection = await this.#instance.connect();
    try {
      await connection.run(`SET TimeZone = ${literal('UTC')}`);
      return await work(new DuckSession(connection, signal));
    } finally {
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}

/** Statements on a connection that somebody else opened and will close. */
export function sessionOn(connection: DuckDBConnection, signal: AbortSignal | undefined): Session {
  return new DuckSession(connection, signal);
}

/** Between an interrupt and the next, while the work goes on. */
const INTERRUPT_MS = 100;

/**
 * Work on a connection that an abort interrupts and that then throws the signal's reason. Failures of DuckDB are
 * `batch/engine`, a full disk is `store/full`; their own words are the cause.
 */
export async function interruptible<T>(
  { connection, signal }: { readonly connection: DuckDBConnection; readonly signal: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  let isDone = false;
  const interrupt = () => {
    if (isDone) return;
    connection.interrupt();
    // What still waits for a thread begins anew and knows nothing of an earlier interrupt.
    AbortSignal.timeout(INTERRUPT_MS).addEventListener('abort', interrupt, { once: true });
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    return await work();
  } catch (failure) {
    signal?.throwIfAborted();
    throw failure instanceof Fault ? failure : engineFault(failure);
  } finally {
    isDone = true;
    signal?.removeEventListener('abort', interrupt);
  }
}

class DuckSession implements Session {
  readonly #connection: DuckDBConnection;
  readonly #signal: AbortSignal | undefined;

  constructor(connection: DuckDBConnection, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#signal = signal;
  }

  runAll(sql: string): Promise<Row[]> {
    return this.#guard(async () => (await this.#connection.runAndReadAll(sql)).getRowObjectsJson());
  }

  runRows(sql: string): Promise<ResultRows> {
    return this.#guard(async () => {
      const result = await this.#connection.run(sql);
      return {
        names: result.columnNames(),
        types: result.columnTypes().map(String),
        rows: () => result.yieldRowsJson(),
      };
    });
  }

  #guard<T>(work: () => Promise<T>): Promise<T> {
    return interruptible({ connection: this.#connection, signal: this.#signal }, work);
  }
}

/**
 * DuckDB's failures carry a text and nothing else, so the one kind a person acts on differently, a full disk, is told
 * by it. The text may quote row values (a failed cast does), so it stays in `cause` and never enters the details.
 */
function engineFault(failure: unknown): Fault {
  const text = failure instanceof Error ? failure.message : String(failure);
  if (/no space left|not enough space|disk (is )?full|ENOSPC|max_temp_directory_size/i.test(text)) {
    return new Fault('store/full', { where: 'spool' }, { cause: failure });
  }
  return new Fault('batch/engine', { kind: kindOf(text) }, { cause: failure });
}

/** The first words of the text, for example `Out of Memory Error`: they never hold a value. */
function kindOf(text: string): string {
  return /^([A-Z][A-Za-z/ ]{0,40} Error):/.exec(text)?.[1] ?? 'unknown';
}
