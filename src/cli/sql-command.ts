import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ResultSink, SqlClient } from '../app/sql-client.ts';
import { Fault } from '../core/fault.ts';
import { parseLinkName } from '../core/names.ts';
import { type CommandContext, examplesText } from './context.ts';
import { usage } from './exit.ts';
import { openNewFile, writeWhole } from './sql-file.ts';
import { HISTORY_MAX, openHistory } from './sql-history.ts';
import { parseSqlFormat, type SqlFormat, textSink } from './sql-output.ts';
import { caretLines, runStatements } from './sql-run.ts';
import { SqlShell } from './sql-shell.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './text-table.ts';
import { version } from './version.ts';

const SQL_BYTES_MAX = 16 * 1024 * 1024;

/** Which lake a command reads. */
export interface LakeChoice {
  readonly link?: string;
  readonly lake?: string;
  readonly database?: string;
}

interface SqlOptions extends LakeChoice {
  readonly file?: string;
  readonly format: string;
  readonly json: boolean;
  readonly output?: string;
  readonly force: boolean;
}

export function registerSql(program: Command, { terminal }: CommandContext): void {
  withLakeOptions(
    program
      .command('sql')
      .description('query a lake database, or work in it interactively; also while no service runs')
      .argument('[query]', 'one or more statements; - reads them from the standard input; without: a shell'),
  )
    .option('--file <path>', 'run the statements of a file, up to the first error; - is the standard input')
    .option('--format <table|json|jsonl|csv|parquet>', 'how results are printed; parquet needs --output', 'table')
    .option('--json', 'the same as --format json', false)
    .option('--output <file>', 'write the result into a new file, whole or not at all')
    .option('--force', 'with --output: replace a file that is there', false)
    .addHelpText(
      'after',
      examplesText([
        'lakelink sql',
        'lakelink sql "SELECT count(*) FROM account"',
        'lakelink sql --link sales --format csv "SELECT name, createdon FROM account ORDER BY createdon DESC LIMIT 10"',
        'lakelink sql --file report.sql --format json --output report.json',
        'lakelink sql "SELECT * FROM account_labels" --format parquet --output accounts.parquet',
        `lakelink sql "SELECT count(*) FROM account AT (TIMESTAMP => '2026-01-31 12:00:00Z')"`,
      ]),
    )
    .action(async (query: string | undefined, options: SqlOptions) => {
      const format = options.json ? 'json' : parseSqlFormat(options.format);
      refuseContradictions(query, { ...options, format });
      const source = await sourceOf(query, options, terminal);
      await using client = await openLake(options, terminal);
      if (source === null) await shell(client, { format, terminal });
      else await run(client, { source, format, options, terminal });
    });
}

/** Options by which a command finds its lake. */
export function withLakeOptions(command: Command): Command {
  return command
    .option('--link <name>', 'the link whose lake is read (default: the only one)')
    .option('--database <name>', 'a lake database by its name, also one that was kept when its link ended')
    .option('--lake <folder>', 'a lake folder, without a link');
}

export async function openLake(choice: LakeChoice, terminal: Terminal): Promise<SqlClient> {
  const { link, lake, database } = choice;
  const given = [link, lake, database].filter(one => one !== undefined);
  if (given.length > 1) throw usage('--lake', 'give --link, --database or --lake');
  const { readSettings } = await import('../app/settings.ts');
  const { openLocalSql } = await import('../app/sql-local.ts');
  return openLocalSql({
    settings: readSettings(terminal.environment),
    link: link === undefined ? null : parseLinkName(link),
    database: database ?? null,
    lakePath: lake === undefined ? null : resolve(lake),
    version: version(),
  });
}

function refuseContradictions(
  query: string | undefined,
  { file, format, output, force }: Omit<SqlOptions, 'format'> & { readonly format: SqlFormat },
): void {
  if (query !== undefined && file !== undefined) throw usage('--file', 'give a query or --file');
  if (format === 'parquet' && output === undefined) throw usage('--format', 'parquet needs --output <file>');
  if (force && output === undefined) throw usage('--force', 'it goes with --output');
}

