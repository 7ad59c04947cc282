import { Command } from 'commander';
import { type CommandContext, examplesText } from './context.ts';
import { registerDatabase } from './database-commands.ts';
import { registerDemo } from './demo-command.ts';
import { registerLink } from './link-commands.ts';
import { registerQuery } from './query-commands.ts';
import { registerService } from './service-commands.ts';
import { registerTables } from './table-commands.ts';
import type { Terminal } from './terminal.ts';
import { registerTrial } from './trial-commands.ts';
import { registerUser } from './user-commands.ts';
import { version } from './version.ts';

/** The whole command line. Nothing heavy is loaded here: a command loads what it needs when it runs. */
export function buildProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('lakelink')
    .description(
      'Copies the tables of a Microsoft Dataverse environment into your own data lake and keeps them up to date.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('(add --help for what is accepted)')
    .addHelpText('after', examplesText(['lakelink demo', 'lakelink start', 'lakelink status --watch']));
  registerDemo(program, context);
  registerService(program, context);
  registerLink(program, context);
  registerTables(program, context);
  registerQuery(program, context);
  registerDatabase(program, context);
  registerUser(program, context);
  registerTrial(program, context);
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({
      writeOut: text => terminal.out(text),
      writeErr: text => terminal.err(text),
      getOutHelpWidth: () => helpWidth(terminal),
      getErrHelpWidth: () => helpWidth(terminal),
      getOutHasColors: () => terminal.colors,
      getErrHasColors: () => terminal.colors,
    });
  }
  return program;
}

/** A command and everything below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Lines of prose are easier to read when they are not long. */
export function helpWidth(terminal: Terminal): number {
  return Math.min(100, terminal.columns());
}
