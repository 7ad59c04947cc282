import { createReadStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { standardApplication } from '../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../src/sandbox/database.ts';
import { deltaTokenParameter } from '../src/sandbox/delta-token.ts';
import { rowWriter } from '../src/sandbox/rows-json.ts';
import { installCatalogue } from '../src/sandbox/seed.ts';
import { openSandbox } from '../src/sandbox/server.ts';
import { openSandboxDatabase } from '../src/sandbox/sqlite-database.ts';
import { installWideTable, type WideForm, wideId, wideRow, wideTable } from './wide-table.ts';

const LOOKUP_NAMES = 'Microsoft.Dynamics.CRM.lookuplogicalname';
const ROWS_PER_PAGE = 5_000;

/** What the environment's process is asked to be; it answers with a `SandboxAddress` once it listens. */
export interface PreparedRequest {
  readonly folder: string;
  readonly rows: number;
  readonly form: WideForm;
  /** How long each page takes before its first byte, ms: the pace of an environment that is far away and busy. */
  readonly pageDelayMs: number;
  /** Of the sandbox behind it, without the table; absent: a new one with the catalogue. */
  readonly database?: SandboxDatabase;
}

/**
 * An environment whose table has been written as pages to files beforehand, so that serving it costs next to nothing:
 * pages come from disk, everything else (sign-in, definitions, changes) from a sandbox behind it.
 */
export async function servePrepared({ folder, rows, form, pageDelayMs, database = newDatabase() }: PreparedRequest) {
  installWideTable(database, { rows: 0, form });
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sandbox = await openSandbox({ database, publicUrl: url, accessTokenLifeMs: 86_400_000 });
  const pages = new PreparedPages({ folder, rows, form, database, url });
  pages.write();
  server.on('request', (request, response) => {
    const page = pages.find(request);
    if (page === null) return pass(request, response, sandbox.localUrl);
    void sleep(pageDelayMs).then(() => send(response, page));
  });
  const { authorityUrl, tenantId } = sandbox;
  const { clientId, clientSecret } = standardApplication;
  return {
    url,
    authorityUrl,
    tenantId,
    clientId,
    clientSecret,
  };
}

function newDatabase(): SandboxDatabase {
  const database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 1 });
  return database;
}

/** Files hold the rows alone; what stands around them names this run's address and is written with the answer. */
interface Page {
  readonly path: string;
  readonly head: string;
  readonly foot: string;
}

class PreparedPages {
  readonly #parts: Omit<PreparedRequest, 'pageDelayMs' | 'database'> & {
    readonly database: SandboxDatabase;
    readonly url: string;
  };
  readonly #set: string;
  readonly #delta: string;

  constructor(
    parts: Omit<PreparedRequest, 'pageDelayMs' | 'database'> & {
      readonly database: SandboxDatabase;
      readonly url: string;
    },
  ) {
    this.#parts = parts;
    this.#set = `/api/data/v9.2/${wideTable(parts.form).entitySetName}`;
    const version = parts.database.version();
    this.#delta = `$deltatoken=${deltaTokenParameter({ version, atMs: Date.now() })}`;
  }

  write(): void {
    const { folder, rows, form, database } = this.#parts;
    const table = wideTable(form);
    const narrow = [table.primaryId, 'versionnumber'];
    for (const [kind, select] of [['full', null] as const, ['narrow', narrow] as const]) {
      const wants = (name: string) => kind === 'full' && name === LOOKUP_NAMES;
      const write = rowWriter(database, { table, select, ieee754: true, wants, hidesSecured: false });
      mkdirSync(join(folder, kind), { recursive: true });
      for (let from = 0; from < rows; from += ROWS_PER_PAGE) {
        const path = this.#path(kind, from / ROWS_PER_PAGE);
        if (existsSync(path)) continue;
        const texts = Array.from({ length: Math.min(ROWS_PER_PAGE, rows - from) }, (_, index) => {
          const version = BigInt(from + index + 1);
          const row = { ...wideRow(from + index, { form }), versionnumber: version.toString() };
          return write({ id: wideId(from + index), version, row });
        });
        writeFileSync(path, `[${texts.join(',')}]`);
      }
    }
  }

  find(request: IncomingMessage): Page | null {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    if (request.method !== 'GET' || path !== this.#set || query.includes('deltatoken')) return null;
    const isNarrow = query.includes('select=');
    const number = Number(/skiptoken=(\d+)/.exec(query)?.[1] ?? 0);
    const last = (number + 1) * ROWS_PER_PAGE >= this.#parts.rows;
    const own = `${this.#parts.url}${this.#set}?`;
    const next = `${own}${isNarrow ? `${query.split('&')[0]}&` : ''}$skiptoken=${number + 1}`;
    const foot = last
      ? isNarrow
        ? '}'
        : `,"@odata.deltaLink":${JSON.stringify(own + this.#delta)}}`
      : `,"@odata.nextLink":${JSON.stringify(next)}}`;
    return {
      path: this.#path(isNarrow ? 'narrow' : 'full', number),
      head: `{"@odata.context":"${this.#parts.url}/api/data/v9.2/$metadata#${wideTable(this.#parts.form).entitySetName}","value":`,
      foot,
    };
  }

  #path(kind: 'full' | 'narrow', number: number): string {
    return join(this.#parts.folder, kind, `${String(number).padStart(6, '0')}.json`);
  }
}

function send(response: ServerResponse, { path, head, foot }: Page): void {
  response.writeHead(200, {
    'Content-Type': 'application/json; odata.metadata=minimal;IEEE754Compatible=true',
    'Content-Length': head.length + statSync(path).size + foot.length,
  });
  response.write(head);
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  file.on('end', () => response.end(foot)).on('error', () => response.destroy());
  file.pipe(response, { end: false });
}

function pass(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const { method, headers } = request;
  const onward = httpRequest(`${origin}${request.url}`, { method, headers }, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
