import type { Command } from 'commander';
import { parseLinkName } from '../core/names.ts';
import {
  INTERVAL_OPTION,
  KEPT_OPTION,
  parseIntervalMinutes,
  parseSeconds,
  parseSnapshotMinutes,
  parseSnapshotsKept,
  parseStrategy,
  SNAPSHOT_OPTION,
  STRATEGY_OPTION,
} from './choice-options.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { namedAsTyped } from './link-create.ts';
import { linkLines } from './link-text.ts';

interface SetOptions {
  readonly snapshotMinutes?: string;
  readonly snapshotsKept?: string;
  readonly intervalMinutes?: string;
  readonly partitionStrategy?: string;
  readonly pollSeconds?: string;
  readonly publishSeconds?: string;
  readonly json?: boolean;
}

interface MoveOptions {
  readonly environmentUrl: string;
  readonly authorityUrl?: string;
  readonly json?: boolean;
}

/** Changes of a live link; nothing is read again for them. */
export function registerManage(link: Command, context: CommandContext): void {
  registerSet(link, context);
  registerPause(link, context);
  registerMove(link, context);
}

function registerSet(link: Command, { terminal }: CommandContext): void {
  link
    .command('set')
    .description('change intervals and pace of a link while it runs')
    .argument('<name>', 'name of the link')
    .option(...SNAPSHOT_OPTION)
    .option(...KEPT_OPTION)
    .option(...INTERVAL_OPTION)
    .option(STRATEGY_OPTION, 'of tables that are added from now on')
    .option('--poll-seconds <seconds>', 'pause between two looks at a table that changes')
    .option('--publish-seconds <seconds>', 'pause between two publications of a table as CSV')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink link set sales --snapshot-minutes 30', 'lakelink link set sales --snapshot-minutes off']),
    )
    .action(async (name: string, options: SetOptions) => {
      const { partitionStrategy: strategy } = options;
      const change = given({
        snapshotMinutes: parseSnapshotMinutes(options.snapshotMinutes),
        snapshotsKept: parseSnapshotsKept(options.snapshotsKept),
        incrementalMinutes: parseIntervalMinutes(options.intervalMinutes),
        partitionStrategy: strategy === undefined ? undefined : parseStrategy(strategy),
        pollSeconds: parseSeconds('poll-seconds', options.pollSeconds),
        publishSeconds: parseSeconds('publish-seconds', options.publishSeconds),
      });
      const changed = await connect(terminal).changeLink(parseLinkName(name), change);
      print(terminal, options, changed, () => linkLines(changed));
    });
}

function registerPause(link: Command, { terminal }: CommandContext): void {
  link
    .command('pause')
    .description('ask the environment for nothing more until the link is resumed')
    .argument('<name>', 'name of the link')
    .requiredOption('--reason <text>', 'why; shown in status')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link pause sales --reason "maintenance of the environment"']))
    .action(async (name: string, options: { readonly reason: string; readonly json?: boolean }) => {
      const link = parseLinkName(name);
      await connect(terminal).pause(link, { reason: options.reason });
      print(terminal, options, { link, done: 'pause' }, () => [`link ${link} is paused`]);
    });
  link
    .command('resume')
    .description('let a paused link go on; tables that are paused themselves stay so')
    .argument('<name>', 'name of the link')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link resume sales']))
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const link = parseLinkName(name);
      await connect(terminal).resume(link, {});
      print(terminal, options, { link, done: 'resume' }, () => [`link ${link} goes on`]);
    });
}

function registerMove(link: Command, { terminal }: CommandContext): void {
  link
    .command('move')
    .description('follow an environment that answers under another address now; everything that was read stays')
    .argument('<name>', 'name of the link')
    .requiredOption('--environment-url <url>', 'the new address, for example https://contoso2.crm.dynamics.com')
    .option('--authority-url <url>', 'where tokens come from, when that is elsewhere as well')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink link move sales --environment-url https://contoso2.crm.dynamics.com']),
    )
    .action(async (name: string, options: MoveOptions) => {
      const link = parseLinkName(name);
      const { environmentUrl, authorityUrl = null } = options;
      await connect(terminal)
        .moveLink(link, { environmentUrl, authorityUrl })
        .catch(failure => {
          throw namedAsTyped(failure);
        });
      print(terminal, options, { link, done: 'move' }, () => [
        `link ${link} follows its environment to ${environmentUrl}`,
      ]);
    });
}

/** Without what was not given; nothing at all is a mistake. */
export function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  if (entries.length === 0) throw usage('options', 'say what is to be changed; see --help');
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
