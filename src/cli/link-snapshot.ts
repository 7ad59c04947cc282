import type { Command } from 'commander';
import type { SnapshotsAnswer } from '../api/contract.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { exitCodes, usage } from './exit.ts';

type Taken = SnapshotsAnswer['snapshots'][number];

const SAYS: Readonly<Record<Exclude<Taken['outcome'], 'failed'>, string>> = {
  taken: 'snapshot taken',
  unchanged: 'unchanged since its newest snapshot',
  'not-ready': 'its initial sync is not complete yet',
};

export function registerSnapshot(link: Command, { terminal, finish }: CommandContext): void {
  link
    .command('snapshot')
    .description('take a snapshot of tables now, beside those of the schedule; model.json then names it')
    .argument('<name>', 'name of the link')
    .option('--tables <names>', 'logical names, separated by commas (default: all tables of the link)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink link snapshot sales', 'lakelink link snapshot sales --tables account,contact']),
    )
    .action(async (name: string, options: { readonly tables?: string; readonly json?: boolean }) => {
      const link = parseLinkName(name);
      const answer = await connect(terminal).takeSnapshots(link, { tables: tablesOf(options.tables) });
      print(terminal, options, answer, () => answer.snapshots.flatMap(lines));
      if (answer.snapshots.some(({ outcome }) => outcome === 'failed')) finish(exitCodes.failed);
    });
}

function tablesOf(names: string | undefined): string[] | null {
  if (names === undefined) return null;
  const tables = names.split(',').flatMap(name => (name.trim() === '' ? [] : [parseTableName(name.trim())]));
  if (tables.length === 0) throw usage('--tables', 'name at least one table');
  return tables;
}

function lines({ table, outcome, error }: Taken): string[] {
  if (outcome !== 'failed') return [`${table}: ${SAYS[outcome]}`];
  const remedy = error?.remedy == null ? [] : [`    what to do: ${error.remedy}`];
  return [`${table}: no snapshot: ${error?.message ?? ''} [${error?.code ?? ''}]`, ...remedy];
}
