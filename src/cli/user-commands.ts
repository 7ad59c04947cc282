import type { Command } from 'commander';
import type { UserAnswer } from '../api/contract-users.ts';
import { parseUserName, type Role } from '../core/user-name.ts';
import { connect } from './connect.ts';
import { type CommandContext, examplesText, JSON_OPTION, print } from './context.ts';
import { usage } from './exit.ts';
import { given } from './link-manage.ts';
import { addPasswordOptions, type PasswordOptions, passwordLines, readPassword } from './password-option.ts';
import { printable, textTable } from './text-table.ts';

interface JsonOption {
  readonly json?: boolean;
}

interface CreateOptions extends PasswordOptions, JsonOption {
  readonly role: string;
  readonly database?: string[];
}

interface SetOptions extends JsonOption {
  readonly role?: string;
  readonly signIn?: string;
}

const ROLE_OF_WORD: Readonly<Record<string, Role>> = {
  admin: 'System Administrator',
  maker: 'Maker',
  reader: 'Reader',
};
const ROLE_WORDS = Object.keys(ROLE_OF_WORD).join(', ');
const DATABASE_OPTION = '--database <names...>';
const NAME = ['<name>', 'name of the user, exactly as it signs in'] as const;

/** Who signs in to the SQL endpoint, and what they may use. */
export function registerUser(program: Command, context: CommandContext): void {
  const user = program.command('user').description('make, list and change users of the SQL endpoint and their rights');
  registerCreate(user, context);
  registerList(user, context);
  registerPassword(user, context);
  registerGrants(user, context);
  registerSet(user, context);
  registerDelete(user, context);
}

function registerCreate(user: Command, { terminal }: CommandContext): void {
  const command = user
    .command('create')
    .description('make a user; without a password of its own it gets one, which is shown once')
    .argument('<name>', 'name to sign in with: 1 to 63 characters')
    .option(
      '--role <role>',
      'reader: reads; maker: makes views as well; admin: everything, in every database',
      'reader',
    )
    .option(DATABASE_OPTION, 'databases it may use, or all');
  addPasswordOptions(command)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText([
        'lakelink user create maria --database dataverse-contoso-org1',
        'lakelink user create report --role reader --database all --password-env REPORT_PASSWORD',
        'lakelink user create admin --role admin --password-stdin < password.txt',
      ]),
    )
    .action(async (name: string, options: CreateOptions) => {
      const parsed = { name: parseUserName(name), role: parseRole(options.role), databases: databasesOf(options) };
      const chosen = await readPassword(options, terminal);
      const made = await connect(terminal).createUser({ ...parsed, password: chosen.password });
      const shown = chosen.isGenerated ? { ...made, password: chosen.password } : made;
      print(terminal, options, shown, () => [userLine(made), ...passwordLines(chosen)]);
    });
}

function registerList(user: Command, { terminal }: CommandContext): void {
  user
    .command('list')
    .description('list the users')
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink user list', 'lakelink user list --json']))
    .action(async (options: JsonOption) => {
      const { users } = await connect(terminal).users();
      print(terminal, options, users, () =>
        users.length === 0 ? ['no users yet'] : listLines(users, terminal.columns()),
      );
    });
}

function registerPassword(user: Command, { terminal }: CommandContext): void {
  const command = user
    .command('password')
    .description('replace the password of a user; without one of its own it gets one, which is shown once')
    .argument(...NAME);
  addPasswordOptions(command)
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink user password maria', 'lakelink user password report --password-env REPORT_PASSWORD']),
    )
    .action(async (name: string, options: PasswordOptions & JsonOption) => {
      const parsed = parseUserName(name);
      const chosen = await readPassword(options, terminal);
      await connect(terminal).setPassword(parsed, chosen.password);
      const shown = { user: parsed, ...(chosen.isGenerated ? { password: chosen.password } : {}) };
      print(terminal, options, shown, () => [
        `user ${printable(parsed)} signs in with the new password`,
        ...passwordLines(chosen),
      ]);
    });
}

