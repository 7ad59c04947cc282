import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { readSettings, settingTable } from '../../src/app/settings.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import { Cleanup } from '../../src/core/cleanup.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { installCatalogue, seedRows } from '../../src/sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { openSandboxDatabase } from '../../src/sandbox/sqlite-database.ts';
import { blocksOf, commandsOf, docPages, inlineCommandsOf, wordsOf } from '../kit/doc-commands.ts';
import { clientOf } from '../kit/refusals.ts';
import { program } from '../kit/service-process.ts';
import { zipOf } from '../kit/zip.ts';

const SCHEMA = `name="new_crate" displayname="Crate" etc="10700" primaryidfield="new_crateid" primarynamefield="new_name">
<fields><field displayname="x" name="new_crateid" type="guid"/><field displayname="x" name="new_name" type="string"/></fields>`;
const DATA = `name="new_crate" displayname="Crate"><records></records>`;

const cleanup = new Cleanup();
const root = cleanup.add(mkdtempSync(join(tmpdir(), 'lakelink-docs-')), path =>
  rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
);
/** Where a person would be: one folder for the demo, one for a real link. Their homes are `.lakelink` in them. */
const demoFolder = join(root, 'demo');
const salesFolder = join(root, 'sales');
const salesHome = join(salesFolder, '.lakelink');
let sandbox: Sandbox;
let lakes = 0;
/** Of the link that is there, in place of the documented one's. */
let salesDatabase = 'dataverse-contoso-org1';

