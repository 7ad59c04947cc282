import { statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Command } from 'commander';
import type { FileFormat } from '../app/sql-client.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { type LakeChoice, openLake, withLakeOptions } from './sql-command.ts';
import { writeWhole } from './sql-file.ts';
import type { Terminal } from './terminal.ts';
import { bytesText, count } from './text-table.ts';

const TELL_MS = 500;

interface ExportOptions extends LakeChoice {
  readonly to: string;
  readonly asOf?: string;
  readonly where?: string;
  readonly force: boolean;
  readonly json?: boolean;
}

export function registerExport(program: Command, { terminal }: CommandContext): void {
  withLakeOptions(
    program
      .command('export')
      .description('write a table of a lake database into one file, as it is committed now or was before')
      .argument('<table>', 'a table or view: account, account_labels, lakelink.commits'),
  )
    .requiredOption('--to <file>', 'a new file; its ending says what it becomes: .parquet, .csv or .json')
    .option('--as-of <commit|time>', 'as it was: a commit number, or a time as 2026-01-31T12:00:00Z')
    .option('--where <condition>', 'only these rows, a condition in SQL')
    .option('--force', 'replace a file that is there', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink export account --to account.parquet',
        `lakelink export account_labels --to open.csv --where "statecode = 0"`,
        'lakelink export account --to before.parquet --as-of 2026-01-31T12:00:00Z',
      ]),
    )
    .action(async (table: string, options: ExportOptions) => {
      const format = formatOf(options.to);
      const query = exportQuery(table, options);
      await using client = await openLake(options, terminal);
      const { rows } = await writeWhole(options.to, { force: options.force, option: '--to' }, async temporary => {
        const told = progressOf(temporary, { table, json: options.json === true, terminal });
        try {
          return await client.copy(query, { path: temporary, format, signal: terminal.interrupted });
        } finally {
          told.end();
        }
      });
      const bytes = statSync(options.to).size;
      print(terminal, options, { table, file: options.to, format, rows, bytes }, () => [
        `${table}: ${count(rows)} ${rows === 1 ? 'row' : 'rows'} in ${options.to}, ${bytesText(bytes)}`,
      ]);
    });
}

function formatOf(path: string): FileFormat {
  const formats: Readonly<Record<string, FileFormat>> = {
    '.parquet': 'parquet',
    '.csv': 'csv',
    '.json': 'json',
  };
  const format = formats[extname(path).toLowerCase()];
  if (format === undefined) throw usage('--to', 'its ending is .parquet, .csv or .json');
  return format;
}

/** @internal */
export function exportQuery(table: string, { asOf, where }: Pick<ExportOptions, 'asOf' | 'where'>): string {
  const at = asOf === undefined ? '' : ` AT (${momentOf(asOf)})`;
  // A line of its own, so that a comment at its end hides nothing.
  const condition = where === undefined ? '' : `\nWHERE (\n${where}\n)`;
  return `SELECT * FROM ${nameOf(table)}${at}${condition}`;
}

function nameOf(table: string): string {
  const parts = /^(?:([A-Za-z_]\w*)\.)?([^".]+)$/.exec(table);
  const name = parts?.[2];
  if (name === undefined) throw usage('<table>', 'it is a table or view, with its schema or without: dbo.account');
  const quoted = (part: string) => `"${part.replaceAll('"', '""')}"`;
  return parts?.[1] === undefined ? quoted(name) : `${quoted(parts[1])}.${quoted(name)}`;
}

function momentOf(text: string): string {
  if (/^[0-9]{1,15}$/.test(text)) return `VERSION => ${text}`;
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw usage('--as-of', 'it is a commit number, or a time as 2026-01-31T12:00:00Z');
  return `TIMESTAMP => TIMESTAMPTZ '${new Date(ms).toISOString()}'`;
}

/** On a screen, one line that says how much was written so far. */
function progressOf(
  path: string,
  { table, json, terminal }: { readonly table: string; readonly json: boolean; readonly terminal: Terminal },
): { end(): void } {
  if (json || !terminal.isScreen) return { end: () => {} };
  const timer = setInterval(() => {
    try {
      terminal.err(`\r\u001b[K${table}: ${bytesText(statSync(path).size)} written\r`);
    } catch {
      // Nothing is written yet.
    }
  }, TELL_MS);
  return {
    end: () => {
      clearInterval(timer);
      terminal.err('\r\u001b[K');
    },
  };
}
