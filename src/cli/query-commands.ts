import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../core/fault.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION } from './context.ts';
import { exitCodes, usage } from './exit.ts';
import { parseFormat, resultText } from './result-text.ts';
import type { Terminal } from './terminal.ts';

const SQL_BYTES_MAX = 1024 * 1024;

export function registerQuery(program: Command, context: CommandContext): void {
  registerSql(program, context);
  registerVerify(program, context);
}

function registerSql(program: Command, { terminal }: CommandContext): void {
  program
    .command('sql')
    .description('query the near real-time tables of a lake; also while no service runs')
    .argument('<query>', 'one SELECT; - reads it from the standard input')
    .option('--link <name>', 'the link whose lake is queried (default: the only one)')
    .option('--lake <folder>', 'a lake folder, without a link')
    .option('--format <table|json|csv>', 'how the result is printed', 'table')
    .option('--json', 'the same as --format json', false)
    .addHelpText(
      'after',
      examplesText([
        'lakelink sql "SELECT count(*) FROM account"',
        'lakelink sql --link sales --format csv "SELECT name, createdon FROM account ORDER BY createdon DESC LIMIT 10"',
      ]),
    )
    .action(async (text: string, options: { link?: string; lake?: string; format: string; json: boolean }) => {
      const format = options.json ? 'json' : parseFormat(options.format);
      if (options.link !== undefined && options.lake !== undefined) throw usage('--lake', 'give --link or --lake');
      const sql = text === '-' ? await readQuery(terminal) : text;
      const { readSettings } = await import('../app/settings.ts');
      const { queryLake } = await import('../app/query.ts');
      const answer = await queryLake({
        settings: readSettings(terminal.environment),
        link: options.link === undefined ? null : parseLinkName(options.link),
        lakePath: options.lake === undefined ? null : resolve(options.lake),
        sql,
        signal: terminal.interrupted,
      });
      terminal.out(resultText(answer, { format, width: terminal.columns() }));
      // Beside the result, so that a program that reads it is not disturbed.
      for (const { table, initialSyncCompleted } of answer.tables) {
        if (!initialSyncCompleted) {
          terminal.err(`${table}: the initial sync is not complete; only the rows that arrived so far were read\n`);
        }
      }
    });
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

async function readQuery(terminal: Terminal): Promise<string> {
  try {
    return await terminal.readInput(SQL_BYTES_MAX);
  } catch (cause) {
    throw new Fault('input/sql', { reason: 'the standard input cannot be read' }, { cause });
  }
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