beforeAll(async () => {
  for (const folder of [demoFolder, salesFolder]) mkdirSync(folder);
  const database = cleanup.add(openSandboxDatabase({ path: join(root, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: 1 });
  await seedRows(database, { rows: 200, seed: 1, clock: systemClock });
  sandbox = cleanup.add(await openSandbox({ database, clock: systemClock }), opened => opened.close());
  const [data, schema] = [DATA, SCHEMA].map(text => Buffer.from(`<entities><entity ${text}</entity></entities>`));
  const parts = { 'data.xml': data, 'data_schema.xml': schema };
  const entries = Object.entries(parts).map(([name, body = Buffer.alloc(0)]) => ({ name, body }));
  writeFileSync(join(salesFolder, 'my-package.zip'), zipOf(entries));
  writeFileSync(join(salesFolder, 'unkind.json'), '{ "pages": "offset", "webServers": 2 }');
});
afterAll(() => cleanup.close());

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text(): string;
  /** Until the output holds this. */
  says(expected: RegExp): Promise<void>;
  /** Ctrl-C, and the exit code. */
  interrupt(): Promise<number | null>;
}

function run(words: readonly string[], options: { readonly cwd: string; readonly home?: string }): Running {
  const { LAKELINK_HOME: _, ...inherited } = process.env;
  const home = options.home === undefined ? {} : { LAKELINK_HOME: options.home };
  // The demo and the service run at once here, and there is one SQL port of the documented number.
  const here = {
    LAKELINK_SQL_PORT: '0',
    NO_COLOR: '1',
    CONTOSO_SECRET: standardApplication.clientSecret,
    REPORT_PASSWORD: 'correct horse',
  };
  const env = { ...inherited, ...home, ...here };
  const child = spawn(process.execPath, [program, ...words], {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  cleanup.add(child, started => started.kill('SIGKILL'));
  return {
    child,
    ended,
    text: () => text,
    says: async expected => {
      const said = expect.poll(() => text, { timeout: 90_000 }).toMatch(expected);
      const early = ended.then(code => Promise.reject(new Error(`it ended with ${code}: ${text}`)));
      await Promise.race([said, early]);
    },
    interrupt: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

/** How a documented command is run: what has to be there before, and what it says. */
interface Rule {
  readonly command: RegExp;
  readonly given?: () => Promise<unknown>;
  /** `ends`: by itself with 0; `runs`: until Ctrl-C, then 0; `stays`: as `runs`, but later commands need it. */
  readonly how: 'ends' | 'runs' | 'stays';
  readonly says: RegExp;
  readonly cwd: string;
  /** A home of its own, where the one of the folder is at work. */
  readonly home?: string;
}

let demo: Running | null = null;
let service: Running | null = null;

async function demoRuns(): Promise<void> {
  if (demo !== null) return;
  // Few changes: a proof waits until what moves came to rest.
  demo = run(['demo', '--changes-per-second', '0.5'], { cwd: demoFolder });
  await demo.says(/try next/);
}

async function demoStands(): Promise<void> {
  await demo?.interrupt();
  demo = null;
}

/** The link `sales` with the tables of the documented command and these. */
async function salesHas(...tables: string[]): Promise<void> {
  const client = clientOf(salesHome);
  if (!(await client.links()).links.some(({ name }) => name === 'sales')) {
    await newLake();
    // As after any unlink that kept its data: the name is free once the old database is dropped.
    for (const { name, link } of (await client.databases()).databases) {
      if (link === null) await client.dropDatabase(name, { keepFiles: true });
    }
    const [create] = commandsOf('docs/connect-environment.md').filter(({ text }) => text.includes('link create'));
    const made = run(wordsOf(replaced(create?.text ?? '')).slice(1), { cwd: salesFolder });
    expect(await made.ended, made.text()).toBe(0);
  }
  salesDatabase = (await client.link('sales')).lakeName;
  const there = (await client.link('sales')).tables.map(({ table }) => String(table));
  const missing = tables.filter(table => !there.includes(table));
  if (missing.length > 0) await client.addTables('sales', { tables: missing });
}

async function noChoices(): Promise<void> {
  await salesHas();
  rmSync(join(salesFolder, 'sales.json'), { force: true });
}

/** As they are now, so that nothing is to be done. */
async function choices(): Promise<void> {
  await noChoices();
  const written = run(['link', 'choices', 'sales', '--out', 'sales.json'], { cwd: salesFolder });
  expect(await written.ended, written.text()).toBe(0);
}

async function keptLake(): Promise<void> {
  await salesHas();
  await clientOf(salesHome).deleteLink('sales', { deleteData: false });
}

/** Whether the user is there, as the command needs it. */
async function userIs(name: string, { there }: { readonly there: boolean }): Promise<void> {
  await salesHas();
  const client = clientOf(salesHome);
  const isThere = (await client.users()).users.some(user => user.name === name);
  if (there && !isThere) await client.createUser({ name, password: 'correct horse' });
  if (!there && isThere) await client.deleteUser(name);
}

const maria = () => userIs('maria', { there: true });

const inSales = { how: 'ends', cwd: salesFolder } as const;
const inDemo = { how: 'ends', cwd: demoFolder, given: demoRuns } as const;

const rules: readonly Rule[] = [
  { command: /^lakelink demo$/, how: 'runs', cwd: demoFolder, given: demoStands, says: /try next.*verify demo/s },
  { command: /^lakelink demo --once$/, how: 'ends', cwd: demoFolder, given: demoStands, says: /incremental update: / },
  {
    command: /^lakelink demo --(rows|month)/,
    how: 'runs',
    cwd: root,
    home: join(root, 'other'),
    says: /filling|linking/,
  },
  { command: /^lakelink sql "select count/, ...inDemo, says: /\(1 row\)/ },
  { command: /^lakelink sql "SELECT name, createdon/, ...inDemo, says: /\(5 rows\)/ },
  // Nobody types here, so the shell has nothing to do.
  { command: /^lakelink sql$/, ...inDemo, says: /^$/ },
  { command: /^lakelink export account --to account.parquet$/, ...inDemo, says: /^account: [\d,]+ rows in/ },
  { command: /^lakelink tables list demo$/, ...inDemo, says: /account +yes/ },
  { command: /^lakelink verify demo$/, ...inDemo, says: /^account .* 0 +0 +0 +ok$/m },
  { command: /^lakelink sandbox --import/, how: 'runs', cwd: salesFolder, says: /client secret/ },
  { command: /^lakelink sandbox --(rows|behaviour)/, how: 'runs', cwd: salesFolder, says: /client secret/ },
  { command: /^lakelink start$/, how: 'stays', cwd: salesFolder, says: /runs on http:\/\/127\.0\.0\.1/ },
  { command: /^lakelink link create sales/, ...inSales, given: newLake, says: /link sales created: 3 tables/ },
  { command: /^lakelink tables add sales lead task$/, ...inSales, given: () => salesHas(), says: /added to sales/ },
  { command: /^lakelink tables backfill sales account$/, ...inSales, given: () => salesHas(), says: /is read again/ },
  { command: /^lakelink link snapshot sales/, ...inSales, given: () => salesHas(), says: /^account: /m },
  {
    command: /^lakelink tables remove sales lead( --delete-data --confirm sales)?$/,
    ...inSales,
    given: () => salesHas('lead'),
    says: /removed from sales: lead/,
  },
  {
    command: /^lakelink tables set sales (account|task) /,
    ...inSales,
    given: () => salesHas('task'),
    says: /changed in sales/,
  },
  { command: /^lakelink link set sales /, ...inSales, given: () => salesHas(), says: /every 30 min, 3 kept/ },
  { command: /^lakelink link choices sales --out sales.json$/, ...inSales, given: noChoices, says: /written to/ },
  { command: /^lakelink link apply sales --choices sales.json/, ...inSales, given: choices, says: /as the file says/ },
  { command: /^lakelink tables pause sales task /, ...inSales, given: () => salesHas('task'), says: /paused in sales/ },
  {
    command: /^lakelink tables resume sales task$/,
    ...inSales,
    given: () => salesHas('task'),
    says: /resumed in sales/,
  },
  { command: /^lakelink link pause sales /, ...inSales, given: () => salesHas(), says: /link sales is paused/ },
  { command: /^lakelink link resume sales$/, ...inSales, given: () => salesHas(), says: /link sales goes on/ },
  { command: /^lakelink link delete sales --dry-run$/, ...inSales, given: () => salesHas(), says: /In the lake/ },
  {
    command: /^lakelink user create (maria|report) /,
    ...inSales,
    given: async () => {
      for (const name of ['maria', 'report']) await userIs(name, { there: false });
    },
    says: /^user (maria|report): Reader; databases: /m,
  },
  { command: /^lakelink user (grant|revoke|set) maria /, ...inSales, given: maria, says: /^user maria: /m },
  { command: /^lakelink user password maria$/, ...inSales, given: maria, says: /^password: /m },
  { command: /^lakelink user list$/, ...inSales, given: maria, says: /^maria +/m },
  { command: /^lakelink user delete maria$/, ...inSales, given: maria, says: /user maria deleted/ },
  { command: /^lakelink database list$/, ...inSales, given: () => salesHas(), says: /^dataverse-.* sales +3 /m },
  { command: /^lakelink database drop .*--yes$/, ...inSales, given: keptLake, says: /dropped; its files were deleted/ },
  { command: /^lakelink link attach sales /, ...inSales, given: keptLake, says: /link sales attached: / },
  {
    command: /^lakelink link delete sales( --delete-data --confirm sales)?$/,
    ...inSales,
    given: () => salesHas(),
    says: /link sales deleted/,
  },
];

/** `status --watch` is documented for both. */
function ruleOf(page: string, text: string): Rule | undefined {
  if (text === 'lakelink status --watch') {
    if (page.includes('connect')) return { command: /./, how: 'runs', cwd: salesFolder, says: /sales +account/ };
    return { command: /./, how: 'runs', cwd: demoFolder, given: demoRuns, says: /demo +account/ };
  }
  return rules.find(({ command }) => command.test(text));
}

async function newLake(): Promise<void> {
  lakes += 1;
  mkdirSync(lakePath());
}
const lakePath = () => join(root, `lake-${lakes}`);

/** The command for this machine: placeholders and addresses replaced, `npm start` as what it is. */
function replaced(text: string): string {
  const scripts = (
    JSON.parse(readFileSync(join(program, '..', '..', 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>;
    }
  ).scripts;
  return text
    .replace(/^npm start( -- )?/, `${scripts.start} `)
    .replace(/^(npx lakelink|node bin\/lakelink\.js)/, 'lakelink')
    .replace('https://contoso.crm.dynamics.com', `${sandbox.url} --authority-url ${sandbox.authorityUrl}`)
    .replace('<directory id>', sandbox.tenantId)
    .replace('<application id>', standardApplication.clientId)
    .replace('dataverse-contoso-org1', salesDatabase)
    .replace('/srv/lakes/sales', `"${lakePath()}"`)
    .trim();
}

/** Every command once, named by the page that shows it first; pages are read in the order of their names. */
function everyCommandOnce(): { readonly page: string; readonly texts: string[] }[] {
  const seen = new Set<string>();
  // A trial needs an original beside it: trial.e2e.test.ts runs the commands of its page.
  const pages = docPages().filter(page => page !== 'docs/trial.md');
  return pages.flatMap(page => {
    const texts = commandsOf(page).flatMap(({ text }) => {
      const key = `${text.replace(/^npx /, '')} ${text.includes('status') && page.includes('connect')}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [text];
    });
    return texts.length === 0 ? [] : [{ page, texts }];
  });
}

describe.each(everyCommandOnce())('$page', ({ page, texts }) => {
  test.each(texts)('%s', async text => {
    if (text === 'npm ci' || text === 'npm test' || text.startsWith('export ')) return expectKnown(text);
    const normal = replaced(text);
    const rule = ruleOf(page, normal);
    if (rule === undefined) throw new Error(`no rule runs this documented command: ${normal}`);
    await rule.given?.();
    const running = run(wordsOf(replaced(text)).slice(1), rule);
    if (rule.how === 'ends') {
      const code = await running.ended;
      expect(running.text()).toMatch(rule.says);
      expect(code, running.text()).toBe(0);
      return;
    }
    await running.says(rule.says);
    if (rule.how === 'runs') expect(await running.interrupt(), running.text()).toBe(0);
    else service = running;
  });
});

/** What the test itself stands for: the installation, the suites, a variable that every command gets, a setting. */
function expectKnown(text: string): void {
  const [, name = '', value = ''] = /^export (\w+)=(\S+)$/.exec(text) ?? [];
  if (name === 'CONTOSO_SECRET') return;
  if (text.startsWith('export ')) {
    expect(Object.values(settingTable).map(({ env }) => env)).toContain(name);
    expect(() => readSettings({ [name]: value })).not.toThrow();
  } else
    expect(existsSync(join(program, '..', '..', text === 'npm ci' ? 'package-lock.json' : 'vitest.config.ts'))).toBe(
      true,
    );
}

test('a block is either commands or the listing of a lake, so that none is passed over', () => {
  const others = docPages().flatMap(page => blocksOf(page).filter(({ isCommands }) => !isCommands));
  expect(others.map(({ lines }) => lines[0]?.trim())).toEqual(others.map(() => '<lake>/'));
});

test('commands named in running text exist, with their options', () => {
  const known = buildProgram({ terminal: processTerminal(), finish: () => {} });
  const inline = docPages().flatMap(inlineCommandsOf);
  expect(inline.length).toBeGreaterThan(10);
  for (const { page, text } of inline) {
    const words = wordsOf(text.replace(/^npx /, '')).slice(1);
    let found = known;
    for (const word of words) found = found.commands.find(one => one.name() === word) ?? found;
    expect(found.name(), `${page}: ${text}`).not.toBe('lakelink');
    const options = found.options.map(({ long }) => long);
    for (const word of words.filter(one => one.startsWith('--')))
      expect([...options, '--help', '--version'], `${page}: ${text}`).toContain(word);
  }
});

test('what was started ends in order', async () => {
  for (const running of [demo, service]) if (running !== null) expect(await running.interrupt()).toBe(0);
});
