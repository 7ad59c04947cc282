import { ApiClient } from '../api/client.ts';
import { findService, homeLayout, readToken } from '../app/home.ts';
import { readSettings } from '../app/settings.ts';
import { Fault } from '../core/fault.ts';
import type { Terminal } from './terminal.ts';

/** A client of the service that runs on this home. `service/not-running` when none announced itself. */
export function connect(terminal: Terminal): ApiClient {
  const home = homeLayout(readSettings(terminal.environment).home);
  const address = findService(home);
  const token = readToken(home);
  if (address === null || token === null) throw new Fault('service/not-running', { home: home.path });
  return new ApiClient({ port: address.port, token, fetch });
}
