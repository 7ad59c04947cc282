import { relative } from 'node:path';
import type { Command } from 'commander';
import { type CommandContext, examplesText } from './context.ts';
import { positiveNumber, wholeNumber } from './service-commands.ts';
import { wrapWords } from './text-table.ts';
import { version } from './version.ts';

interface Options {
  readonly once: boolean;
  readonly rows: string;
  readonly seed: string;
  readonly changesPerSecond: string;
  readonly month: boolean;
}

export function registerDemo(program: Command, { terminal }: CommandContext): void {
  program
    .command('demo')
    .description('show everything at work on this machine: an embedded Dataverse, a link, a lake; no account needed')
    .option('--once', 'end after the first full sync and one incremental update', false)
    .option('--rows <n>', 'rows of the made-up environment, over all tables', '20000')
    .option('--seed <n>', 'which made-up data', '1')
    .option('--changes-per-second <n>', 'how busy the simulated users are', '5')
    .option('--month', 'partition by month instead of by year', false)
    .addHelpText(
      'after',
      examplesText(['lakelink demo', 'lakelink demo --once', 'lakelink demo --rows 200000 --changes-per-second 50']),
    )
    .action(async (options: Options) => {
      const { interrupted } = terminal;
      const demo = {
        once: options.once,
        rows: wholeNumber('rows', options.rows, 100_000_000),
        seed: wholeNumber('seed', options.seed, 0xffff_ffff),
        changesPerSecond: positiveNumber('changes-per-second', options.changesPerSecond),
        month: options.month,
      };
      // Said before anything heavy is loaded.
      const title = 'Lakelink demo: an embedded Dataverse, a link, and a data lake on this machine';
      terminal.out(`${wrapWords(title, { width: terminal.columns() - 1 }).join('\n')}\n`);
      const { readSettings } = await import('../app/settings.ts');
      const settings = readSettings(terminal.environment);
      const { demoScreen } = await import('./demo-screen.ts');
      const { runDemo } = await import('../app/demo.ts');
      const screen = demoScreen(terminal, { command: ownCommand() });
      await runDemo({ settings, options: demo, screen, signal: interrupted, version: version() });
    });
}

/** How this program was called, so that the commands we suggest work as they are printed. */
function ownCommand(): string {
  const path = process.argv[1];
  if (path === undefined || !path.endsWith('.js')) return 'lakelink';
  const near = relative(process.cwd(), path);
  return `node ${near.length < path.length ? near : path}`;
}
