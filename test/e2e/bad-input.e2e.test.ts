import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import type { FaultCode } from '../../src/core/fault.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import {
  clientOf,
  contentsOf,
  expectRefusal,
  openEasyAuthority,
  openSmallDisk,
  openWebServer,
  type SmallDisk,
} from '../kit/refusals.ts';
import { runCommand, type ServiceProcess, startServiceProcess } from '../kit/service-process.ts';

const cleanup = new Cleanup();
const root = cleanup.add(mkdtempSync(join(tmpdir(), 'lakelink-bad-')), path =>
  rmSync(path, { recursive: true, force: true }),
);
const home = join(root, 'home');
const environment = {
  LAKELINK_HOME: home,
  LAKELINK_LINKS_MAX: '1',
  LAKELINK_LOG_LEVEL: 'error',
  RIGHT_SECRET: standardApplication.clientSecret,
  WRONG_SECRET: 'not-the-secret-4711',
  EMPTY_SECRET: '',
  NO_COLOR: '1',
};
let sandbox: Sandbox;
let service: ServiceProcess;
const lake = join(root, 'lake');
const urls = { people: '', json: '', authority: '' };

beforeAll(async () => {
  const database = cleanup.add(openSandboxDatabase({ path: join(root, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: 200, seed: 1, clock: systemClock });
  const untracked = database.table('lake_untracked');
  if (untracked === undefined) throw new Error('no table without tracking');
  database.createTable({
    ...untracked,
    logicalName: 'stringmap',
    schemaName: 'StringMap',
    entitySetName: 'stringmaps',
    metadataId: '1a2b3c4d-0000-4000-8000-00000000ab01',
    changeTracking: true,
  });
  sandbox = cleanup.add(await openSandbox({ database, clock: systemClock }), opened => opened.close());
  const people = cleanup.add(
    await openWebServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Hello</h1>')),
    opened => opened.close(),
  );
  const json = cleanup.add(
    await openWebServer((_request, response) => response.setHeader('content-type', 'application/json').end('{}')),
    opened => opened.close(),
  );
  const authority = cleanup.add(await openEasyAuthority(), opened => opened.close());
  Object.assign(urls, { people: people.url, json: json.url, authority: authority.url });
  service = cleanup.add(await startServiceProcess(environment), started => started.kill());
  mkdirSync(lake);
});
afterAll(() => cleanup.close());

/** Arguments of a link that would be made, with some of them changed. */
function create(changes: Readonly<Record<string, string>> = {}, name = 'sales'): string[] {
  const options = {
    'environment-url': sandbox.url,
    'authority-url': sandbox.authorityUrl,
    'tenant-id': sandbox.tenantId,
    'client-id': standardApplication.clientId,
    'client-secret-env': 'RIGHT_SECRET',
    lake,
    tables: 'account,contact',
    ...changes,
  };
  return ['link', 'create', name, ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, value])];
}

interface Refused {
  readonly with: () => Readonly<Record<string, string>>;
  readonly code: FaultCode;
  readonly exit?: number;
  readonly says: () => readonly string[];
  readonly name?: string;
}

const refusals: Readonly<Record<string, Refused>> = {
  'an address where nothing listens': {
    with: () => ({ 'environment-url': 'http://127.0.0.1:9', 'authority-url': urls.authority }),
    code: 'source/unreachable',
    says: () => ['url: http://127.0.0.1:9/'],
  },
  'an authority where nothing listens': {
    with: () => ({ 'authority-url': 'http://127.0.0.1:9' }),
    code: 'source/unreachable',
    says: () => ['url: http://127.0.0.1:9/'],
  },
  'a web server for people': {
    with: () => ({ 'environment-url': urls.people, 'authority-url': urls.authority }),
    code: 'source/not-dataverse',
    says: () => [urls.people, 'text/html'],
  },
  'a web server that speaks JSON but is no Dataverse': {
    with: () => ({ 'environment-url': urls.json, 'authority-url': urls.authority }),
    code: 'source/not-dataverse',
    says: () => [urls.json, 'WhoAmI'],
  },
  'an environment that the tenant does not know': {
    with: () => ({ 'environment-url': 'http://127.0.0.1:9' }),
    code: 'source/not-dataverse',
    says: () => ['http://127.0.0.1:9'],
  },
  'an address without TLS': {
    with: () => ({ 'environment-url': 'http://contoso.crm.dynamics.com' }),
    code: 'input/invalid',
    exit: 2,
    says: () => ['--environment-url', 'https'],
  },
  'an address that is none': {
    with: () => ({ 'environment-url': 'ftp://contoso' }),
    code: 'input/invalid',
    exit: 2,
    says: () => ['--environment-url'],
  },
  'a wrong secret': {
    with: () => ({ 'client-secret-env': 'WRONG_SECRET' }),
    code: 'source/sign-in-refused',
    says: () => ['the client secret is wrong'],
  },
  'no secret': {
    with: () => ({ 'client-secret-env': 'EMPTY_SECRET' }),
    code: 'input/invalid',
    exit: 2,
    says: () => ['--client-secret-env'],
  },
  'an unknown application': {
    with: () => ({ 'client-id': '00000000-0000-4000-8000-000000000001' }),
    code: 'source/sign-in-refused',
    says: () => ['no such application'],
  },
  'an unknown tenant': {
    with: () => ({ 'tenant-id': '00000000-0000-4000-8000-000000000002' }),
    code: 'source/sign-in-tenant',
    says: () => ['00000000-0000-4000-8000-000000000002'],
  },
  'a tenant that is none': {
    with: () => ({ 'tenant-id': '../common' }),
    code: 'input/invalid',
    exit: 2,
    says: () => ['--tenant-id'],
  },
  'a table that is unknown': {
    with: () => ({ tables: 'account,crate' }),
    code: 'source/table-unknown',
    says: () => ['table: crate'],
  },
  'a table without change tracking': {
    with: () => ({ tables: 'account,lake_untracked' }),
    code: 'source/table-untracked',
    says: () => ['table: lake_untracked'],
  },
  'a table that cannot be exported': {
    with: () => ({ tables: 'account,stringmap' }),
    code: 'source/table-refused',
    says: () => ['table: stringmap'],
  },
  'a table name that is none': {
    with: () => ({ tables: 'account,../etc' }),
    code: 'input/table-name',
    exit: 2,
    says: () => ['../etc'],
  },
  'a table named twice': {
    with: () => ({ tables: 'account,account' }),
    code: 'input/invalid',
    exit: 2,
    says: () => ['account'],
  },
  'a link name that is none': {
    with: () => ({}),
    name: 'Sales!',
    code: 'input/link-name',
    exit: 2,
    says: () => ['Sales!'],
  },
  'a lake folder that is missing': {
    with: () => ({ lake: join(root, 'nowhere') }),
    code: 'store/missing',
    says: () => [join(root, 'nowhere')],
  },
  'a lake that is a file': {
    with: () => ({ lake: join(root, 'environment.db') }),
    code: 'store/missing',
    says: () => [join(root, 'environment.db')],
  },
};

describe('a link', () => {
  test.each(Object.entries(refusals))('with %s is refused, says why, and nothing is made', async (_what, refused) => {
    const before = contentsOf(lake);
    const ended = await runCommand(create(refused.with(), refused.name), environment);
    expectRefusal(ended, { exit: refused.exit ?? 1, code: refused.code, says: refused.says() });
    expect(ended.err).not.toContain(environment.WRONG_SECRET);
    expect((await clientOf(home).links()).links).toEqual([]);
    expect(contentsOf(lake)).toEqual(before);
  });
});
