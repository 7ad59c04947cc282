import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import { parseStrategy, parseTables, STRATEGY_OPTION } from './choice-options.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { shapeLines } from './shape-text.ts';
import { endpointLines, fitRows, statusLines } from './status-text.ts';
import { registerTableManage } from './table-manage.ts';
import { redrawn, type Terminal } from './terminal.ts';
import { cut, textTable } from './text-table.ts';

const WATCH_PAUSE_MS = 1_000;

interface AddOptions {
  readonly partitionStrategy?: string;
  readonly appendOnly: boolean;
  readonly json?: boolean;
}

export function registerTables(program: Command, context: CommandContext): void {
  const tables = program.command('tables').description("list, add, remove and repair a link's tables");
  registerList(tables, context);
  registerAdd(tables, context);
  registerRemove(tables, context);
  registerTableManage(tables, context);
  registerVerbs(tables, context);
  registerShapes(tables, context);
  registerStatus(program, context);
}

function registerList(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('list')
    .description('list the tables of the environment: which are in the link, which can be added, which cannot and why')
    .argument('<link>', 'name of the link')
    .option('--all', 'also tables that cannot be exported', false)
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink tables list sales', 'lakelink tables list sales --all']))
    .action(async (link: string, options: { all: boolean; json?: boolean }) => {
      const name = parseLinkName(link);
      const answer = await connect(terminal).tables(name);
      const shown = answer.tables.filter(table => options.all || table.chosen || table.refusal === null);
      print(terminal, options, shown, () =>
        textTable({
          columns: [{ title: 'Table' }, { title: 'In link' }, { title: 'Name', dropOrder: 1 }, { title: 'Note' }],
          rows: shown.map(table => [
            table.table,
            table.chosen ? 'yes' : '',
            table.displayName,
            table.refusal === null ? '' : table.refusal.reason,
          ]),
          width: terminal.columns(),
        }),
      );
    });
}

function registerAdd(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('add')
    .description('add tables to a link')
    .argument('<link>', 'name of the link')
    .argument('<tables...>', 'logical names')
    .option(STRATEGY_OPTION, "how rows are spread over files (default: the link's)")
    .option('--append-only', 'their files keep every version and every delete', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink tables add sales lead,task',
        'lakelink tables add sales lead --append-only --partition-strategy month',
      ]),
    )
    .action(async (link: string, names: string[], options: AddOptions) => {
      const name = parseLinkName(link);
      const added = parseTables(names.join(','));
      const strategy = options.partitionStrategy;
      await connect(terminal).addTables(name, {
        tables: added,
        partitionStrategy: strategy === undefined ? null : parseStrategy(strategy),
        appendOnly: options.appendOnly,
      });
      print(terminal, options, { added }, () => [`added to ${link}: ${added.join(', ')}`]);
    });
}

function registerRemove(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('remove')
    .description('remove tables from a link; the lake keeps their data unless told otherwise')
    .argument('<link>', 'name of the link')
    .argument('<tables...>', 'logical names')
    .option('--delete-data', "delete the tables' data in the lake; needs --confirm", false)
    .option('--confirm <link>', "the link's name again, to delete data")
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink tables remove sales lead',
        'lakelink tables remove sales lead --delete-data --confirm sales',
      ]),
    )
    .action(
      async (link: string, names: string[], options: { deleteData: boolean; confirm?: string; json?: boolean }) => {
        const name = parseLinkName(link);
        const removed = parseTables(names.join(','));
        const { deleteData } = options;
        if (deleteData && options.confirm !== name) {
          throw usage('--confirm', `to delete the data as well, add: --confirm ${name}`);
        }
        await connect(terminal).removeTables(name, { tables: removed, deleteData });
        print(terminal, options, { removed, deleteData }, () => [`removed from ${link}: ${removed.join(', ')}`]);
      },
    );
}

