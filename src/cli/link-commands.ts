import type { Command } from 'commander';
import { parseLinkName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { registerCreate } from './link-create.ts';
import { registerSnapshot } from './link-snapshot.ts';
import { linkLines, linkListLines } from './link-text.ts';
import { readSecret, SECRET_ENV_OPTION, SECRET_FILE_OPTION, type SecretOptions } from './secret-option.ts';

export function registerLink(program: Command, context: CommandContext): void {
  const link = program
    .command('link')
    .description('make, list, show and delete links (an environment, a lake, its tables)');
  registerCreate(link, context);
  registerReaders(link, context);
  registerSecret(link, context);
  registerAccept(link, context);
  registerSnapshot(link, context);
  registerDelete(link, context);
}

function registerReaders(link: Command, { terminal }: CommandContext): void {
  link
    .command('list')
    .description('list the links')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link list', 'lakelink link list --json']))
    .action(async (options: { json?: boolean }) => {
      const { links } = await connect(terminal).links();
      print(terminal, options, links, () => (links.length === 0 ? ['no links yet'] : linkListLines(links, terminal)));
    });
  link
    .command('show')
    .description('show a link')
    .argument('<name>', 'name of the link')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link show sales']))
    .action(async (name: string, options: { json?: boolean }) => {
      const link = parseLinkName(name);
      const shown = await connect(terminal).link(link);
      print(terminal, options, shown, () => linkLines(shown));
    });
}

function registerSecret(link: Command, { terminal }: CommandContext): void {
  link
    .command('secret')
    .description('replace the client secret of a link, for example before it ends')
    .argument('<name>', 'name of the link')
    .option(...SECRET_ENV_OPTION)
    .option(...SECRET_FILE_OPTION)
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link secret sales --client-secret-env CONTOSO_SECRET']))
    .action(async (name: string, options: SecretOptions & { readonly json?: boolean }) => {
      const link = parseLinkName(name);
      const secret = await readSecret(options, terminal);
      await connect(terminal).replaceSecret(link, secret);
      print(terminal, options, { link, done: 'secret' }, () => [`link ${link} signs in with the new secret`]);
    });
}

function registerAccept(link: Command, { terminal }: CommandContext): void {
  link
    .command('accept-environment')
    .description('say that the environment at the address now, restored or another one, is the right one')
    .argument('<name>', 'name of the link')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link accept-environment sales']))
    .action(async (name: string, options: { readonly json?: boolean }) => {
      const link = parseLinkName(name);
      await connect(terminal).acceptEnvironment(link);
      print(terminal, options, { link, done: 'accept-environment' }, () => [
        `link ${link} reads every table again from the environment as it is now`,
        'before rows go that it does not have, the table asks: lakelink status',
      ]);
    });
}

function registerDelete(link: Command, { terminal }: CommandContext): void {
  link
    .command('delete')
    .description('end a link; the lake keeps its data unless told otherwise')
    .argument('<name>', 'name of the link')
    .option('--delete-data', "delete the lake's files that Lakelink wrote; needs --confirm", false)
    .option('--confirm <name>', "the link's name again, to delete data")
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink link delete sales', 'lakelink link delete sales --delete-data --confirm sales']),
    )
    .action(async (name: string, options: { deleteData: boolean; confirm?: string; json?: boolean }) => {
      const link = parseLinkName(name);
      const { deleteData } = options;
      if (deleteData && options.confirm !== link) {
        throw usage('--confirm', `to delete the data as well, add: --confirm ${link}`);
      }
      await connect(terminal).deleteLink(link, { deleteData, deleteForeign: false });
      print(terminal, options, { deleted: name, deleteData }, () => [
        `link ${name} deleted; ${deleteData ? 'its data was deleted' : 'the lake keeps its data'}`,
      ]);
    });
}
