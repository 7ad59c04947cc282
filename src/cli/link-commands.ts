import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LinkAnswer } from '../api/contract.ts';
import { Fault } from '../core/fault.ts';
import { parseLinkName, parseTableName } from '../core/names.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { readSecret, SECRET_ENV_OPTION, SECRET_FILE_OPTION, type SecretOptions } from './secret-option.ts';
import type { Terminal } from './terminal.ts';
import { textTable } from './text-table.ts';

interface CreateOptions extends SecretOptions {
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly authorityUrl?: string;
  readonly lake: string;
  readonly lakeName?: string;
  readonly tables: string;
  readonly partitionStrategy: string;
  readonly pollSeconds?: string;
  readonly publishSeconds?: string;
  readonly json?: boolean;
}

export function registerLink(program: Command, context: CommandContext): void {
  const link = program
    .command('link')
    .description('make, list, show and delete links (an environment, a lake, its tables)');
  registerCreate(link, context);
  registerReaders(link, context);
  registerSecret(link, context);
  registerAccept(link, context);
  registerDelete(link, context);
}

function registerCreate(link: Command, { terminal }: CommandContext): void {
  link
    .command('create')
    .description('link an environment to a lake folder')
    .argument('<name>', 'name of the link: lower-case letters, digits, single hyphens')
    .requiredOption('--environment-url <url>', 'environment, for example https://contoso.crm.dynamics.com')
    .requiredOption('--tenant-id <id>', 'tenant of the environment')
    .requiredOption('--client-id <id>', 'application (client) ID of the app registration')
    .option(...SECRET_ENV_OPTION)
    .option(...SECRET_FILE_OPTION)
    .option('--authority-url <url>', 'where tokens come from, when it is not the public cloud')
    .requiredOption('--lake <folder>', 'an existing, empty folder for the lake')
    .option('--lake-name <name>', "name of the lake's database (default: made from the environment)")
    .requiredOption('--tables <names>', 'logical names, separated by commas')
    .option('--partition-strategy <year|month>', 'how rows are spread over files', 'year')
    .option('--poll-seconds <seconds>', 'pause between two looks at a table that changes')
    .option('--publish-seconds <seconds>', 'pause between two publications of a table as CSV')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink link create sales --environment-url https://contoso.crm.dynamics.com \\',
        '    --tenant-id <id> --client-id <id> --client-secret-env CONTOSO_SECRET \\',
        '    --lake /srv/lakes/sales --tables account,contact,opportunity',
      ]),
    )
    .action(async (name: string, options: CreateOptions) => {
      const body = {
        name: parseLinkName(name),
        environmentUrl: options.environmentUrl,
        tenantId: options.tenantId,
        clientId: options.clientId,
        clientSecret: await readSecret(options, terminal),
        authorityUrl: options.authorityUrl ?? null,
        lakePath: resolve(options.lake),
        lakeName: options.lakeName ?? null,
        partitionStrategy: parseStrategy(options.partitionStrategy),
        pollSeconds: parseSeconds('poll-seconds', options.pollSeconds),
        publishSeconds: parseSeconds('publish-seconds', options.publishSeconds),
        tables: parseTables(options.tables),
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
};

function namedAsTyped(failure: unknown): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'input/invalid') return failure;
  const option = OPTION_OF[String(failure.details.option)];
  return option === undefined
    ? failure
    : new Fault('input/invalid', { ...failure.details, option }, { cause: failure });
}

function registerReaders(link: Command, { terminal }: CommandContext): void {
  link
    .command('list')
    .description('list the links')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink link list', 'lakelink link list --json']))
    .action(async (options: { json?: boolean }) => {
      const { links } = await connect(terminal).links();
      print(terminal, options, links, () => (links.length === 0 ? ['no links yet'] : listLines(links, terminal)));
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
      print(terminal, options, shown, () => showLines(shown));
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
      await connect(terminal).deleteLink(link, { deleteData });
      print(terminal, options, { deleted: name, deleteData }, () => [
        `link ${name} deleted; ${deleteData ? 'its data was deleted' : 'the lake keeps its data'}`,
      ]);
    });
}

function listLines(links: readonly LinkAnswer[], terminal: Terminal): string[] {
  return textTable({
    columns: [
      { title: 'Link' },
      { title: 'Tables', right: true },
      { title: 'State' },
      { title: 'Environment', dropOrder: 1 },
      { title: 'Lake', dropOrder: 2 },
    ],
    rows: links.map(link => [
      link.name,
      String(link.tables.length),
      stateText(link),
      link.environmentUrl,
      link.lakePath,
    ]),
    width: terminal.columns(),
  });
}

function stateText(link: LinkAnswer): string {
  return link.running ? 'running' : `stopped${link.error === null ? '' : ` [${link.error.code}]`}`;
}

function showLines(link: LinkAnswer): string[] {
  const trouble = link.error === null ? [] : [`error           ${link.error.message}`];
  const remedy = link.error?.remedy == null ? [] : [`what to do      ${link.error.remedy}`];
  return [
    `link            ${link.name}`,
    `state           ${stateText(link)}`,
    ...trouble,
    ...remedy,
    `environment     ${link.environmentUrl}`,
    `organization    ${link.organizationId}`,
    `tenant          ${link.tenantId}`,
    `application     ${link.clientId}`,
    `lake            ${link.lakePath}`,
    `lake database   ${link.lakeName}`,
    `partitions      by ${link.partitionStrategy}`,
    `poll, publish   every ${link.pollSeconds} s, every ${link.publishSeconds} s`,
    `created         ${link.createdAt}`,
    `tables          ${link.tables.map(one => one.table).join(', ')}`,
  ];
}

/** `account, contact` as names; an empty list is refused. */
export function parseTables(text: string): string[] {
  const names = text.split(',').map(name => name.trim());
  const given = names.filter(name => name !== '');
  if (given.length === 0) throw usage('--tables', 'name at least one table');
  return given.map(parseTableName);
}

export function parseStrategy(text: string): 'year' | 'month' {
  if (text === 'year' || text === 'month') return text;
  throw usage('--partition-strategy', 'it is year or month');
}

function parseSeconds(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0.2 || seconds > 86_400) {
    throw usage(`--${option}`, 'it is a number of seconds from 0.2 to 86400');
  }
  return seconds;
}
