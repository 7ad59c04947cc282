import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../src/app/clock.ts';
import { administrationOf } from '../src/app/database-control.ts';
import { openHome } from '../src/app/home.ts';
import { silentLog } from '../src/app/log.ts';
import { readSettings } from '../src/app/settings.ts';
import { forkSqlChild } from '../src/app/sql-child.ts';
import { parseUserName } from '../src/core/user-name.ts';
import { openLedger } from '../src/ledger/ledger.ts';
import { ledgerLink } from '../test/kit/ledger-world.ts';

const DATABASE = 'dataverse-bench';
const USER = 'bench';
const PASSWORD = 'correct horse battery staple';

/** The endpoint's real process over a lake, without a service. */
export interface Endpoint {
  readonly port: number;
  readonly pid: number;
  /** For programs that take an address. */
  readonly url: string;
  connect(): Promise<pg.Client>;
  /** Bytes that the process had from files and the system's cache since it began; Linux only, else null. */
  bytesRead(): Promise<number | null>;
  /** Processor time of all its threads, ms; Linux only, else null. */
  cpuMs(): Promise<number | null>;
  stop(): Promise<void>;
}

export async function openEndpoint({
  folder,
  lakePath,
  threads,
  memoryMb,
}: {
  readonly folder: string;
  readonly lakePath: string;
  readonly threads: number;
  readonly memoryMb: number;
}): Promise<Endpoint> {
  const path = join(folder, 'home');
  await mkdir(path, { recursive: true });
  const home = openHome(path);
  await register({ ledgerPath: home.ledgerPath, keyPath: home.keyPath, lakePath });
  const settings = readSettings({
    LAKELINK_HOME: path,
    LAKELINK_SQL_PORT: '0',
    LAKELINK_SQL_THREADS: String(threads),
    LAKELINK_SQL_MEMORY_MB: String(memoryMb),
  });
  const child = forkSqlChild(home, settings.sqlConnections);
  const port = await new Promise<number>((resolve, reject) => {
    child.onNews(news => {
      if (news.kind === 'ready') resolve(news.address.port);
      if (news.kind === 'failed') reject(new Error(`the endpoint did not start: ${news.code}`));
      if (news.kind === 'ask-tables') child.send({ kind: 'tables', id: news.id, tables: [] });
    });
    void child.ended.then(end => reject(new Error(`the endpoint ended: ${JSON.stringify(end)}`)));
    child.send({ kind: 'start', settings, version: 'bench', port: 0, orFreePort: true });
  });
  const pid = child.pid ?? 0;
  return {
    port,
    pid,
    url: `postgresql://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${DATABASE}`,
    connect: async () => {
      const client = new pg.Client({ host: '127.0.0.1', port, user: USER, password: PASSWORD, database: DATABASE });
      await client.connect();
      return client;
    },
    bytesRead: () => bytesReadBy(pid),
    cpuMs: () => cpuMsOf(pid),
    stop: () => child.stop(),
  };
}

/** `rchar`: what read calls answered, also from the cache. */
export async function bytesReadBy(pid: number): Promise<number | null> {
  try {
    const text = await readFile(`/proc/${pid}/io`, 'utf8');
    return Number(/^rchar: (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  } catch {
    return null;
  }
}

async function cpuMsOf(pid: number): Promise<number | null> {
  try {
    const threads = await readdir(`/proc/${pid}/task`);
    const texts = await Promise.all(threads.map(thread => readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')));
    // The first number is nanoseconds on a processor.
    return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1_000_000, 0);
  } catch {
    return null;
  }
}

async function register({
  ledgerPath: path,
  keyPath,
  lakePath,
}: {
  readonly ledgerPath: string;
  readonly keyPath: string;
  readonly lakePath: string;
}): Promise<void> {
  const ledger = await openLedger({ path, keyPath, secretKey: null, actor: 'bench', clock: systemClock });
  try {
    await ledger.addLink(ledgerLink('bench', { lakePath, lakeName: DATABASE }), { secret: 'none', linksMax: 1 });
    const { users } = administrationOf({ ledger, log: silentLog });
    await users.create({ name: parseUserName(USER), password: PASSWORD, role: 'Reader', databases: [DATABASE] });
  } finally {
    await ledger.close();
  }
}
