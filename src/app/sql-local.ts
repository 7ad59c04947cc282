import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../api/client.ts';
import { Cleanup } from '../core/cleanup.ts';
import { Fault, toFault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import { conversations } from '../workspace/conversation/open-conversation.ts';
import type { DatabaseEntry, SqlUser } from '../workspace/directory.ts';
import type { QueryEngine } from '../workspace/query/query-engine.ts';
import type { Conversation, OpenConversation } from '../workspace/wire/conversation.ts';
import { systemClock } from './clock.ts';
import { findService, homeLayout, readToken } from './home.ts';
import type { Settings } from './settings.ts';
import { SinkBackend } from './sql-backend.ts';
import type { FileFormat, RelationInfo, ResultSink, SqlClient } from './sql-client.ts';
import { OpenDatabases } from './sql-databases.ts';
import { openSqlEngine } from './sql-engine.ts';
import { openDatabaseOf, operatorFacts } from './sql-lake.ts';
import { type LakeWanted, type LocalDirectory, openLocalDirectory } from './sql-local-directory.ts';

/**
 * Opens a lake database for the commands of this machine: the same conversation as at the endpoint, in this process, as
 * its operator. Nothing of the lake is changed.
 */
export async function openLocalSql(
  options: LakeWanted & { readonly settings: Settings; readonly version: string },
): Promise<SqlClient> {
  const { settings } = options;
  const cleanup = new Cleanup();
  try {
    const user: SqlUser = { name: userName(), role: 'System Administrator', databases: 'all' };
    const directory = cleanup.add(await openLocalDirectory(settings, { wanted: options, actor: user.name }), opened =>
      opened.close(),
    );
    const folder = cleanup.add(await mkdtemp(join(tmpdir(), 'lakelink-sql-')), path =>
      rm(path, { recursive: true, force: true }),
    );
    const engine = cleanup.add(await openSqlEngine({ settings, folder }), opened => opened.close());
    const queryMs = settings.sqlTimeoutSeconds * 1_000;
    const live = () => serviceTables(settings);
    const databases = cleanup.add(
      new OpenDatabases({
        open: entry => openDatabaseOf(entry, { live, views: () => directory.views(entry.name), queryMs, engine }),
        clock: systemClock,
      }),
      opened => opened.close(),
    );
    const client = new LocalSql({ ...options, user, directory, engine, databases, cleanup });
    await client.connect(directory.wanted.name);
    return client;
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

interface LocalParts {
  readonly settings: Settings;
  readonly version: string;
  readonly user: SqlUser;
  readonly directory: LocalDirectory;
  readonly engine: QueryEngine;
  readonly databases: OpenDatabases;
  readonly cleanup: Cleanup;
}

class LocalSql implements SqlClient {
  readonly #parts: LocalParts;
  readonly #backend = new SinkBackend();
  readonly #openConversation: OpenConversation;
  #conversation: Conversation | null = null;
  #entry: DatabaseEntry;
  /** What the statement that runs failed with. */
  #fault: Fault | null = null;

  constructor(parts: LocalParts) {
    this.#parts = parts;
    this.#entry = parts.directory.wanted;
    const { directory, engine, databases, settings, version, user } = parts;
    this.#openConversation = conversations({
      directory,
      openDatabase: entry => databases.hold(entry),
      openQuerySession: facts => engine.openSession(facts),
      userNames: async () => [user.name],
      clock: systemClock,
      statementTimeoutMs: settings.sqlTimeoutSeconds * 1_000,
      version,
      onFault: fault => {
        this.#fault = fault;
      },
      // Bugs are told to who asked, as all else.
      report: () => {},
    });
  }

  get database(): string {
    return this.#entry.name;
  }

  databases(): Promise<readonly DatabaseEntry[]> {
    return this.#parts.directory.databases();
  }

  async relations(signal: AbortSignal): Promise<readonly RelationInfo[]> {
    const database = await this.#parts.databases.hold(this.#entry);
    try {
      return await database.view({ language: null }).relations(signal);
    } finally {
      await database.close();
    }
  }

  async connect(database: string): Promise<void> {
    const entry = (await this.databases()).find(({ name }) => name === database);
    if (entry === undefined) throw new Fault('sql/database-unknown', { database });
    const { conversation } = await this.#openConversation({
      user: this.#parts.user,
      database,
      parameters: new Map([['application_name', 'lakelink sql']]),
      backend: this.#backend,
      processId: process.pid,
      clientAddress: '',
      serverPort: 0,
      isEncrypted: false,
    });
    await this.#conversation?.close();
    this.#conversation = conversation;
    this.#entry = entry;
  }

  async run(
    text: string,
    { sink, signal }: { readonly sink: ResultSink; readonly signal: AbortSignal },
  ): Promise<void> {
    signal.throwIfAborted();
    const conversation = this.#conversation;
    if (conversation === null) throw new Fault('service/stopped', { database: this.database });
    const cancel = () => conversation.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    this.#fault = null;
    this.#backend.begin(sink);
    try {
      await conversation.handle({ is: 'query', sql: text });
      const error = await this.#backend.end();
      signal.throwIfAborted();
      if (error === null) return;
      const { message, sqlState: sqlstate } = error;
      throw this.#fault ?? new Fault('input/sql', { reason: message, sqlstate });
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  async copy(
    query: string,
    { path, format, signal }: { readonly path: string; readonly format: FileFormat; readonly signal: AbortSignal },
  ): Promise<{ readonly rows: number }> {
    const { databases, engine, user } = this.#parts;
    const database = await databases.hold(this.#entry);
    const session = await engine.openSession(operatorFacts(this.#entry, user.name));
    try {
      const view = database.view({ language: null });
      return await session.copy(query, { view, path, format, signal });
    } finally {
      await session.close();
      await database.close();
    }
  }

  async close(): Promise<void> {
    const conversation = this.#conversation;
    this.#conversation = null;
    await conversation?.close();
    await this.#parts.cleanup.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What a service that runs on this home knows of its tables; null: none runs, or it does not answer. */
async function serviceTables({ home: path }: Pick<Settings, 'home'>): Promise<readonly TableStatus[] | null> {
  const home = homeLayout(path);
  const address = findService(home);
  const token = readToken(home);
  if (address === null || token === null) return null;
  try {
    return (await new ApiClient({ port: address.port, token, fetch }).status()).tables;
  } catch (failure) {
    if (toFault(failure).code === 'internal/bug') throw failure;
    return null;
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'operator';
  }
}
