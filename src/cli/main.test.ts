import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeControl } from '../../test/kit/fake-control.ts';
import { HandmadeLake } from '../../test/kit/handmade-lake.ts';
import { crateShape } from '../../test/kit/lake-parquet.ts';
import { noAdministration } from '../../test/kit/no-administration.ts';
import { quietTerminal } from '../../test/kit/terminal.ts';
import { type Api, openApi } from '../api/server.ts';
import { announceService, openHome, openToken } from '../app/home.ts';
import { main } from './main.ts';
import { buildProgram, everyCommand } from './program.ts';
import type { Terminal } from './terminal.ts';

let home: string;
let api: Api | null;
let control: FakeControl;
let out: string;
let err: string;
let stops: number;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lakelink-cli-'));
  api = null;
  control = new FakeControl();
  out = '';
  err = '';
  stops = 0;
});

afterEach(async () => {
  await api?.close();
  rmSync(home, { recursive: true, force: true });
});

function terminal(changes: Partial<Terminal> = {}): Terminal {
  return quietTerminal({
    out: text => {
      out += text;
    },
    err: text => {
      err += text;
    },
    environment: { LAKELINK_HOME: home, SECRET: 'p@ss' },
    readInput: async () => 'from-input\n',
    ...changes,
  });
}

/** A running service with the fake control behind it. */
async function serve(): Promise<void> {
  const opened = openHome(home);
  api = await openApi({
    control,
    administration: noAdministration,
    service: {
      info: () => ({ version: '0.1.0', pid: 1, startedAt: '', home, sql: { host: '::', port: 5_433, tls: true } }),
      stop: () => {
        stops += 1;
      },
    },
    token: openToken(opened),
    port: 0,
    nowMs: () => Date.parse('2026-01-01T00:00:10.000Z'),
    onFailure: () => {},
  });
  announceService(opened, { pid: process.pid, port: api.port, startedAt: '' });
}

const run = (...argv: string[]) => main(argv, terminal());

const CREATE = [
  ...['link', 'create', 'sales', '--environment-url', 'https://contoso.crm.dynamics.com', '--tenant-id', 't'],
  ...['--client-id', 'c', '--client-secret-env', 'SECRET', '--lake', '/lakes/sales', '--tables', 'account, contact'],
];

