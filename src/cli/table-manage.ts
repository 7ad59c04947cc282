import type { Command } from 'commander';
import { parseLinkName } from '../core/names.ts';
import { parseStrategy, parseTables, STRATEGY_OPTION } from './choice-options.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { given } from './link-manage.ts';

interface SetOptions {
  readonly appendOnly?: string;
  readonly partitionStrategy?: string;
  readonly json?: boolean;
}

/** Changes of tables of a live link; the others go on. */
export function registerTableManage(tables: Command, context: CommandContext): void {
  registerSet(tables, context);
  registerPause(tables, context);
}

function registerSet(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('set')
    .description('change how tables stand in files; they are written again from what the lake holds, not read again')
    .argument('<link>', 'name of the link')
    .argument('<tables...>', 'logical names')
    .option('--append-only <on|off>', 'whether their files keep every version and every delete')
    .option(STRATEGY_OPTION, 'how rows are spread over files')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink tables set sales account --partition-strategy month',
        'lakelink tables set sales lead,task --append-only on',
      ]),
    )
    .action(async (link: string, names: string[], options: SetOptions) => {
      const { appendOnly, partitionStrategy: strategy } = options;
      const changed = parseTables(names.join(','));
      const change = given({
        appendOnly: appendOnly === undefined ? undefined : parseSwitch(appendOnly),
        partitionStrategy: strategy === undefined ? undefined : parseStrategy(strategy),
      });
      await connect(terminal).changeTables(parseLinkName(link), { tables: changed, ...change });
      print(terminal, options, { changed, ...change }, () => [`changed in ${link}: ${changed.join(', ')}`]);
    });
}

function registerPause(tables: Command, { terminal }: CommandContext): void {
  tables
    .command('pause')
    .description('ask the environment for nothing more of these tables until they are resumed')
    .argument('<link>', 'name of the link')
    .argument('<tables...>', 'logical names')
    .requiredOption('--reason <text>', 'why; shown in status')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink tables pause sales task --reason "a bulk import is running"']))
    .action(async (link: string, names: string[], options: { readonly reason: string; readonly json?: boolean }) => {
      const paused = parseTables(names.join(','));
      await connect(terminal).pause(parseLinkName(link), { tables: paused, reason: options.reason });
      print(terminal, options, { paused, reason: options.reason }, () => [`paused in ${link}: ${paused.join(', ')}`]);
    });
  tables
    .command('resume')
    .description('let paused tables go on')
    .argument('<link>', 'name of the link')
    .argument('<tables...>', 'logical names')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink tables resume sales task']))
    .action(async (link: string, names: string[], options: { readonly json?: boolean }) => {
      const resumed = parseTables(names.join(','));
      await connect(terminal).resume(parseLinkName(link), { tables: resumed });
      print(terminal, options, { resumed }, () => [`resumed in ${link}: ${resumed.join(', ')}`]);
    });
}

function parseSwitch(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  throw usage('--append-only', 'it is on or off');
}
