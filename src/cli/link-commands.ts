import type { Command } from 'commander';
import { parseLinkName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { registerAttach } from './link-attach.ts';
import { registerChoices } from './link-choices.ts';
import { registerCreate } from './link-create.ts';
import { registerDelete } from './link-delete.ts';
import { registerManage } from './link-manage.ts';
import { registerSnapshot } from './link-snapshot.ts';
import { linkLines, linkListLines } from './link-text.ts';
import { readSecret, SECRET_ENV_OPTION, SECRET_FILE_OPTION, type SecretOptions } from './secret-option.ts';

export function registerLink(program: Command, context: CommandContext): void {
  const link = program
    .command('link')
    .description('make, list, show and delete links (an environment, a lake, its tables)');
  registerCreate(link, context);
  registerAttach(link, context);
  registerReaders(link, context);
  registerChoices(link, context);
  registerManage(link, context);
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
