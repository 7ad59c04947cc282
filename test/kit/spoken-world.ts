import { Fault } from '../../src/core/fault.ts';
import type { SessionFacts } from '../../src/workspace/catalogue-door.ts';
import { conversations } from '../../src/workspace/conversation/open-conversation.ts';
import { refusal } from '../../src/workspace/conversation/refusal.ts';
import type { AsOf, DatabaseView, LakeDatabase, Relation } from '../../src/workspace/database-view.ts';
import type { DatabaseEntry, Directory, Role, SavedView } from '../../src/workspace/directory.ts';
import type {
  EncodedRow,
  PreparedQuery,
  QueryRows,
  QuerySession,
  ResultField,
  ValueFormat,
} from '../../src/workspace/sql-session.ts';
import type { Backend, Conversation, ServerMessage } from '../../src/workspace/wire/conversation.ts';
import { FakeClock } from './clock.ts';

/** Everything that a server said, one line each, in order. */
export class RecordingBackend implements Backend {
  readonly lines: string[] = [];
  readonly copied: Buffer[] = [];
  /** Rows as they came, a piece each. */
  readonly pieces: number[] = [];
  /** What `dataRows` waits for: a client that takes nothing is one that never resolves. */
  taken: Promise<void> = Promise.resolve();

  parseComplete = () => this.#say('ParseComplete');
  bindComplete = () => this.#say('BindComplete');
  closeComplete = () => this.#say('CloseComplete');
  noData = () => this.#say('NoData');
  emptyQuery = () => this.#say('EmptyQueryResponse');
  portalSuspended = () => this.#say('PortalSuspended');
  copyDone = () => this.#say('CopyDone');
  parameterDescription = (oids: readonly number[]) => this.#say(`ParameterDescription ${oids.join(',')}`.trim());

  rowDescription(fields: readonly ResultField[], formats: readonly ValueFormat[]): void {
    this.#say(`RowDescription ${fields.map(({ name }, index) => `${name}:${formats[index]}`).join(' ')}`);
  }

  async dataRows(rows: readonly EncodedRow[]): Promise<void> {
    this.pieces.push(rows.length);
    for (const row of rows) {
      this.#say(`DataRow ${row.map(value => (value === null ? 'NULL' : Buffer.from(value).toString())).join('|')}`);
    }
    await this.taken;
  }

  commandComplete = (tag: string) => this.#say(`CommandComplete ${tag}`);
  copyOut = (format: ValueFormat, columns: number) => this.#say(`CopyOut ${format} ${columns}`);

  async copyData(chunk: Uint8Array): Promise<void> {
    this.copied.push(Buffer.from(chunk));
    this.#say('CopyData');
  }

  error = (message: ServerMessage) => this.#say(`${message.severity} ${messageText(message)}`);
  notice = (message: ServerMessage) => this.#say(`${message.severity} ${messageText(message)}`);
  parameterStatus = (name: string, value: string) => this.#say(`ParameterStatus ${name}=${value}`);

  async readyForQuery(status: string): Promise<void> {
    this.#say(`ReadyForQuery ${status}`);
  }

  async flush(): Promise<void> {
    this.#say('Flush');
  }

  /** What was said since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }

  #say(line: string): void {
    this.lines.push(line);
  }
}

function messageText({ sqlState, message, detail, position }: ServerMessage): string {
  const at = position === null ? '' : ` @${position}`;
  return `${sqlState} ${message}${detail === null ? '' : ` (${detail})`}${at}`;
}

/**
 * A query engine of few words. `SELECT <n>`: that number; `SELECT seen`: the number of the view; `series(n)`: rows 1 to
 * n; `partial`: of a table that is not all there yet; `$1`: parameters come back; `hang`: runs until it is interrupted; `1/0`: fails when it runs; `SELCT`: is not SQL;
 * `stray`: is not SQL at that word.
 */
export class FakeQuerySession implements QuerySession {
  asOf: AsOf | null = null;
  readonly settings = new Map<string, string>();
  openRows = 0;
  isClosed = false;
  readonly prepared: string[] = [];
  readonly runs: { readonly text: string; readonly formats: readonly ValueFormat[] }[] = [];
  /** Resolves when a query that hangs began. */
  readonly hanging: Promise<void>;
  #hangs: () => void = () => {};