function registerVerbs(tables: Command, { terminal }: CommandContext): void {
  const verbs = [
    {
      name: 'retry',
      about: 'look at a paused table now',
      call: (client: ApiClient, link: string, table: string) => client.retryTable(link, table),
      done: 'is looked at again',
    },
    {
      name: 'backfill',
      about: 'read every row again, so that unchanged rows get their values in a column that was added',
      call: (client: ApiClient, link: string, table: string) => client.backfillTable(link, table),
      done: 'is read again',
    },
    {
      name: 'confirm-deletes',
      about: 'say that the rows a full read no longer shows are really gone',
      call: (client: ApiClient, link: string, table: string) => client.confirmDeletes(link, table),
      done: 'may delete the rows that are gone',
    },
  ] as const;
  for (const verb of verbs) {
    tables
      .command(verb.name)
      .description(verb.about)
      .argument('<link>', 'name of the link')
      .argument('<table>', 'logical name')
      .option(...JSON_OPTION)
      .addHelpText('after', examplesText([`lakelink tables ${verb.name} sales account`]))
      .action(async (link: string, table: string, options: { json?: boolean }) => {
        const names = { link: parseLinkName(link), table: parseTableName(table) };
        await verb.call(connect(terminal), names.link, names.table);
        print(terminal, options, { link, table, done: verb.name }, () => [`${link}/${table} ${verb.done}`]);
      });
  }
}

function registerShapes(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('shapes')
    .description("show how a table's definition changed, from its log; also while no service runs")
    .argument('<link>', 'name of the link')
    .argument('<table>', 'logical name')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink tables shapes sales account']))
    .action(async (link: string, table: string, options: { json?: boolean }) => {
      const names = { link: parseLinkName(link), table: parseTableName(table) };
      const { readSettings } = await import('../app/settings.ts');
      const { shapeHistory } = await import('../app/shape-history.ts');
      const history = await shapeHistory(readSettings(terminal.environment), names, terminal.interrupted);
      print(terminal, options, history, () => shapeLines(history));
    });
}

function registerStatus(program: Command, { terminal }: CommandContext): void {
  program
    .command('status')
    .description('show the state of every table')
    .option('--link <name>', 'only this link')
    .option('--watch', 'show it again every second until Ctrl-C', false)
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink status', 'lakelink status --watch', 'lakelink status --json']))
    .action(async (options: { link?: string; watch: boolean; json?: boolean }) => {
      const link = options.link === undefined ? undefined : parseLinkName(options.link);
      const client = connect(terminal);
      if (!options.watch) {
        const { at, tables, sql } = await client.status(link);
        print(terminal, options, { at, tables, sql }, () => [
          ...(tables.length === 0
            ? ['no tables yet: lakelink link create --help']
            : statusLines(tables, { nowMs: Date.parse(at), width: terminal.columns() })),
          ...endpointLines(sql),
        ]);
        return;
      }
      await watch(client, { link, json: options.json === true, terminal });
    });
}

/** A screen is redrawn in place; anything else gets one answer a second, one after the other. */
async function watch(
  client: ApiClient,
  options: { readonly link: string | undefined; readonly json: boolean; readonly terminal: Terminal },
): Promise<void> {
  const { terminal } = options;
  const { interrupted } = terminal;
  while (!interrupted.aborted) {
    const { at, tables, sql } = await client.status(options.link);
    if (options.json) terminal.out(`${JSON.stringify({ at, tables, sql })}\n`);
    else {
      const lines = [at, ...statusLines(tables, { nowMs: Date.parse(at), width: terminal.columns() - 1 })];
      if (terminal.isScreen) terminal.out(screenOf(lines, terminal));
      else terminal.out(`${lines.join('\n')}\n`);
    }
    await pause(WATCH_PAUSE_MS, interrupted);
  }
}

function screenOf(lines: readonly string[], terminal: Terminal): string {
  const shown = fitRows(lines, terminal.rows() - 1).map(line => cut(line, terminal.columns() - 1));
  return redrawn(shown, null);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
