import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../core/fault.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION } from './context.ts';
import { exitCodes, usage } from './exit.ts';
import { registerExport } from './export-command.ts';
import { registerSql } from './sql-command.ts';
import type { Terminal } from './terminal.ts';

export function registerQuery(program: Command, context: CommandContext): void {
  registerSql(program, context);
  registerExport(program, context);
  registerVerify(program, context);
}

interface VerifyOptions {
  readonly table?: string;
  readonly layout?: boolean;
  readonly lake?: string;
  readonly json?: boolean;
}

function registerVerify(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('verify')
    .description('prove that the lake equals the environment: every row, every cell; exit code 1 when they differ')
    .argument('[link]', 'name of the link; with --layout it may be left out')
    .option('--table <names>', 'only these tables, separated by commas')
    .option('--layout', 'check the lake by the rules of its layout alone, without asking the environment')
    .option('--lake <folder>', 'with --layout: a lake folder, whoever wrote it, without a link')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink verify sales',
        'lakelink verify sales --table account,contact',
        'lakelink verify --layout --lake ./lake',
      ]),
    )
    .action(async (link: string | undefined, options: VerifyOptions) => {
      const { report, text } = await prove(link, options, terminal);
      terminal.out(options.json === true ? `${JSON.stringify(report)}\n` : text);
      finish(report.clean ? exitCodes.done : exitCodes.failed);
    });
}

async function prove(name: string | undefined, options: VerifyOptions, terminal: Terminal) {
  const { lake, table, layout = false, json = false } = options;
  if (lake !== undefined && !layout) throw usage('--lake', 'it goes with --layout');
  if (lake !== undefined && name !== undefined) throw usage('--lake', 'give a link or --lake');
  if (name === undefined && !layout) throw usage('link', 'name the link');
  const link = name === undefined ? null : parseLinkName(name);
  const { readSettings } = await import('../app/settings.ts');
  const { proveLayout, proveLink } = await import('../app/proof.ts');
  const common = {
    settings: readSettings(terminal.environment),
    tables: table === undefined ? null : table.split(',').map(one => parseTableName(one.trim())),
    signal: terminal.interrupted,
    onProgress: progressLine(terminal, json),
  };
  if (lake !== undefined) return proveLayout({ ...common, lake: { path: resolve(lake) }, atRest: true });
  const atRest = !(await isServed(terminal));
  return layout || link === null
    ? proveLayout({ ...common, lake: { link }, atRest })
    : proveLink({ ...common, link, atRest });
}

/** On a screen, one line that says where the proof stands; it is wiped by the next one. */
export function progressLine(
  terminal: Terminal,
  json: boolean,
): (progress: { readonly table: string; readonly phase: string; readonly rows: number }) => void {
  if (json || !terminal.isScreen) return () => {};
  return ({ table, phase, rows }) => terminal.err(`\r\u001b[K${table}: ${phase} ${rows.toLocaleString('en-US')}\r`);
}

/** Whether a service runs on this home, and so goes on committing. */
async function isServed(terminal: Terminal): Promise<boolean> {
  try {
    await connect(terminal).service();
    return true;
  } catch (failure) {
    if (failure instanceof Fault && failure.code === 'service/not-running') return false;
    throw failure;
  }
}
