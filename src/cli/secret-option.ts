import { readFileSync } from 'node:fs';
import { usage } from './exit.ts';
import type { Terminal } from './terminal.ts';

const SECRET_BYTES_MAX = 4_096;

export const SECRET_ENV_OPTION = [
  '--client-secret-env <variable>',
  'environment variable that holds the client secret',
] as const;
export const SECRET_FILE_OPTION = [
  '--client-secret-file <file>',
  'file that holds the client secret; - reads it from the standard input',
] as const;

/** Where a client secret comes from; never the command line itself, which other users of the machine can see. */
export interface SecretOptions {
  readonly clientSecretEnv?: string;
  readonly clientSecretFile?: string;
}

/** The secret, from exactly one of the two. */
export async function readSecret(options: SecretOptions, terminal: Terminal): Promise<string> {
  const { clientSecretEnv, clientSecretFile } = options;
  if ((clientSecretEnv === undefined) === (clientSecretFile === undefined)) {
    throw usage('--client-secret-env', 'give either --client-secret-env or --client-secret-file');
  }
  const secret =
    clientSecretEnv !== undefined
      ? (terminal.environment[clientSecretEnv] ?? '')
      : await readSecretFile(clientSecretFile ?? '', terminal);
  if (secret === '') {
    throw usage(clientSecretEnv !== undefined ? '--client-secret-env' : '--client-secret-file', 'the secret is empty');
  }
  return secret;
}

async function readSecretFile(path: string, terminal: Terminal): Promise<string> {
  try {
    const text = path === '-' ? await terminal.readInput(SECRET_BYTES_MAX) : readFileSync(path, 'utf8');
    return text.replace(/\r?\n$/, '');
  } catch {
    throw usage('--client-secret-file', `${path} cannot be read`);
  }
}