/** Null: a person is to type. */
async function sourceOf(query: string | undefined, options: SqlOptions, terminal: Terminal): Promise<string | null> {
  if (query !== undefined && query !== '-') return query;
  if (options.file !== undefined && options.file !== '-') return readText(options.file, '--file');
  const isAsked = query === '-' || options.file === '-';
  if (!isAsked && terminal.openLines !== null) {
    if (options.output !== undefined) throw usage('--output', 'it needs a query or --file; in the shell there is \\o');
    return null;
  }
  try {
    return await terminal.readInput(SQL_BYTES_MAX);
  } catch (cause) {
    throw new Fault('input/sql', { reason: 'the standard input cannot be read' }, { cause });
  }
}

async function readText(path: string, option: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    if (bytes.length > SQL_BYTES_MAX) throw new Error('too large');
    return bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new Fault('input/invalid', { option, reason: `${path} cannot be read` }, { cause });
  }
}

async function run(
  client: SqlClient,
  parts: {
    readonly source: string;
    readonly format: SqlFormat;
    readonly options: SqlOptions;
    readonly terminal: Terminal;
  },
): Promise<void> {
  const { source, format, options, terminal } = parts;
  const { output, force } = options;
  try {
    if (output === undefined) {
      if (format !== 'parquet') await runStatements(source, { client, ...toScreen(format, terminal) });
      return;
    }
    await writeWhole(output, { force, option: '--output' }, temporary =>
      fill(client, { source, format, temporary, terminal }),
    );
  } catch (failure) {
    // Where the mistake is; what it is follows with the failure.
    const isShown = failure instanceof Fault && !options.json && !terminal.interrupted.aborted;
    if (isShown) {
      for (const line of caretLines(failure, { source, width: terminal.columns() - 1 })) terminal.err(`${line}\n`);
    }
    throw failure;
  }
}

function toScreen(
  format: Exclude<SqlFormat, 'parquet'>,
  terminal: Terminal,
): { readonly sink: ResultSink; readonly signal: AbortSignal } {
  const write = async (text: string) => {
    terminal.out(text);
    await terminal.drained();
  };
  const sink = textSink({
    format,
    width: terminal.columns(),
    expanded: false,
    write,
    notice: text => terminal.err(`${printable(text)}\n`),
  });
  return { sink, signal: terminal.interrupted };
}

async function fill(
  client: SqlClient,
  parts: {
    readonly source: string;
    readonly format: SqlFormat;
    readonly temporary: string;
    readonly terminal: Terminal;
  },
): Promise<void> {
  const { source, format, temporary, terminal } = parts;
  const signal = terminal.interrupted;
  if (format === 'parquet') {
    await client.copy(source, { path: temporary, format, signal });
    return;
  }
  const file = await openNewFile(temporary, '--output');
  try {
    const sink = textSink({
      format,
      width: 1_000_000,
      expanded: false,
      write: text => file.write(text),
      notice: text => terminal.err(`${printable(text)}\n`),
    });
    await runStatements(source, { client, sink, signal });
  } finally {
    await file.close();
  }
}

async function shell(
  client: SqlClient,
  { format, terminal }: { readonly format: SqlFormat; readonly terminal: Terminal },
): Promise<void> {
  if (terminal.openLines === null || format === 'parquet') throw usage('query', 'it is missing');
  const { readSettings } = await import('../app/settings.ts');
  const history = openHistory(join(readSettings(terminal.environment).home, 'sql-history'));
  let at: SqlShell | null = null;
  const lines = terminal.openLines({
    history: history.lines,
    historyMax: HISTORY_MAX,
    complete: line => at?.complete(line) ?? [[], ''],
    onEntered: line => history.add(line),
  });
  at = new SqlShell({
    client,
    terminal,
    lines,
    format,
    nowMs: () => Math.round(performance.now()),
    readText: path => readText(path, '\\i'),
    newFile: path => openNewFile(path, '\\o'),
  });
  try {
    await at.run();
  } finally {
    lines.close();
  }
}