  constructor() {
    this.hanging = new Promise(resolve => {
      this.#hangs = resolve;
    });
  }

  async prepare(text: string, options: Parameters<QuerySession['prepare']>[1]): Promise<PreparedQuery> {
    options.signal.throwIfAborted();
    this.prepared.push(text);
    const stray = /SELCT|stray/.exec(text);
    if (stray !== null) {
      throw refusal({
        state: '42601',
        message: `syntax error at or near "${stray[0]}"`,
        position: stray.index + 1,
      });
    }
    for (const [, name = ''] of text.matchAll(/FROM ([a-z]\w*)/g)) {
      if (name !== 'series') await options.view.find({ schema: null, name }, { asOf: null, signal: options.signal });
    }
    const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits)));
    const parameterTypes = Array.from({ length: count }, (_, index) => options.parameterTypes[index] || 25);
    const fields = fieldsOf(text, count);
    return { parameterTypes, fields, run: runOptions => this.#run(text, runOptions) };
  }

  async set(name: string, value: string): Promise<void> {
    if (value === 'Etc/Unknown') throw new Fault('input/sql', { reason: 'no such zone' });
    this.settings.set(name, value);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  async #run(text: string, { view, parameters, signal }: Parameters<PreparedQuery['run']>[0]): Promise<QueryRows> {
    signal.throwIfAborted();
    if (text.includes('hang')) {
      this.#hangs();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }
    if (text.includes('1/0')) throw refusal({ state: '22012', message: 'division by zero' });
    if (text.includes('boom')) throw new Error('a secret path /etc/passwd');
    let rows = rowsOf(text, view, parameters);
    let isOpen = true;
    this.openRows += 1;
    return {
      rowCount: rows.length,
      tables: [{ table: 'account', sequence: 1, initialSyncCompleted: !text.includes('partial') }],
      next: async (max, formats) => {
        this.runs.push({ text, formats });
        const piece = rows.slice(0, max);
        rows = rows.slice(max);
        return piece;
      },
      close: async () => {
        if (isOpen) this.openRows -= 1;
        isOpen = false;
      },
    };
  }
}

function fieldsOf(text: string, parameterCount: number): ResultField[] {
  const names = /AS columns\(([^)]*)\)/.exec(text)?.[1]?.split(',') ?? [];
  const count = Math.max(1, parameterCount, names.length);
  return Array.from({ length: count }, (_, index) => ({
    name: names[index] ?? (parameterCount > 1 ? `p${index + 1}` : '?column?'),
    typeOid: 25,
    typeSize: -1,
    typeModifier: -1,
  }));
}

function rowsOf(text: string, view: DatabaseView, parameters: readonly { bytes: Uint8Array | null }[]): EncodedRow[] {
  if (text.includes('seen')) return [[Buffer.from(view.name)]];
  const series = /series\((\d+)\)/.exec(text)?.[1];
  if (series !== undefined) return Array.from({ length: Number(series) }, (_, index) => [Buffer.from(`${index + 1}`)]);
  if (parameters.length > 0) return [parameters.map(({ bytes }) => bytes)];
  const values = /VALUES (.*)/.exec(text)?.[1];
  if (values !== undefined) return (JSON.parse(values) as (string | null)[][]).map(encoded);
  return [[Buffer.from(/SELECT \(?'?([^')]*)/i.exec(text)?.[1] ?? '')]];
}

function encoded(row: readonly (string | null)[]): EncodedRow {
  return row.map(value => (value === null ? null : Buffer.from(value)));
}

/** A directory of one lake, with views in memory. */
export class FakeDirectory implements Directory {
  readonly entries: DatabaseEntry[] = [
    { name: 'dataverse-env-org', lakePath: '/lake', link: 'main' },
    { name: 'dataverse-old-org', lakePath: '/old', link: null },
  ];
  readonly saved: SavedView[] = [];
  readonly dropped: { readonly database: string; readonly keepFiles: boolean }[] = [];

