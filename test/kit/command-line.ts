import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Administration } from '../../src/api/administration.ts';
import { type Api, openApi } from '../../src/api/server.ts';
import { announceService, openHome, openToken } from '../../src/app/home.ts';
import { main } from '../../src/cli/main.ts';
import { FakeControl } from './fake-control.ts';
import { noAdministration } from './no-administration.ts';
import { quietTerminal } from './terminal.ts';

/** The command line against a running service with a fake control behind it. */
export class CommandLine {
  readonly home = mkdtempSync(join(tmpdir(), 'lakelink-cli-'));
  readonly control = new FakeControl();
  /** What the standard input gives. */
  input = '';
  readonly #administration: Administration;
  /** What was printed since the last `run`. */
  out = '';
  err = '';
  #api: Api | null = null;

  constructor(administration: Administration = noAdministration) {
    this.#administration = administration;
  }

  /** A service without a link; users and databases are those of `administration`. */
  static async over(administration: Administration): Promise<CommandLine> {
    const line = new CommandLine(administration);
    await line.#serve();
    return line;
  }

  /** A service with one link, `sales`, of `account` and `contact`. */
  static async withLink(): Promise<CommandLine> {
    const line = new CommandLine();
    await line.#serve();
    const parts = ['--tenant-id', 't', '--client-id', 'c', '--client-secret-env', 'SECRET', '--lake', '/lakes/sales'];
    const url = ['--environment-url', 'https://contoso.crm.dynamics.com'];
    await line.run('link', 'create', 'sales', ...url, ...parts, '--tables', 'account,contact');
    line.control.calls.length = 0;
    return line;
  }

  /** The exit code. */
  run(...argv: string[]): Promise<number> {
    this.out = '';
    this.err = '';
    return main(
      argv,
      quietTerminal({
        out: text => {
          this.out += text;
        },
        err: text => {
          this.err += text;
        },
        environment: { LAKELINK_HOME: this.home, SECRET: 'p@ss', PASSWORD: 'correct horse' },
        readInput: async () => this.input,
      }),
    );
  }

  async close(): Promise<void> {
    await this.#api?.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  async #serve(): Promise<void> {
    const opened = openHome(this.home);
    this.#api = await openApi({
      control: this.control,
      administration: this.#administration,
      service: {
        info: () => ({ version: '0.1.0', pid: 1, startedAt: '', home: this.home, sql: null }),
        stop: () => {},
      },
      token: openToken(opened),
      port: 0,
      nowMs: () => Date.parse('2026-01-01T00:00:10.000Z'),
      onFailure: () => {},
    });
    announceService(opened, { pid: process.pid, port: this.#api.port, startedAt: '' });
  }
}
