import type { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import type { DatabaseAnswer } from '../api/contract-users.ts';
import { Fault } from '../core/fault.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { contentLines } from './link-delete.ts';
import { count, printable, textTable } from './text-table.ts';

interface DropOptions {
  readonly keepFiles: boolean;
  readonly yes: boolean;
  readonly json?: boolean;
}

/** Lake databases: of links, and of those that ended with their data kept. */
export function registerDatabase(program: Command, context: CommandContext): void {
  const database = program.command('database').description('list lake databases, and drop those that no link uses');
  registerList(database, context);
  registerDrop(database, context);
}

function registerList(database: Command, { terminal }: CommandContext): void {
  database
    .command('list')
    .description('list the lake databases, with the link that uses each')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink database list', 'lakelink database list --json']))
    .action(async (options: { readonly json?: boolean }) => {
      const { databases } = await connect(terminal).databases();
      print(terminal, options, databases, () =>
        databases.length === 0 ? ['no databases yet; each link makes one'] : listLines(databases, terminal.columns()),
      );
    });
}

function registerDrop(database: Command, { terminal }: CommandContext): void {
  database
    .command('drop')
    .description('drop a database that no link uses: its rights, its views, and the files that Lakelink wrote for it')
    .argument('<name>', 'name of the database')
    .option('--keep-files', 'leave the lake as it is; it can be attached again', false)
    .option('--yes', 'do it; without this it is only shown what would go', false)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink database drop dataverse-contoso-org1',
        'lakelink database drop dataverse-contoso-org1 --yes',
        'lakelink database drop dataverse-contoso-org1 --keep-files --yes',
      ]),
    )
    .action(async (name: string, options: DropOptions) => {
      const { keepFiles, yes, json = false } = options;
      const client = connect(terminal);
      await requireUnused(client, name);
      const lines =
        json || keepFiles ? [] : contentLines(await client.databaseContents(name), shownAt(terminal.columns()));
      for (const line of lines) terminal.out(`${line}\n`);
      if (!yes) throw usage('--yes', 'nothing was dropped; to drop it, add: --yes');
      const { foreign } = await client.dropDatabase(name, { keepFiles });
      print(terminal, options, { dropped: name, keepFiles, foreign }, () => [
        `database ${printable(name)} dropped; ${keepFiles ? 'the lake keeps its files' : 'its files were deleted'}`,
      ]);
    });
}

/** Before anything is shown or asked: what the service would refuse in any case. */
async function requireUnused(client: ApiClient, name: string): Promise<void> {
  const { databases } = await client.databases();
  const found = databases.find(one => one.name === name);
  if (found === undefined) throw new Fault('sql/database-unknown', { database: name });
  if (found.link !== null) throw new Fault('sql/in-use', { database: name, link: found.link });
}

function shownAt(width: number) {
  return { deleteForeign: false, width };
}

function listLines(databases: readonly DatabaseAnswer[], width: number): string[] {
  return textTable({
    columns: [
      { title: 'Database' },
      { title: 'Link' },
      { title: 'Tables', right: true },
      { title: 'Lake', dropOrder: 1 },
    ],
    rows: databases.map(one => [
      printable(one.name),
      one.dropping ? 'none (being dropped)' : (one.link ?? 'none'),
      one.tables === null ? '-' : count(one.tables),
      one.lakePath,
    ]),
    width,
  });
}
