import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { usage } from './exit.ts';
import type { Terminal } from './terminal.ts';

const PASSWORD_BYTES_MAX = 4_096;
/** Without those that are read as another one. 24 of them are 140 bits. */
const CHARACTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const GENERATED_LENGTH = 24;

/** Where a password comes from; never the command line itself, which other users of the machine can see. */
export interface PasswordOptions {
  readonly passwordEnv?: string;
  readonly passwordStdin?: boolean;
}

export interface ChosenPassword {
  readonly password: string;
  /** Made here, so that it has to be shown. */
  readonly isGenerated: boolean;
}

export function addPasswordOptions(command: Command): Command {
  return command
    .option(
      '--password-env <variable>',
      'environment variable that holds the password (default: one is made and shown once)',
    )
    .option('--password-stdin', 'read the password from the standard input');
}

/** The password from one of the two, or a new one. */
export async function readPassword(options: PasswordOptions, terminal: Terminal): Promise<ChosenPassword> {
  const { passwordEnv, passwordStdin = false } = options;
  if (passwordEnv !== undefined && passwordStdin) {
    throw usage('--password-env', 'give either --password-env or --password-stdin, or neither');
  }
  if (passwordEnv === undefined && !passwordStdin) return { password: generatedPassword(), isGenerated: true };
  const password = passwordEnv !== undefined ? (terminal.environment[passwordEnv] ?? '') : await typed(terminal);
  const option = passwordEnv === undefined ? '--password-stdin' : '--password-env';
  if (password === '') throw usage(option, 'the password is empty');
  return { password, isGenerated: false };
}

/** What is printed of a password that was made here; nothing of one that was given. */
export function passwordLines({ password, isGenerated }: ChosenPassword): string[] {
  return isGenerated ? [`password: ${password}`, 'it is shown this once and kept nowhere'] : [];
}

async function typed(terminal: Terminal): Promise<string> {
  try {
    return (await terminal.readInput(PASSWORD_BYTES_MAX)).replace(/\r?\n$/, '');
  } catch {
    throw usage('--password-stdin', 'the standard input cannot be read');
  }
}

function generatedPassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => CHARACTERS.charAt(randomInt(CHARACTERS.length))).join('');
}