describe('help', () => {
  const context = { terminal: terminalForHelp(), finish: () => {} };
  const commands = everyCommand(buildProgram(context)).filter(command => command.parent !== null);

  test.each(commands.map(command => [pathOf(command), command] as const))(
    '%s --help describes itself and every option, and shows examples where it does something',
    async (path, command) => {
      expect(await run(...path.split(' '), '--help')).toBe(0);
      expect(command.description().length).toBeGreaterThan(10);
      expect(out).toContain('Usage: lakelink');
      for (const option of command.options) expect(option.description).not.toBe('');
      if (command.commands.length === 0) expect(out).toContain('Examples:');
    },
  );

  test('every command that answers something can answer JSON', () => {
    const without = commands
      .filter(command => command.commands.length === 0 && !command.options.some(option => option.long === '--json'))
      .map(pathOf);
    expect(without).toEqual(['demo']);
  });

  test('the version is the package version', async () => {
    expect(await run('--version')).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

function terminalForHelp(): Terminal {
  return terminal({ environment: {} });
}

function pathOf(command: { name(): string; parent: unknown }): string {
  const parent = command.parent as { name(): string; parent: unknown } | null;
  if (parent === null || parent.parent === null) return command.name();
  return `${pathOf(parent)} ${command.name()}`;
}

describe('exit codes', () => {
  test.each([
    ['an unknown command', ['fly']],
    ['an unknown option', ['status', '--fast']],
    ['a missing argument', ['link', 'show']],
    ['a name that is none', ['link', 'show', 'Sales!']],
    ['a value that is none', ['sandbox', '--port', 'x']],
    ['a link without a secret', CREATE.filter(word => word !== '--client-secret-env' && word !== 'SECRET')],
    ['data deleted without confirmation', ['link', 'delete', 'sales', '--delete-data']],
  ])('2 for %s', async (_what, argv) => {
    expect(await run(...argv)).toBe(2);
    expect(err).not.toBe('');
    expect(out).toBe('');
  });

  test.each([[['link', 'list']], [['status']], [['stop']], [['tables', 'list', 'sales']]])(
    '3 when no service runs: %s',
    async argv => {
      expect(await run(...argv)).toBe(3);
      expect(err).toContain('what to do: Start one: lakelink start.');
      expect(err).toContain('code: service/not-running');
    },
  );

  test('3 when a service announced itself and is gone', async () => {
    await serve();
    await api?.close();
    expect(await run('status')).toBe(3);
  });

  test('1 for a failure, which says what, where and what to do', async () => {
    await serve();
    expect(await run('link', 'show', 'none')).toBe(1);
    expect(err).toBe(
      'error: There is no such link (link: none)\n  what to do: See: lakelink link list.\n  code: link/unknown\n',
    );
  });

  test('a failure is JSON where JSON was asked for', async () => {
    await serve();
    expect(await run('link', 'show', 'none', '--json')).toBe(1);
    expect(JSON.parse(err)).toEqual({
      error: {
        code: 'link/unknown',
        message: 'There is no such link (link: none)',
        remedy: 'See: lakelink link list.',
        details: { link: 'none' },
      },
    });
  });

  test('1 for a query or proof of a link that is not there', async () => {
    expect(await run('sql', 'SELECT 1')).toBe(1);
    expect(await run('verify', 'sales')).toBe(1);
    expect(err).toContain('link/unknown');
  });

  test('130 when Ctrl-C ends a command before it was done', async () => {
    const interrupted = AbortSignal.abort();
    const code = await main(['sql', 'SELECT 1', '--lake', home], terminal({ interrupted }));
    expect(code).toBe(130);
  });
});

describe('links', () => {
  test('a link is made from the command line and its secret from the environment', async () => {
    await serve();
    expect(await run(...CREATE, '--poll-seconds', '2')).toBe(0);
    expect(control.calls).toMatchObject([
      [
        'createLink',
        {
          name: 'sales',
          clientSecret: 'p@ss',
          tables: [{ table: 'account' }, { table: 'contact' }],
          pollSeconds: 2,
          publishSeconds: null,
        },
      ],
    ]);
    expect(out).toContain('link sales created: 2 tables');
  });

  test('how its output looks is chosen when a link is made, and shown', async () => {
    await serve();
    const choices = ['--append-only', 'contact', '--partition-strategy', 'day', '--snapshot-minutes', '10'];
    expect(await run(...CREATE, ...choices, '--snapshots-kept', '3')).toBe(0);
    expect(control.calls[0]?.[1]).toMatchObject({
      output: 'replica',
      snapshotMinutes: 10,
      snapshotsKept: 3,
      partitionStrategy: 'day',
      tables: [
        { table: 'account', appendOnly: false, partitionStrategy: 'day' },
        { table: 'contact', appendOnly: true, partitionStrategy: 'day' },
      ],
    });
    await run('link', 'show', 'sales');
    expect(out).toContain('output          replica, snapshots every 10 min, 3 kept');
    expect(out).toContain('tables          account, contact:append');
  });

  test('the secret may come from a file, or from the standard input', async () => {
    await serve();
    const file = join(home, 'secret.txt');
    writeFileSync(file, 'from-file\r\n');
    const withFile = (path: string) =>
      CREATE.map(word => (word === '--client-secret-env' ? '--client-secret-file' : word === 'SECRET' ? path : word));
    await run(...withFile(file));
    await run(...withFile('-').map(word => (word === 'sales' ? 'other' : word)));
    expect(control.calls).toMatchObject([
      ['createLink', { clientSecret: 'from-file' }],
      ['createLink', { clientSecret: 'from-input' }],
    ]);
  });

  test('links are listed, shown and deleted, as text and as JSON', async () => {
    await serve();
    await run(...CREATE);
    out = '';
    await run('link', 'list');
    expect(out).toContain('sales');
    out = '';
    await run('link', 'list', '--json');
    expect(JSON.parse(out)).toMatchObject([{ name: 'sales', running: true }]);
    out = '';
    await run('link', 'show', 'sales');
    expect(out).toContain('tables          account, contact');
    expect(await run('link', 'delete', 'sales', '--delete-data', '--confirm', 'sales')).toBe(0);
    expect(control.calls.at(-1)).toEqual(['deleteLink', 'sales', { deleteData: true, deleteForeign: false }]);
  });
});

describe('tables and status', () => {
  beforeEach(async () => {
    await serve();
    await run(...CREATE);
    out = '';
  });

  test('tables are listed with why they cannot be chosen', async () => {
    await run('tables', 'list', 'sales', '--all');
    expect(out).toMatch(/account\s+yes/);
    expect(out).toMatch(/audit\s+audit\s+Track changes is off/);
    out = '';
    await run('tables', 'list', 'sales');
    expect(out).not.toContain('audit');
  });

  test('tables are added, removed, looked at again, read again and confirmed', async () => {
    await run('tables', 'add', 'sales', 'lead', 'task,email', '--partition-strategy', 'month', '--append-only');
    await run('tables', 'remove', 'sales', 'lead');
    await run('tables', 'retry', 'sales', 'task');
    await run('tables', 'backfill', 'sales', 'task');
    await run('tables', 'confirm-deletes', 'sales', 'task');
    await run('link', 'accept-environment', 'sales');
    expect(control.calls.slice(1)).toEqual([
      ['addTables', 'sales', ['lead', 'task', 'email'], { partitionStrategy: 'month', appendOnly: true }],
      ['removeTables', 'sales', ['lead'], { deleteData: false }],
      ['retryTable', 'sales', 'task'],
      ['backfillTable', 'sales', 'task'],
      ['confirmDeletes', 'sales', 'task'],
      ['acceptEnvironment', 'sales'],
    ]);
    expect(err).toBe('');
  });

  test('snapshots are taken when told, of all tables or of some; one that fails says why and ends with 1', async () => {
    await run('link', 'snapshot', 'sales');
    expect(out).toMatch(/^account: snapshot taken\ncontact: unchanged since its newest snapshot\n$/);
    out = '';
    const code = await run('link', 'snapshot', 'sales', '--tables', 'account,contact, lead');
    expect(control.calls.at(-1)).toEqual(['takeSnapshots', 'sales', ['account', 'contact', 'lead']]);
    expect([code, out]).toEqual([1, expect.stringMatching(/lead: no snapshot: .*\[store\/full\]\n {4}what to do/)]);
    expect(await run('link', 'snapshot', 'sales', '--tables', ' , ')).toBe(2);
  });

  test('status shows each table with how fresh it is (R 23, R 24)', async () => {
    await run('status');
    expect(out).toMatch(/sales\s+account\s+Active\s+1,234\s+10\s+2\s+10 s\s+5 s/);
  });

  test('status says where SQL clients connect', async () => {
    await run('status');
    expect(out).toMatch(/^SQL endpoint: \[::\]:5433, encrypted$/m);
    out = '';
    await run('status', '--json');
    expect(JSON.parse(out)).toMatchObject({ sql: { host: '::', port: 5_433, tls: true } });
  });

  test('status --json is the whole truth for programs', async () => {
    await run('status', '--json', '--link', 'sales');
    expect(JSON.parse(out)).toMatchObject({ tables: [{ table: 'account', count: 1_234 }, { table: 'contact' }] });
  });

  test('status --watch goes on until Ctrl-C and then ends well', async () => {
    const interruption = new AbortController();
    const watched = terminal({
      out: text => {
        out += text;
        if (out.split('contact').length > 1) interruption.abort();
      },
      interrupted: interruption.signal,
    });
    expect(await main(['status', '--watch'], watched)).toBe(0);
    expect(out).toContain('contact');
  });

  test('stop asks the service to stop', async () => {
    expect(await run('stop')).toBe(0);
    expect(stops).toBe(1);
  });
});

test('a query of a table whose initial sync is not complete says so beside its result, which is a part', async () => {
  await using lake = await HandmadeLake.create(crateShape);
  const mark = {
    format: 1,
    revision: 1,
    linkId: 'one',
    name: 'crates',
    environmentUrl: 'https://contoso.crm.dynamics.com',
    organizationId: 'org',
    tables: ['crate'],
    partitionStrategy: 'year',
    createdAt: '2026-01-01T00:00:00.000Z',
  };
  await lake.write('.lakelink/link.json', JSON.stringify(mark));
  expect(await main(['sql', 'SELECT count(*) AS n FROM crate', '--lake', lake.root, '--json'], terminal())).toBe(0);
  expect(JSON.parse(out)).toEqual([{ n: '0' }]);
  expect(err).toContain('crate: the initial sync is not complete');
  await lake.commitRows([], { highWater: 0 });
  err = '';
  expect(await main(['sql', 'SELECT count(*) AS n FROM crate', '--lake', lake.root, '--json'], terminal())).toBe(0);
  expect(err).toBe('');
});