function registerGrants(user: Command, { terminal }: CommandContext): void {
  const verbs = { grant: 'let a user use databases', revoke: 'take databases from a user' } as const;
  for (const [verb, about] of Object.entries(verbs) as [keyof typeof verbs, string][]) {
    user
      .command(verb)
      .description(about)
      .argument(...NAME)
      .requiredOption(DATABASE_OPTION, 'databases, or all')
      .option(...JSON_OPTION)
      .addHelpText(
        'after',
        examplesText([
          `lakelink user ${verb} maria --database dataverse-contoso-org1`,
          `lakelink user ${verb} maria --database all`,
        ]),
      )
      .action(async (name: string, options: { readonly database: string[] } & JsonOption) => {
        const parsed = parseUserName(name);
        const databases = databasesOf(options);
        if (databases.length === 0) throw usage('--database', 'name a database, or all');
        const changed = await connect(terminal)[verb](parsed, { databases });
        print(terminal, options, changed, () => [userLine(changed)]);
      });
  }
}

function registerSet(user: Command, { terminal }: CommandContext): void {
  user
    .command('set')
    .description('change the role of a user, or whether it may sign in')
    .argument(...NAME)
    .option('--role <role>', 'reader, maker or admin')
    .option('--sign-in <on|off>', 'off keeps the user with its rights, but lets nobody in')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      examplesText(['lakelink user set maria --role maker', 'lakelink user set maria --sign-in off']),
    )
    .action(async (name: string, options: SetOptions) => {
      const { role, signIn } = options;
      if (signIn !== undefined && signIn !== 'on' && signIn !== 'off') throw usage('--sign-in', 'it is on or off');
      const change = given({
        role: role === undefined ? undefined : parseRole(role),
        disabled: signIn === undefined ? undefined : signIn === 'off',
      });
      const changed = await connect(terminal).changeUser(parseUserName(name), change);
      print(terminal, options, changed, () => [userLine(changed)]);
    });
}

function registerDelete(user: Command, { terminal }: CommandContext): void {
  user
    .command('delete')
    .description('delete a user with its rights; views that it made stay')
    .argument(...NAME)
    .option(...JSON_OPTION)
    .addHelpText('after', examplesText(['lakelink user delete maria']))
    .action(async (name: string, options: JsonOption) => {
      const parsed = parseUserName(name);
      await connect(terminal).deleteUser(parsed);
      print(terminal, options, { deleted: parsed }, () => [`user ${printable(parsed)} deleted`]);
    });
}

function parseRole(word: string): Role {
  const role = ROLE_OF_WORD[word];
  if (role === undefined) throw usage('--role', `it is one of ${ROLE_WORDS}`);
  return role;
}

/** Names may be separated by commas, too. */
function databasesOf({ database = [] }: { readonly database?: string[] }): 'all' | string[] {
  const names = database.flatMap(text => text.split(',')).filter(name => name !== '');
  if (!names.includes('all')) return [...new Set(names)];
  if (names.length > 1) throw usage('--database', 'it is all, or names');
  return 'all';
}

function userLine(user: UserAnswer): string {
  const off = user.disabled ? ', may not sign in' : '';
  return `user ${printable(user.name)}: ${user.role}${off}; databases: ${databasesText(user)}`;
}

function listLines(users: readonly UserAnswer[], width: number): string[] {
  return textTable({
    columns: [{ title: 'User' }, { title: 'Role' }, { title: 'Sign-in' }, { title: 'Databases' }],
    rows: users.map(user => [printable(user.name), user.role, user.disabled ? 'off' : 'on', databasesText(user)]),
    width,
  });
}

function databasesText({ role, databases }: UserAnswer): string {
  if (role === 'System Administrator' || databases === 'all') return 'all';
  return databases.length === 0 ? 'none' : databases.join(', ');
}
