import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { standardApplication } from '../src/sandbox/applications.ts';
import { prepareRows } from '../src/sandbox/prepare.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { installWideTable, WIDE_TABLE, wideRow, wideTable } from './wide-table.ts';

/**
 * How fast the embedded environment serves a table of 100 columns over HTTP, with rows written for each answer and with
 * rows prepared beforehand. It runs in a process of its own, held to one core where the system can do that; this one
 * only counts the bytes and throws them away. Rows: `node … 1000000`.
 */
const LOOKUP_NAMES = 'Microsoft.Dynamics.CRM.lookuplogicalname';
const headers = {
  accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true',
  prefer: `odata.track-changes,odata.maxpagesize=5000,odata.include-annotations="${LOOKUP_NAMES}"`,
};
const CHANGES = 5_000;

interface Told {
  readonly url: string;
  readonly token: string;
}

/** What the environment's process answers to a question; seconds of processor since it began. */
interface Figures {
  readonly rows: number;
  readonly ms: number;
  readonly fileBytes: number;
  /** Processor time of the work itself. */
  readonly workSeconds: number;
  readonly processorSeconds: number;
}

type Question = 'processor' | 'change' | 'prepare' | 'stop';

const [mode, folder = ''] = process.argv.slice(2);
if (mode === 'environment') await serve(folder, Number(process.argv[4]));
else await measureAll(Number(mode ?? 50_000));

async function measureAll(rowCount: number): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'lakelink-sandbox-speed-'));
  const environment = start(home, rowCount);
  try {
    const [filled] = (await once(environment, 'message')) as [Figures];
    print(`${rowCount} rows of ${wideTable().columns.length} columns made`, filled);
    const [told] = (await once(environment, 'message')) as [Told];
    print(`${CHANGES} rows changed`, await ask(environment, 'change'));
    for (const turn of [1, 2])
      await measureRead(`read, written for the answer, ${turn}`, { environment, told, rowCount });
    print('rows prepared', await ask(environment, 'prepare'));
    for (const turn of [1, 2, 3]) await measureRead(`read, prepared, ${turn}`, { environment, told, rowCount });
    print(`${CHANGES} prepared rows changed`, await ask(environment, 'change'));
    await measureRead('read, some to prepare again', { environment, told, rowCount });
    environment.send('stop' satisfies Question);
    await once(environment, 'exit');
  } finally {
    environment.kill();
    await rm(home, { recursive: true, force: true });
  }
}

function start(home: string, rowCount: number): ChildProcess {
  const own = ['--import', 'tsx', fileURLToPath(import.meta.url), 'environment', home, String(rowCount)];
  const pinned = spawnSync('taskset', ['-c', '0', process.execPath, '--version']).status === 0;
  const [command = '', ...rest] = pinned
    ? ['taskset', '-c', '0', process.execPath, ...own]
    : [process.execPath, ...own];
  return spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function measureRead(
  name: string,
  {
    environment,
    told,
    rowCount,
  }: { readonly environment: ChildProcess; readonly told: Told; readonly rowCount: number },
): Promise<void> {
  const before = await ask(environment, 'processor');
  const start = performance.now();
  const bytes = await readAndForget(told);
  const ms = performance.now() - start;
  const used = (await ask(environment, 'processor')).processorSeconds - before.processorSeconds;
  const figures = [
    `${((rowCount * 1_000) / ms).toFixed(0).padStart(7)} rows/s`,
    `${(bytes / 1_000 / ms).toFixed(0).padStart(5)} MB/s`,
    `${(rowCount / used).toFixed(0).padStart(7)} rows per second of processor`,
  ];
  console.log(`${name.padEnd(44)} ${figures.join('  ')}`);
}

function print(name: string, { rows, ms, fileBytes, workSeconds }: Figures): void {
  const figures = [
    `${((rows * 1_000) / ms).toFixed(0).padStart(7)} rows/s`,
    `${(ms / 1_000).toFixed(1).padStart(6)} s`,
    `${workSeconds.toFixed(1).padStart(5)} s of processor`,
  ];
  console.log(`${name.padEnd(44)} ${figures.join('  ')}  ${(fileBytes / 1e6).toFixed(0).padStart(6)} MB on disk`);
}

async function ask(environment: ChildProcess, question: Question): Promise<Figures> {
  environment.send(question);
  const [figures] = (await once(environment, 'message')) as [Figures];
  return figures;
}

/** Follows the pages of a tracked read to its end; answers the bytes of all bodies. */
async function readAndForget({ url, token }: Told): Promise<number> {
  const agent = new http.Agent({ keepAlive: true });
  let link: string | null = `${url}/api/data/v9.2/${wideTable().entitySetName}`;
  let bytes = 0;
  while (link !== null) {
    const request: http.ClientRequest = http.get(link, {
      agent,
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let tail: Buffer = Buffer.alloc(0);
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      tail = chunk.length > 4_096 ? chunk.subarray(-4_096) : Buffer.concat([tail, chunk]).subarray(-4_096);
    });
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${tail.toString()}`);
    const next: string | undefined = /"@odata.nextLink":("[^"]*")/.exec(tail.toString())?.[1];
    link = next === undefined ? null : String(JSON.parse(next));
  }
  agent.destroy();
  return bytes;
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function serve(home: string, rowCount: number): Promise<void> {
  const path = join(home, 'environment.db');
  const database = openSandboxDatabase({ path });
  const tell = async (work: () => number | Promise<number>) => {
    const [start, before] = [performance.now(), processorSeconds()];
    const rows = await work();
    const [ms, workSeconds] = [performance.now() - start, processorSeconds() - before];
    const sizes = await Promise.all(['', '-wal'].map(end => stat(path + end).catch(() => ({ size: 0 }))));
    const fileBytes = sizes.reduce((sum, { size }) => sum + size, 0);
    process.send?.({ rows, ms, fileBytes, workSeconds, processorSeconds: processorSeconds() } satisfies Figures);
  };
  await tell(() => {
    installWideTable(database, { rows: rowCount });
    return rowCount;
  });
  const sandbox = await openSandbox({ database, accessTokenLifeMs: 86_400_000 });
  let change = 0;
  const answers: Record<Question, () => void> = {
    processor: () => void tell(() => 0),
    change: () => {
      change += 1;
      const step = Math.max(1, Math.floor(rowCount / CHANGES));
      const rows = Array.from({ length: Math.min(CHANGES, rowCount) }, (_, n) => wideRow(n * step, { change }));
      void tell(() => {
        database.put(WIDE_TABLE, rows);
        return rows.length;
      });
    },
    prepare: () =>
      void tell(() => prepareRows(database, { table: { logicalName: WIDE_TABLE }, annotations: [LOOKUP_NAMES] })),
    stop: () => void sandbox.close().then(() => process.exit(0)),
  };
  process.on('disconnect', () => process.exit(1));
  process.on('message', (question: Question) => answers[question]());
  const signIn = `${sandbox.authorityUrl}/${sandbox.tenantId}/oauth2/v2.0/token`;
  const response = await fetch(signIn, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: standardApplication.clientId,
      client_secret: standardApplication.clientSecret,
      scope: `${sandbox.url}/.default`,
    }),
  });
  const { access_token: token } = (await response.json()) as { readonly access_token: string };
  process.send?.({ url: sandbox.url, token } satisfies Told);
}
