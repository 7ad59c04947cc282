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

function registerVerify(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('verify')
    .description('prove that the lake equals the environment: every row, every cell; exit code 1 when they differ')
    .argument('<link>', 'name of the link')
    .option('--table <names>', 'only these tables, separated by commas')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink verify sales', 'lakelink verify sales --table account,contact']))
    .action(async (link: string, options: { table?: string; json?: boolean }) => {
      const { readSettings } = await import('../app/settings.ts');
      const { proveLink } = await import('../app/proof.ts');
      const { report, text } = await proveLink({
        settings: readSettings(terminal.environment),
        link: parseLinkName(link),
        tables: options.table === undefined ? null : options.table.split(',').map(name => parseTableName(name.trim())),
        atRest: !(await isServed(terminal)),
        signal: terminal.interrupted,
        onProgress: progressLine(terminal, options.json === true),
      });
      terminal.out(options.json === true ? `${JSON.stringify(report)}\n` : text);
      finish(report.clean ? exitCodes.done : exitCodes.failed);
    });
}

/** On a screen, one line that says where the proof stands; it is wiped by the next one. */
function progressLine(
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
