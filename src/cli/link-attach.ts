import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseLinkName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { namedAsTyped } from './link-create.ts';
import { readSecret, SECRET_ENV_OPTION, SECRET_FILE_OPTION, type SecretOptions } from './secret-option.ts';

interface AttachOptions extends SecretOptions {
  readonly lake: string;
  readonly environmentUrl?: string;
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly authorityUrl?: string;
  readonly lakeName?: string;
  readonly json?: boolean;
}

export function registerAttach(link: Command, { terminal }: CommandContext): void {
  link
    .command('attach')
    .description('make a link of a lake that was kept, with its tables and choices; it goes on where it stopped')
    .argument('<name>', 'name of the link; it may be another one than before')
    .requiredOption('--lake <folder>', 'the lake')
    .option(...SECRET_ENV_OPTION)
    .option(...SECRET_FILE_OPTION)
    .option('--environment-url <url>', 'where the environment answers now (default: as the lake says)')
    .option('--tenant-id <id>', 'tenant of the environment (default: as the lake says)')
    .option('--client-id <id>', 'application (client) ID of the app registration (default: as the lake says)')
    .option('--authority-url <url>', 'where tokens come from, when it is not the public cloud')
    .option('--lake-name <name>', "name of the lake's database (default: as the lake says)")
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink link attach sales --lake /srv/lakes/sales --client-secret-env CONTOSO_SECRET']),
    )
    .action(async (name: string, options: AttachOptions) => {
      const body = {
        name: parseLinkName(name),
        lakePath: resolve(options.lake),
        clientSecret: await readSecret(options, terminal),
        environmentUrl: options.environmentUrl ?? null,
        tenantId: options.tenantId ?? null,
        clientId: options.clientId ?? null,
        authorityUrl: options.authorityUrl ?? null,
        lakeName: options.lakeName ?? null,
      };
      const made = await connect(terminal)
        .attachLink(body)
        .catch(failure => {
          throw namedAsTyped(failure);
        });
      print(terminal, options, made, () => [
        `link ${made.name} attached: ${made.tables.length} tables from ${made.environmentUrl} to ${made.lakePath}`,
        `watch it: lakelink status --watch`,
      ]);
    });
}
