import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ApplyAnswer } from '../api/contract.ts';
import { choicesOf, isNothing } from '../core/choice-differences.ts';
import { linkChoicesText, type TableChoice } from '../core/link-choices.ts';
import { parseLinkName } from '../core/names.ts';
import { readChoicesFile } from './choice-options.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { namedAsTyped } from './link-create.ts';
import { writeNew } from './new-file.ts';

interface ApplyOptions {
  readonly choices: string;
  readonly dryRun: boolean;
  readonly deleteData: boolean;
  readonly confirm?: string;
  readonly json?: boolean;
}

/** Choices as files: what a link copies and how, kept beside code, moved to another link, changed by a new version. */
export function registerChoices(link: Command, context: CommandContext): void {
  registerShow(link, context);
  registerApply(link, context);
}

function registerShow(link: Command, { terminal }: CommandContext): void {
  link
    .command('choices')
    .description("print a link's choices (tables, modes, intervals) as a file for lakelink link apply and create")
    .argument('<name>', 'name of the link')
    .option('--out <file>', 'write them to this new file')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link choices sales', 'lakelink link choices sales --out sales.json']))
    .action(async (name: string, options: { readonly out?: string; readonly json?: boolean }) => {
      const link = parseLinkName(name);
      const choices = choicesOf(await connect(terminal).link(link));
      const file = options.out === undefined ? null : resolve(options.out);
      if (file !== null) await writeNew(file, linkChoicesText(choices));
      print(terminal, options, { choices, file }, () =>
        file === null ? [linkChoicesText(choices).trimEnd()] : [`choices of ${link} written to ${file}`],
      );
    });
}

function registerApply(link: Command, { terminal }: CommandContext): void {
  link
    .command('apply')
    .description('make a live link what a file of choices says; only what differs is done')
    .argument('<name>', 'name of the link')
    .requiredOption('--choices <file>', 'choices of a link as JSON')
    .option('--dry-run', 'only show what would be done', false)
    .option('--delete-data', 'delete the data of tables that the file does not have; needs --confirm', false)
    .option('--confirm <name>', "the link's name again, to delete data")
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink link apply sales --choices sales.json --dry-run',
        'lakelink link apply sales --choices sales.json',
      ]),
    )
    .action(async (name: string, options: ApplyOptions) => {
      const link = parseLinkName(name);
      const { dryRun, deleteData } = options;
      if (deleteData && !dryRun && options.confirm !== link) {
        throw usage('--confirm', `to delete the data as well, add: --confirm ${link}`);
      }
      const choices = linkChoicesText(readChoicesFile(options.choices));
      const differences = await connect(terminal)
        .applyChoices(link, { choices, dryRun, deleteData })
        .catch(failure => {
          throw namedAsTyped(failure);
        });
      print(terminal, options, { dryRun, ...differences }, () => differenceLines(link, differences, options));
    });
}

function differenceLines(
  link: string,
  differences: ApplyAnswer,
  { dryRun, deleteData }: Pick<ApplyOptions, 'dryRun' | 'deleteData'>,
): string[] {
  if (isNothing(differences)) return [`link ${link} is as the file says`];
  const kept = deleteData ? 'its data is deleted' : 'the lake keeps its data';
  const lines = [
    ...Object.entries(differences.link).map(([field, value]) => `  ${field}: ${value ?? 'off'}`),
    ...differences.added.map(choice => `  add ${tableText(choice)}`),
    ...differences.changed.map(choice => `  change ${tableText(choice)}`),
    ...differences.removed.map(table => `  remove ${table}; ${kept}`),
  ];
  return [dryRun ? `link ${link} would be changed:` : `link ${link} is changed:`, ...lines];
}

function tableText({ table, appendOnly, partitionStrategy }: TableChoice): string {
  return `${table}: ${appendOnly ? 'append only' : 'in place'}, by ${partitionStrategy}`;
}
