import type { Command } from 'commander';
import type { ContentsAnswer } from '../api/contract.ts';
import { parseLinkName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { bytesText, count, textTable } from './text-table.ts';

interface DeleteOptions {
  readonly deleteData: boolean;
  readonly confirm?: string;
  readonly deleteForeignFiles: boolean;
  readonly confirmForeign?: string;
  readonly dryRun: boolean;
  readonly json?: boolean;
}

const KIND_TEXT = {
  descriptions: 'model.json, metadata, choices',
  'near-real-time': 'near real-time CSV',
  snapshots: 'snapshots',
  incremental: 'incremental folders',
  commits: 'commits and their data',
  foreign: 'not written by Lakelink',
} as const satisfies Record<ContentsAnswer['kinds'][number]['kind'], string>;

export function registerDelete(link: Command, { terminal }: CommandContext): void {
  link
    .command('delete')
    .description('end a link; the lake keeps its data unless told otherwise')
    .argument('<name>', 'name of the link')
    .option('--delete-data', "delete the lake's files that Lakelink wrote; needs --confirm", false)
    .option('--confirm <name>', "the link's name again, to delete data")
    .option(
      '--delete-foreign-files',
      'delete files that others put into the lake as well; needs --confirm-foreign',
      false,
    )
    .option('--confirm-foreign <name>', "the link's name once more, to delete files that Lakelink did not write")
    .option('--dry-run', 'only show what is in the lake', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink link delete sales',
        'lakelink link delete sales --dry-run',
        'lakelink link delete sales --delete-data --confirm sales',
      ]),
    )
    .action(async (name: string, options: DeleteOptions) => {
      const link = parseLinkName(name);
      const { deleteData, deleteForeignFiles: deleteForeign } = options;
      requireConfirmation(link, options);
      const client = connect(terminal);
      const contents = options.dryRun || deleteData ? await client.contents(link) : null;
      if (contents !== null && options.json !== true) {
        for (const line of contentLines(contents, { deleteForeign, width: terminal.columns() }))
          terminal.out(`${line}\n`);
      }
      if (options.dryRun) {
        if (options.json === true) print(terminal, options, contents, () => []);
        return;
      }
      await client.deleteLink(link, { deleteData, deleteForeign });
      print(terminal, options, { deleted: name, deleteData, deleteForeign, contents }, () => [
        `link ${name} deleted; ${deleteData ? 'its data was deleted' : 'the lake keeps its data'}`,
      ]);
    });
}

function requireConfirmation(link: string, options: DeleteOptions): void {
  if (options.dryRun) return;
  if (options.deleteData && options.confirm !== link) {
    throw usage('--confirm', `to delete the data as well, add: --confirm ${link}`);
  }
  if (!options.deleteForeignFiles) return;
  if (!options.deleteData) throw usage('--delete-foreign-files', 'it goes with --delete-data');
  if (options.confirmForeign !== link) {
    throw usage('--confirm-foreign', `to delete files of others as well, add: --confirm-foreign ${link}`);
  }
}

/** What is in the lake; files of others by name, since they are kept unless asked for a second time. */
export function contentLines(
  { kinds, foreign }: ContentsAnswer,
  { deleteForeign, width }: { readonly deleteForeign: boolean; readonly width: number },
): string[] {
  if (kinds.length === 0) return ['the lake is empty'];
  const table = textTable({
    columns: [{ title: 'In the lake' }, { title: 'Files', right: true }, { title: 'Size', right: true }],
    rows: kinds.map(({ kind, files, bytes }) => [KIND_TEXT[kind], count(files), bytesText(bytes)]),
    width,
  });
  if (foreign.length === 0) return table;
  const all = kinds.find(({ kind }) => kind === 'foreign')?.files ?? foreign.length;
  const more = all > foreign.length ? [`  and ${all - foreign.length} more`] : [];
  const head = deleteForeign ? 'files of others, which go as well:' : 'files of others, which stay:';
  return [...table, head, ...foreign.map(path => `  ${path}`), ...more];
}
