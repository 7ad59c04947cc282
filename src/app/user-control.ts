import type { NewUser, UserControl, UserView } from '../api/administration.ts';
import { scramVerifier } from '../core/scram.ts';
import { type Role, requirePassword } from '../core/user-name.ts';
import type { UserBook } from '../ledger/users.ts';
import type { Log } from './log.ts';

/** Users as the operator sees them. A password becomes what checks it here, and goes no further. */
export class LedgerUsers implements UserControl {
  readonly #users: UserBook;
  readonly #log: Log;

  constructor({ users, log }: { readonly users: UserBook; readonly log: Log }) {
    this.#users = users;
    this.#log = log;
  }

  list(): Promise<readonly UserView[]> {
    return this.#users.list();
  }

  async create({ password, ...user }: NewUser): Promise<UserView> {
    requirePassword(password);
    const made = await this.#users.create({ ...user, verifier: await scramVerifier(password) });
    this.#log.info('user created', { user: made.name });
    return made;
  }

  async change(name: string, change: { readonly role?: Role; readonly disabled?: boolean }): Promise<UserView> {
    const changed = await this.#users.change(name, change);
    this.#log.info('user changed', { user: name });
    return changed;
  }

  async setPassword(name: string, password: string): Promise<void> {
    requirePassword(password);
    await this.#users.setVerifier(name, await scramVerifier(password));
    this.#log.info('password replaced', { user: name });
  }

  async grant(name: string, databases: 'all' | readonly string[]): Promise<UserView> {
    const changed = await this.#users.grant(name, databases);
    this.#log.info('databases granted', { user: name, names: databases === 'all' ? 'all' : databases.join(',') });
    return changed;
  }

  async revoke(name: string, databases: 'all' | readonly string[]): Promise<UserView> {
    const changed = await this.#users.revoke(name, databases);
    this.#log.info('databases revoked', { user: name, names: databases === 'all' ? 'all' : databases.join(',') });
    return changed;
  }

  async remove(name: string): Promise<void> {
    await this.#users.remove(name);
    this.#log.info('user deleted', { user: name });
  }
}
