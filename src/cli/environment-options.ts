import type { Command } from 'commander';
import { SECRET_ENV_OPTION, SECRET_FILE_OPTION, type SecretOptions } from './secret-option.ts';

/** How a person names an environment and the application that signs in to it. */
export interface EnvironmentOptions extends SecretOptions {
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly authorityUrl?: string;
}

/** The same options for every command that asks an environment for the first time. */
export function addEnvironmentOptions(command: Command): Command {
  return command
    .requiredOption('--environment-url <url>', 'environment, for example https://contoso.crm.dynamics.com')
    .requiredOption('--tenant-id <id>', 'tenant of the environment')
    .requiredOption('--client-id <id>', 'application (client) ID of the app registration')
    .option(...SECRET_ENV_OPTION)
    .option(...SECRET_FILE_OPTION)
    .option('--authority-url <url>', 'where tokens come from, when it is not the public cloud');
}
