import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  LAKELINK_POLL_SECONDS: '0.2',
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

describe('an application user without the right to read a whole table', () => {
  test.each(['none', 'user'] as const)('(it reads %s) makes no link, and the table is named', async level => {
    sandbox.applications.put({ ...standardApplication, readLevels: { contact: level } });
    try {
      const ended = await runCommand(create(), environment);
      expectRefusal(ended, { exit: 1, code: 'source/forbidden', says: ['table: contact'] });
      expect((await clientOf(home).links()).links).toEqual([]);
      expect(contentsOf(lake)).toEqual({});
    } finally {
      sandbox.applications.put(standardApplication);
    }
  });
});

describe('a lake folder', () => {
  test('that holds files of others is refused, and they stay as they are', async () => {
    const path = join(root, 'holiday');
    mkdirSync(join(path, 'pictures'), { recursive: true });
    writeFileSync(join(path, 'pictures', 'beach.jpg'), 'x');
    const before = contentsOf(path);
    const ended = await runCommand(create({ lake: path }), environment);
    expectRefusal(ended, { exit: 1, code: 'lake/not-empty', says: [path, 'pictures'] });
    expect(contentsOf(path)).toEqual(before);
    rmSync(join(path, 'pictures'), { recursive: true });
    await madeAndEnded({ lake: path });
  });

  test("that is another link's, or lies in one, or lost its link but not its data, is refused", async () => {
    const path = join(root, 'other');
    mkdirSync(path);
    const otherHome = { ...environment, LAKELINK_HOME: join(root, 'other-home') };
    const other = await startServiceProcess(otherHome);
    try {
      expect(await runCommand(create({ lake: path }, 'theirs'), otherHome)).toMatchObject({ code: 0 });
      await allActive(otherHome.LAKELINK_HOME);
    } finally {
      await other.kill();
    }
    const before = contentsOf(path);
    for (const inside of [path, join(path, 'account')]) {
      const ended = await runCommand(create({ lake: inside }), environment);
      expectRefusal(ended, { exit: 1, code: 'lake/foreign', says: [path, 'link: theirs'] });
    }
    expect(contentsOf(path)).toEqual(before);
    rmSync(join(path, '.lakelink', 'link.json'));
    const { '.lakelink/link.json': _, ...without } = before;
    expect((await runCommand(create({ lake: path }), environment)).err).toMatch(/code: lake\/(foreign|not-empty)/);
    expect(contentsOf(path)).toEqual(without);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'without the right to write is refused',
    async () => {
      const path = join(root, 'locked');
      mkdirSync(path, { mode: 0o500 });
      const ended = await runCommand(create({ lake: path }), environment);
      expectRefusal(ended, { exit: 1, code: 'store/read-only', says: [path] });
      chmodSync(path, 0o700);
      await madeAndEnded({ lake: path });
    },
  );

  test('on a read-only or full disk is refused, and taken when that is over', async context => {
    const disk = openSmallDisk(join(root, 'disk'), { megabytes: 160 });
    if (disk === null) return context.skip();
    try {
      const refused = async (code: FaultCode) => {
        const ended = await runCommand(create({ lake: disk.path }), environment);
        expectRefusal(ended, { exit: 1, code, says: [disk.path] });
        expect((await clientOf(home).links()).links).toEqual([]);
        expect(readdirSync(disk.path).filter(name => name !== 'ballast')).toEqual([]);
      };
      disk.makeReadOnly();
      await refused('store/read-only');
      disk.makeWritable();
      writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(120 * 1024 * 1024));
      await refused('lake/not-empty');
      renameSync(join(disk.path, 'ballast'), join(disk.path, 'lost+found'));
      await refusedFull(disk);
      rmSync(join(disk.path, 'lost+found'));
      await madeAndEnded({ lake: disk.path });
    } finally {
      disk.close();
    }
  });
});

async function refusedFull(disk: SmallDisk): Promise<void> {
  const ended = await runCommand(create({ lake: disk.path }), environment);
  expectRefusal(ended, { exit: 1, code: 'store/full', says: [disk.path, 'neededBytes'] });
  expect(readdirSync(disk.path)).toEqual(['lost+found']);
}

/** A good try: a link of this name is made, and ended again with its data. */
async function madeAndEnded(changes: Readonly<Record<string, string>>): Promise<void> {
  expect(await runCommand(create(changes), environment)).toMatchObject({ code: 0, err: '' });
  const client = clientOf(home);
  await client.deleteLink('sales', { deleteData: true });
  expect((await client.links()).links).toEqual([]);
  expect(contentsOf(changes.lake ?? lake)).toEqual({});
}

async function allActive(of: string): Promise<void> {
  const client = clientOf(of);
  await expect
    .poll(async () => (await client.status()).tables.map(({ label }) => label), { timeout: 60_000, interval: 100 })
    .toSatisfy((labels: string[]) => labels.length > 0 && labels.every(label => label === 'Active'));
}

describe('the limit of links of an environment', () => {
  test('lets exactly one of two pass that are made at once, and the next one not (R 12)', async () => {
    const lakes = ['first', 'second', 'third'].map(name => join(root, `limit-${name}`));
    for (const path of lakes) mkdirSync(path);
    const [one = '', two = '', three = ''] = lakes;
    const ended = await Promise.all([
      runCommand(create({ lake: one }, 'first'), environment),
      runCommand(create({ lake: two }, 'second'), environment),
    ]);
    expect(ended.map(({ code }) => code).sort()).toEqual([0, 1]);
    const loser = ended[0].code === 1 ? 0 : 1;
    expectRefusal(ended[loser], { exit: 1, code: 'link/limit', says: ['allowed: 1'] });
    expect(contentsOf(loser === 0 ? one : two)).toEqual({});
    const { links } = await clientOf(home).links();
    expect(links.map(({ name }) => name)).toEqual([loser === 0 ? 'second' : 'first']);
    expectRefusal(await runCommand(create({ lake: three }, 'third'), environment), {
      exit: 1,
      code: 'link/limit',
      says: ['allowed: 1'],
    });
    expect(contentsOf(three)).toEqual({});
    await clientOf(home).deleteLink(links[0]?.name ?? '', { deleteData: true });
    await madeAndEnded({ lake: three });
  });
});

describe('after all of these', () => {
  test('the same command with nothing wrong makes the link, and its rows arrive', async () => {
    expect(await runCommand(create(), environment)).toMatchObject({ code: 0, err: '' });
    await allActive(home);
    const answer = await runCommand(['sql', 'SELECT count(*) AS n FROM account', '--json'], environment);
    expect(answer).toMatchObject({ code: 0 });
    expect(Number(JSON.parse(answer.out)[0].n)).toBeGreaterThan(0);
    expect(service.child.exitCode).toBeNull();
  });
});
