import type { Command } from 'commander';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { settingsText } from './settings-text.ts';
import { endpointLines } from './status-text.ts';
import { version } from './version.ts';

export function registerService(program: Command, context: CommandContext): void {
  registerStart(program, context);
  registerStop(program, context);
  registerSandbox(program, context);
}

function registerStart(program: Command, { terminal }: CommandContext): void {
  program
    .command('start')
    .description('run the service: it keeps every link up to date until Ctrl-C')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      () => `${examplesText(['lakelink start'])}\n${settingsText(Math.min(100, terminal.columns()))}`,
    )
    .action(async (options: { json?: boolean }) => {
      const { interrupted } = terminal;
      const { readSettings } = await import('../app/settings.ts');
      const settings = readSettings(terminal.environment);
      const { openLog } = await import('../app/log.ts');
      const { startService } = await import('../app/start-service.ts');
      const log = openLog({ level: settings.logLevel, file: null });
      const service = await startService({ settings, log, version: version(), sql: { portTaken: 'fail' } });
      try {
        const address = `http://127.0.0.1:${service.api.port}`;
        const sql = service.sql?.address ?? null;
        print(terminal, options, { address, home: service.home.path, pid: process.pid, sql }, () => [
          `lakelink ${version()} runs on ${address}, home ${service.home.path}; Ctrl-C stops it`,
          ...endpointLines(sql),
        ]);
        await Promise.race([aborted(interrupted), service.stopAsked]);
        log.info('service stops', {});
      } finally {
        await service.stop();
      }
      log.info('service stopped', {});
    });
}

function registerStop(program: Command, { terminal }: CommandContext): void {
  program
    .command('stop')
    .description('ask the running service to stop')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink stop']))
    .action(async (options: { json?: boolean }) => {
      await connect(terminal).stopService();
      print(terminal, options, { stopping: true }, () => ['the service stops']);
    });
}

interface SandboxOptions {
  readonly port?: string;
  readonly rows?: string;
  readonly seed: string;
  readonly changesPerSecond: string;
  readonly import: readonly string[];
  readonly data?: string;
  readonly behaviour?: string;
  readonly json?: boolean;
}

function registerSandbox(program: Command, { terminal }: CommandContext): void {
  program
    .command('sandbox')
    .description('run the embedded Dataverse alone: a real Web API on this machine, filled with made-up data')
    .option('--port <port>', 'port on 127.0.0.1 (default: that of the last time, else a free one)')
    .option('--rows <n>', 'made-up rows to begin with, over all tables (default: 10000; with --import none)')
    .option('--seed <n>', 'which made-up data', '1')
    .option('--changes-per-second <n>', 'how busy the simulated users are', '0')
    .option('--import <package>', 'a Configuration Migration package (folder or zip); can be repeated', collect, [])
    .option('--data <folder>', 'where its data is kept (default: sandbox in the home)')
    .option('--behaviour <file>', 'a JSON file of how it behaves where real environments differ (docs/sandbox.md)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink sandbox --port 8080', 'lakelink sandbox --rows 100000 --seed 7 --changes-per-second 20']),
    )
    .action(async (options: SandboxOptions) => {
      const { readSettings } = await import('../app/settings.ts');
      const { homeLayout } = await import('../app/home.ts');
      const { startSandbox } = await import('../app/sandbox-process.ts');
      const home = homeLayout(readSettings(terminal.environment).home);
      // Whoever started this process over a channel ends it by that; else signals are watched from here on.
      const interrupted = process.send === undefined ? terminal.interrupted : null;
      const sandbox = await startSandbox({
        folder: options.data ?? home.sandboxPath,
        port: options.port === undefined ? null : wholeNumber('port', options.port, 65_535),
        rows: wholeNumber('rows', options.rows ?? (options.import.length > 0 ? '0' : '10000'), 100_000_000),
        seed: wholeNumber('seed', options.seed, 0xffff_ffff),
        changesPerSecond: positiveNumber('changes-per-second', options.changesPerSecond),
        packages: options.import,
        ...(options.behaviour === undefined ? {} : { behaviourFile: options.behaviour }),
        ...(interrupted === null ? {} : { signal: interrupted }),
        onImported: (path, result) => terminal.err(importedText(path, result)),
      });
      try {
        const { address } = sandbox;
        print(terminal, options, address, () => [
          `environment    ${address.url}`,
          `authority      ${address.authorityUrl}`,
          `tenant id      ${address.tenantId}`,
          `client id      ${address.clientId}`,
          `client secret  ${address.clientSecret}`,
          'Ctrl-C stops it; its data is kept',
        ]);
        await Promise.race([sandbox.parentGone, ...(interrupted === null ? [] : [aborted(interrupted)])]);
      } finally {
        await sandbox.stop();
      }
    });
}

function importedText(
  path: string,
  result: {
    readonly rows: ReadonlyMap<string, number>;
    readonly leftOut: readonly { table: string; column: string; values: number; reason: string }[];
  },
): string {
  const total = [...result.rows.values()].reduce((sum, rows) => sum + rows, 0);
  const lines = [`imported ${path}: ${total} rows in ${result.rows.size} tables`];
  for (const one of result.leftOut) {
    lines.push(`  left out: ${one.table}.${one.column}, ${one.values} values: ${one.reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

export function wholeNumber(option: string, text: string, max: number): number {
  const number = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || number > max) throw usage(`--${option}`, `it is a whole number from 0 to ${max}`);
  return number;
}

export function positiveNumber(option: string, text: string): number {
  const number = /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number)) throw usage(`--${option}`, 'it is a number, 0 or more');
  return number;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