  user = async () => null;
  databases = async () => this.entries;
  views = async () => this.saved;

  async createView(view: Parameters<Directory['createView']>[0]): Promise<void> {
    const index = this.saved.findIndex(({ name }) => name === view.name);
    if (index !== -1 && !view.replace) {
      throw new Fault('sql/exists', { reason: `relation "${view.name}" already exists` });
    }
    if (index !== -1) this.saved.splice(index, 1);
    this.saved.push({ name: view.name, sql: view.sql, owner: view.user, createdAt: '2026-01-01T00:00:00Z' });
  }

  async dropView({ name }: Parameters<Directory['dropView']>[0]): Promise<boolean> {
    const index = this.saved.findIndex(view => view.name === name);
    if (index !== -1) this.saved.splice(index, 1);
    return index !== -1;
  }

  async dropDatabase({ database, keepFiles }: Parameters<Directory['dropDatabase']>[0]): Promise<void> {
    const entry = this.entries.find(({ name }) => name === database);
    if (entry?.link != null) throw new Fault('sql/in-use', { database, link: entry.link });
    this.dropped.push({ database, keepFiles });
  }
}

/** A database whose views are counted; `relations` are found by name, without case. */
export class FakeDatabase implements LakeDatabase {
  readonly name: string;
  views = 0;
  isClosed = false;
  readonly languages: (number | null)[] = [];
  readonly found: string[] = [];
  relation: (schema: string | null, name: string) => Relation | null = () => null;

  constructor(name: string) {
    this.name = name;
  }

  view({ language }: { readonly language: number | null }): DatabaseView {
    this.views += 1;
    this.languages.push(language);
    return {
      name: `view ${this.views}`,
      find: async ({ schema, name }) => {
        this.found.push(`${schema}.${name}`);
        return this.relation(schema, name);
      },
      relations: async () => [],
      catalogueVersion: async () => '1',
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

export interface SpokenWorld {
  readonly conversation: Conversation;
  readonly settings: ReadonlyMap<string, string>;
  readonly backend: RecordingBackend;
  readonly engine: FakeQuerySession;
  readonly directory: FakeDirectory;
  readonly database: FakeDatabase;
  readonly clock: FakeClock;
  readonly facts: SessionFacts;
  readonly bugs: Fault[];
  /** What the errors that were said were made of. */
  readonly faults: Fault[];
  /** Sends one query text; answers what was said. */
  say(sql: string): Promise<string[]>;
}

/** A client that signed in, before its first statement. */
export async function speak({
  role = 'Reader',
  database: name = 'dataverse-env-org',
  parameters = {},
  databases = 'all',
}: {
  readonly role?: Role;
  readonly database?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly databases?: 'all' | readonly string[];
} = {}): Promise<SpokenWorld> {
  const backend = new RecordingBackend();
  const engine = new FakeQuerySession();
  const directory = new FakeDirectory();
  const database = new FakeDatabase(name);
  const clock = new FakeClock();
  const bugs: Fault[] = [];
  const faults: Fault[] = [];
  let facts: SessionFacts | null = null;
  const open = conversations({
    directory,
    openDatabase: async () => database,
    openQuerySession: async given => {
      facts = given;
      return engine;
    },
    userNames: async () => ['ann'],
    clock,
    statementTimeoutMs: 600_000,
    version: '0.1.0',
    report: fault => bugs.push(fault),
    onFault: fault => faults.push(fault),
  });
  const { conversation, settings } = await open({
    user: { name: 'ann', role, databases },
    database: name,
    parameters: new Map(Object.entries(parameters)),
    backend,
    processId: 7,
    clientAddress: '127.0.0.1',
    serverPort: 5433,
    isEncrypted: true,
  });
  if (facts === null) throw new Error('no query session was opened');
  const say = async (sql: string) => {
    await conversation.handle({ is: 'query', sql });
    return backend.take();
  };
  return { conversation, settings, backend, engine, directory, database, clock, facts, bugs, faults, say };
}
