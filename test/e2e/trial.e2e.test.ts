import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { commandsOf, wordsOf } from '../kit/doc-commands.ts';
import { program, startServiceProcess } from '../kit/service-process.ts';

const cleanup = new Cleanup();
const folder = cleanup.add(mkdtempSync(join(tmpdir(), 'lakelink-trial-')), path =>
  rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
);
const originalPath = join(folder, 'dataverse-prod-org1');
const lakePath = join(folder, 'trial');
const environment = {
  LAKELINK_HOME: join(folder, 'home'),
  CONTOSO_SECRET: standardApplication.clientSecret,
  NO_COLOR: '1',
};
const tables = ['campaign', 'product', 'task'] as const;
let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  for (const path of [originalPath, lakePath]) mkdirSync(path);
  const database = cleanup.add(openSandboxDatabase({ path: join(folder, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: 1_500, seed: 1, hostile: 0.3, clock: systemClock });
  sandbox = cleanup.add(await openSandbox({ database, clock: systemClock }), opened => opened.close());
  const granted = await fetch(`${sandbox.authorityUrl}/${sandbox.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: standardApplication.clientId,
      client_secret: standardApplication.clientSecret,
      scope: `${sandbox.url}/.default`,
    }),
  });
  token = ((await granted.json()) as { readonly access_token: string }).access_token;
  await makeProfile();
});
afterAll(() => cleanup.close());

async function call(
  path: string,
  { method = 'GET', body }: { method?: string; body?: object } = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(path.startsWith('http') ? path : `${sandbox.url}/api/data/v9.2/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json;IEEE754Compatible=true',
      prefer: 'return=representation,odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBeLessThan(300);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** An administrator's profile of Synapse Link, as its service keeps it. */
async function makeProfile(): Promise<void> {
  const post = (set: string, body: object) => call(set, { method: 'POST', body });
  const profile = await post('synapselinkprofiles', {
    name: 'finance',
    profilestate: 1,
    profiletype: 0,
    snapshotstopersist: 5,
  });
  const bound = { 'profile@odata.bind': `/synapselinkprofiles(${profile.synapselinkprofileid})` };
  await post('synapselinkschedules', { name: 'hourly', type: 0, recurrenceunit: 2, recurrenceinterval: 1, ...bound });
  const entity = (entityname: string, more: object = {}) =>
    post('synapselinkprofileentities', {
      ...{ name: entityname, entityname, appendonlymode: false, partitionstrategy: 0, enabled: true, entitysource: 0 },
      ...more,
      ...bound,
    });
  await entity('product', { partitionstrategy: 1 });
  await entity('campaign', { partitionstrategy: 3 });
  await entity('task', { appendonlymode: true });
  await entity('custtable', { entitysource: 1 });
  await entity('calendar');
}

/**
 * A lake as the original leaves it, written from the environment's own answers: snapshots by year, addresses of a storage
 * account, columns in another order, the texts of lookups beside them, other forms of numbers and dates.
 */
async function writeOriginal(): Promise<void> {
  const ours = JSON.parse(readFileSync(join(lakePath, 'model.json'), 'utf8')) as {
    readonly entities: readonly {
      readonly name: string;
      readonly attributes: readonly { name: string; dataType: string }[];
    }[];
  };
  const entities: object[] = [];
  for (const table of tables) {
    const found = ours.entities.find(({ name }) => name === table);
    const attributes = (found?.attributes ?? []).filter(({ name }) => name !== 'IsDelete');
    const later = attributes.slice(3).reverse();
    const columns = [...attributes.slice(0, 3), ...later];
    const withTexts = columns.flatMap(column =>
      later.some(({ name }) => name === `${column.name}_entitytype`)
        ? [column, { name: `${column.name}name`, dataType: 'string', maxLength: 100 }]
        : [column],
    );
    const lines = new Map<string, string[]>();
    for (const row of await rowsOf(table)) {
      const year = String(row.createdon).slice(0, 4);
      lines.set(year, [...(lines.get(year) ?? []), withTexts.map(column => cellOf(row, table, column)).join(',')]);
    }
    const partitions = [...lines.keys()].sort().map(name => {
      const path = `${table}/Snapshot/${name}_1624472721.csv`;
      mkdirSync(dirname(join(originalPath, path)), { recursive: true });
      writeFileSync(join(originalPath, path), `${lines.get(name)?.join('\r\n')}\r\n`);
      return { name, location: `https://contoso.dfs.core.windows.net:443/dataverse-prod-org1/${path}` };
    });
    const annotations = [{ name: 'Athena:InitialSyncState', value: 'Completed' }];
    entities.push({ $type: 'LocalEntity', name: table, annotations, attributes: withTexts, partitions });
  }
  writeFileSync(join(originalPath, 'model.json'), JSON.stringify({ name: 'cdm', version: '1.0', entities }));
}

async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  let next: unknown = `${table}s`;
  while (typeof next === 'string') {
    const page = await call(next);
    rows.push(...(page.value as Record<string, unknown>[]));
    next = page['@odata.nextLink'];
  }
  return rows;
}

function cellOf(
  row: Record<string, unknown>,
  table: string,
  { name, dataType }: { name: string; dataType: string },
): string {
  if (name === 'Id') return String(row[`${table}id`] ?? row.activityid).toUpperCase();
  if (name.startsWith('Sink')) return '"6/28/2021 4:34:35 PM"';
  const target = '@Microsoft.Dynamics.CRM.lookuplogicalname';
  const lookup = name.replace(/(_entity)?type$/, '');
  const typeOf = lookup === name ? undefined : row[`_${lookup}_value${target}`];
  const value = typeOf ?? row[name] ?? row[`_${name}_value`];
  // The text of the row a lookup points to, which the Web API does not serve.
  if (row[`_${name.replace(/name$/, '')}_value`] !== undefined && name.endsWith('name')) return '"text"';
  if (value === null || value === undefined) return '';
  const text = String(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (dataType === 'decimal') return text.includes('.') ? `${text}00` : text;
  if (dataType.startsWith('dateTime')) return `"${text.replace(/Z$/, '.0000000Z')}"`;
  return dataType === 'string' ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A documented command as it is typed here. */
function typed(text: string): string[] {
  const here = text
    .replace('https://contoso.crm.dynamics.com', `${sandbox.url} --authority-url ${sandbox.authorityUrl}`)
    .replace('<directory id>', sandbox.tenantId)
    .replace('<application id>', standardApplication.clientId)
    .replace('/srv/lakes/trial', lakePath)
    .replace('/mnt/dataverse-prod-org1', originalPath)
    .replace('account,contact', 'product,task');
  return wordsOf(here).slice(1);
}

async function run(
  words: readonly string[],
): Promise<{ readonly code: number; readonly text: string; readonly out: string }> {
  try {
    const options = { cwd: folder, env: { ...process.env, ...environment }, maxBuffer: 1 << 26 };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...words], options);
    return { code: 0, text: stdout + stderr, out: stdout };
  } catch (failure) {
    const { code = -1, stdout = '', stderr = '' } = failure as { code?: number; stdout?: string; stderr?: string };
    return { code, text: stdout + stderr, out: stdout };
  }
}

const documented = commandsOf('docs/trial.md').map(({ text }) => text);
const commands = (start: string) => documented.filter(text => text.startsWith(start));

test('every documented command of a trial is run below', () => {
  const known = ['export CONTOSO_SECRET=', 'lakelink import-profile', 'lakelink start', 'lakelink link create trial'];
  const others = documented.filter(
    text => ![...known, 'lakelink verify trial', 'lakelink compare /mnt/'].some(start => text.startsWith(start)),
  );
  expect(others).toEqual([]);
  expect(documented.length).toBe(8);
});

test('the profile is listed, and taken over with a reason for what could not be', async () => {
  const [list = '', take = ''] = commands('lakelink import-profile');
  const listed = await run(typed(list));
  expect(listed.text).toMatch(/finance +Active +table replica, snapshots every 60 min +5 +3/);
  expect(listed.code).toBe(0);
  const taken = await run(typed(take));
  expect(taken.code, taken.text).toBe(0);
  for (const reason of ['campaign [changed]: ', 'custtable [left-out]: ', 'calendar [left-out]: ']) {
    expect(taken.text).toContain(reason);
  }
  const choices = JSON.parse(readFileSync(join(folder, 'finance.json'), 'utf8')) as Record<string, unknown>;
  expect(choices).toMatchObject({
    output: 'replica',
    snapshotMinutes: 60,
    snapshotsKept: 5,
    tables: [
      { table: 'campaign', appendOnly: false, partitionStrategy: 'month' },
      { table: 'product', appendOnly: false, partitionStrategy: 'month' },
      { table: 'task', appendOnly: true, partitionStrategy: 'year' },
    ],
  });
  const again = await run(typed(take));
  expect([again.code, again.text.includes('exists already')]).toEqual([2, true]);
  const unknown = await run(typed(list).concat('--profile', 'none'));
  expect([unknown.code, unknown.text.includes('the profiles are: finance')]).toEqual([2, true]);
  const json = JSON.parse((await run(typed(list).concat('--json'))).out) as { readonly profiles: readonly object[] };
  expect(json.profiles).toMatchObject([{ profile: { name: 'finance', tables: { length: 5 } }, notes: { length: 3 } }]);
});

test('a link made of it runs beside the original, and readers can be switched when the lakes agree', async () => {
  const service = await startServiceProcess(environment);
  cleanup.add(service, started => started.kill());
  // Without snapshots model.json names the files that follow the environment in seconds, not once an hour.
  const choices = JSON.parse(readFileSync(join(folder, 'finance.json'), 'utf8')) as object;
  writeFileSync(join(folder, 'finance.json'), JSON.stringify({ ...choices, snapshotMinutes: null }));
  const [create = ''] = commands('lakelink link create trial');
  const made = await run(typed(create));
  expect(made.code, made.text).toBe(0);
  const [verify = ''] = commands('lakelink verify trial');
  await expect.poll(async () => (await run(typed(verify))).code, { timeout: 120_000, interval: 500 }).toBe(0);
  await writeOriginal();

  const [whole = '', some = ''] = commands('lakelink compare');
  const compared = await run(typed(whole));
  expect(compared.text).toContain('readers can be switched: no difference is left unexplained');
  expect(compared.code).toBe(0);
  expect(compared.text).toContain('only there: owneridname');
  expect(compared.text).toMatch(/task: \d+ columns compared[\s\S]*append only here/);
  const { tables: found } = JSON.parse((await run(typed(some))).out) as { readonly tables: readonly object[] };
  expect(found).toMatchObject([
    { table: 'product', ready: true },
    { table: 'task', ready: true },
  ]);
});

test('rows that moved on are newer here; a cell that is another one at the same version is not explained', async () => {
  const [moved, other] = await rowsOf('task');
  await call(`tasks(${moved?.activityid})`, { method: 'PATCH', body: { subject: 'moved on' } });
  const [whole = ''] = commands('lakelink compare');
  const counted = async () => {
    const { out } = await run(typed(whole).concat('--json', '--tables', 'task'));
    return JSON.parse(out) as { readonly ready: boolean; readonly tables: readonly [{ readonly rows: object }] };
  };
  const isNewer = async () => (await counted()).tables[0].rows;
  await expect.poll(isNewer, { timeout: 60_000, interval: 500 }).toMatchObject({ 'newer-here': 1, different: 0 });
  expect((await counted()).ready).toBe(true);

  const model = JSON.parse(readFileSync(join(originalPath, 'model.json'), 'utf8')) as {
    readonly entities: readonly {
      readonly name: string;
      readonly partitions: readonly { readonly location: string }[];
    }[];
  };
  for (const { location } of model.entities.find(({ name }) => name === 'task')?.partitions ?? []) {
    const path = join(originalPath, new URL(location).pathname.replace('/dataverse-prod-org1/', ''));
    const id = String(other?.activityid).toUpperCase();
    const lines = readFileSync(path, 'utf8');
    const at = lines.indexOf(id);
    if (at === -1) continue;
    const price = lines.indexOf('True', at);
    expect(price).toBeGreaterThan(at);
    writeFileSync(path, `${lines.slice(0, price)}False${lines.slice(price + 4)}`);
  }
  const broken = await run(typed(whole));
  expect(broken.text).toContain('readers CANNOT be switched yet: task');
  expect(broken.text).toMatch(/different [0-9a-f-]{36}: /);
  expect(broken.code).toBe(1);
});
