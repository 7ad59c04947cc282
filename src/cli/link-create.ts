import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Fault } from '../core/fault.ts';
import { parseLinkName } from '../core/names.ts';
import { addChoiceOptions, type ChoiceOptions, parseSeconds, readChoices } from './choice-options.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { addEnvironmentOptions, type EnvironmentOptions } from './environment-options.ts';
import { readSecret } from './secret-option.ts';

interface CreateOptions extends EnvironmentOptions, ChoiceOptions {
  readonly lake: string;
  readonly lakeName?: string;
  readonly pollSeconds?: string;
  readonly publishSeconds?: string;
  readonly json?: boolean;
}

export function registerCreate(link: Command, { terminal }: CommandContext): void {
  const command = addEnvironmentOptions(
    link
      .command('create')
      .description('link an environment to a lake folder')
      .argument('<name>', 'name of the link: lower-case letters, digits, single hyphens'),
  )
    .requiredOption('--lake <folder>', 'an existing, empty folder for the lake')
    .option('--lake-name <name>', "name of the lake's database (default: made from the environment)");
  addChoiceOptions(command)
    .option('--poll-seconds <seconds>', 'pause between two looks at a table that changes')
    .option('--publish-seconds <seconds>', 'pause between two publications of a table as CSV')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink link create sales --environment-url https://contoso.crm.dynamics.com \\',
        '    --tenant-id <id> --client-id <id> --client-secret-env CONTOSO_SECRET \\',
        '    --lake /srv/lakes/sales --tables account,contact,lead:append,task:month',
        'lakelink link create changes --environment-url https://contoso.crm.dynamics.com \\',
        '    --tenant-id <id> --client-id <id> --client-secret-env CONTOSO_SECRET \\',
        '    --lake /srv/lakes/changes --tables account,contact --output incremental --interval-minutes 15',
      ]),
    )
    .action(async (name: string, options: CreateOptions) => {
      const { format: _, ...choices } = readChoices(options);
      const body = {
        ...choices,
        name: parseLinkName(name),
        environmentUrl: options.environmentUrl,
        tenantId: options.tenantId,
        clientId: options.clientId,
        clientSecret: await readSecret(options, terminal),
        authorityUrl: options.authorityUrl ?? null,
        lakePath: resolve(options.lake),
        lakeName: options.lakeName ?? null,
        pollSeconds: parseSeconds('poll-seconds', options.pollSeconds) ?? null,
        publishSeconds: parseSeconds('publish-seconds', options.publishSeconds) ?? null,
        tables: [...choices.tables],
      };
      const made = await connect(terminal)
        .createLink(body)
        .catch(failure => {
          throw namedAsTyped(failure);
        });
      print(terminal, options, made, () => [
        `link ${made.name} created: ${made.tables.length} tables from ${made.environmentUrl} to ${made.lakePath}`,
        `watch it: lakelink status --watch`,
      ]);
    });
}

/** What the service calls the parts of a link, as the options that a person typed. */
const OPTION_OF: Readonly<Record<string, string>> = {
  url: '--environment-url',
  environmentUrl: '--environment-url',
  authority: '--authority-url',
  authorityUrl: '--authority-url',
  tenantId: '--tenant-id',
  clientId: '--client-id',
  clientSecret: '--client-secret-env',
  lake: '--lake',
  lakePath: '--lake',
  lakeName: '--lake-name',
  tables: '--tables',
  choices: '--choices',
};

/** A failure of the service about a value, with the option by which it was given. */
export function namedAsTyped(failure: unknown): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'input/invalid') return failure;
  const option = OPTION_OF[String(failure.details.option)];
  return option === undefined
    ? failure
    : new Fault('input/invalid', { ...failure.details, option }, { cause: failure });
}
