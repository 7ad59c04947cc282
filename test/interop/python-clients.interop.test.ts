import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import type { SandboxDatabase } from '../../src/sandbox/database.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { type RealNames, serveRealNames } from '../kit/real-names.ts';
import { pythonPrograms, runPython } from './python.ts';

const url = 'https://contoso.crm4.dynamics.com';
const authority = 'https://login.microsoftonline.com';
const { clientId, clientSecret } = standardApplication;

let folder: string;
let database: SandboxDatabase;
let sandbox: Sandbox;
/** The same rows under the real service's name. */
let famous: Sandbox;
let names: RealNames;
let famousNames: RealNames;

beforeAll(async () => {
  await pythonPrograms();
  folder = await mkdtemp(join(tmpdir(), 'lakelink-clients-'));
  database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 7 });
  await seedRows(database, { rows: 2_000, seed: 7, clock: systemClock });
  sandbox = await openSandbox({ database });
  famous = await openSandbox({ database, publicUrl: url, publicAuthorityUrl: authority });
  const login = new URL(authority).host;
  const signIn = (of: Sandbox) => ({ [login]: () => ({ origin: of.localUrl, pathPrefix: '/__authority' }) });
  names = await serveRealNames(signIn(sandbox), { folder: await mkdtemp(join(folder, 'names-')) });
  famousNames = await serveRealNames(
    { ...signIn(famous), [new URL(url).host]: () => ({ origin: famous.localUrl }) },
    { folder: await mkdtemp(join(folder, 'names-')) },
  );
}, 300_000);

afterAll(async () => {
  await names.close();
  await famousNames.close();
  await sandbox.close();
  await famous.close();
  database.close();
  await rm(folder, { recursive: true, force: true });
});

describe('airbyte-source-microsoft-dataverse, unmodified; it signs in at the real service’s own name', () => {
  interface Message {
    readonly type: string;
    readonly catalog?: { readonly streams: readonly Stream[] };
    readonly connectionStatus?: { readonly status: string };
    readonly record?: { readonly stream: string; readonly data: Record<string, unknown> };
    readonly state?: unknown;
  }
  interface Stream {
    readonly name: string;
    readonly json_schema: { readonly properties: Record<string, unknown> };
    readonly supported_sync_modes: readonly string[];
  }
  let config: string;
  let streams: readonly Stream[];

  beforeAll(async () => {
    // Its reads trust only the authorities that come with it, so the rows are asked for without TLS.
    config = await file('config.json', {
      url: sandbox.url,
      tenant_id: sandbox.tenantId,
      client_id: clientId,
      client_secret_value: clientSecret,
      odata_maxpagesize: 50,
    });
  });

  test('finds the connection good', async () => {
    const [status] = (await airbyte(['check', '--config', config])).filter(one => one.type === 'CONNECTION_STATUS');
    expect(status?.connectionStatus?.status).toBe('SUCCEEDED');
  });

  test('discovers every table with its columns, tracked ones as incremental', async () => {
    const [catalog] = (await airbyte(['discover', '--config', config])).filter(one => one.type === 'CATALOG');
    streams = catalog?.catalog?.streams ?? [];
    expect(streams.map(one => one.name).sort()).toEqual(
      database
        .tables()
        .map(one => one.logicalName)
        .sort(),
    );
    const account = streams.find(one => one.name === 'account');
    expect(account?.supported_sync_modes).toContain('incremental');
    expect(account?.json_schema.properties).toMatchObject({
      name: { type: ['null', 'string'] },
      numberofemployees: { type: ['null', 'integer'] },
      createdon: { format: 'date-time' },
    });
  });

  test('reads a table in full, every row once', async () => {
    const records = recordsOf(await read('contact', 'full_refresh'));
    expect(records.map(one => one.contactid).sort()).toEqual(idsOf('contact'));
  });

  test('reads a table incrementally: all rows, then what was created, changed and deleted, then nothing', async () => {
    const first = await read('account', 'incremental');
    expect(
      recordsOf(first)
        .map(one => one.accountid)
        .sort(),
    ).toEqual(idsOf('account'));
    const [changed = '', deleted = ''] = idsOf('account');
    const created = '00000000-0000-4000-8000-00000000ab01';
    database.patch('account', changed, { name: 'changed' });
    database.put('account', [
      { accountid: created, name: 'created', createdon: '2024-01-02T03:04:05Z', modifiedon: '2024-01-02T03:04:05Z' },
    ]);
    database.remove('account', deleted);
    const second = await read('account', 'incremental', first);
    expect(recordsOf(second).map(one => [one.accountid, one._ab_cdc_deleted_at !== undefined])).toEqual([
      [changed, false],
      [created, false],
      [deleted, true],
    ]);
    expect(recordsOf(await read('account', 'incremental', second))).toEqual([]);
  });

  async function airbyte(args: readonly string[]): Promise<readonly Message[]> {
    const printed = await runPython('source-microsoft-dataverse', args, names.env);
    return printed
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as Message);
  }

  async function read(table: string, mode: string, before: readonly Message[] = []): Promise<readonly Message[]> {
    const stream = streams.find(one => one.name === table);
    const catalog = await file('catalog.json', {
      streams: [
        {
          stream,
          sync_mode: mode,
          destination_sync_mode: 'append',
          cursor_field: ['modifiedon'],
          primary_key: [[`${table}id`]],
        },
      ],
    });
    const states = before.filter(one => one.type === 'STATE').slice(-1);
    const state =
      states.length === 0
        ? []
        : [
            '--state',
            await file(
              'state.json',
              states.map(one => one.state),
            ),
          ];
    return airbyte(['read', '--config', config, '--catalog', catalog, ...state]);
  }

  function recordsOf(messages: readonly Message[]): readonly Record<string, unknown>[] {
    return messages.flatMap(one => (one.record === undefined ? [] : [one.record.data]));
  }
});

test('Microsoft’s PowerPlatform-Dataverse-Client creates, pages, batches and deletes', async () => {
  const script = fileURLToPath(new URL('microsoft_client.py', import.meta.url));
  const printed = await runPython('python', [script, url, famous.tenantId, clientId, clientSecret], famousNames.env);
  expect(JSON.parse(printed)).toMatchObject({
    created: { name: 'Interop 0', numberofemployees: 0 },
    changed: 'Interop changed',
    many: 7,
    pages: [['Interop 7', 'Interop 6', 'Interop 5'], ['Interop 4', 'Interop 3', 'Interop 2'], ['Interop 1']],
    batched: 'Interop batched',
    failing: true,
    kept: 'Interop batched',
    set: 'accounts',
    left: 0,
  });
});

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

function idsOf(table: string): readonly string[] {
  return database.page(table, { after: null, limit: 100_000 }).map(row => row.id);
}
