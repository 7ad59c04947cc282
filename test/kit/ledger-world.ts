import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LinkName } from '../../src/core/names.ts';
import { parseUserName, type Role } from '../../src/core/user-name.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import type { LedgerLink } from '../../src/ledger/link-rows.ts';
import { type Books, openBooks } from '../../src/ledger/open-books.ts';
import type { LedgerUser } from '../../src/ledger/users.ts';
import { linkTables, NEAR_REAL_TIME } from './choices.ts';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
/** Waiting takes one turn of the event loop: enough to let another connection go on. */
const clock = { nowMs: () => NOW, sleep: () => new Promise<void>(resolve => setImmediate(resolve)) };

/** Of no password that anybody knows. */
export const someVerifier = { iterations: 4096, salt: 'c2FsdA==', storedKey: 'c3RvcmVk', serverKey: 'c2VydmVy' };

export function ledgerLink(name: string, changes: Partial<LedgerLink> = {}): LedgerLink {
  return {
    id: `id-${name}`,
    name: name as LinkName,
    environmentUrl: 'https://contoso.crm.dynamics.com',
    tenantId: 'tenant',
    clientId: 'client',
    authorityUrl: null,
    lakePath: `/lakes/${name}`,
    lakeName: `dataverse-${name}`,
    partitionStrategy: 'year',
    pollSeconds: 5,
    publishSeconds: 60,
    createdAt: '2026-01-01T00:00:00.000Z',
    organizationId: 'org-1',
    ...NEAR_REAL_TIME,
    paused: null,
    tables: linkTables(['account']),
    ...changes,
  };
}

/** A control database in a folder of its own, with the few verbs that its tests repeat. */
export class LedgerWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'lakelink-ledger-'));
  readonly path = join(this.folder, 'ledger.db');
  readonly #beside: Books[] = [];
  #ledger: Ledger | null = null;

  static async open(): Promise<LedgerWorld> {
    const world = new LedgerWorld();
    await world.reopen();
    return world;
  }

  get ledger(): Ledger {
    if (this.#ledger === null) throw new Error('it is not open');
    return this.#ledger;
  }

  async reopen(): Promise<void> {
    await this.#ledger?.close();
    const keyPath = join(this.folder, 'key');
    this.#ledger = await openLedger({ path: this.path, keyPath, secretKey: null, actor: 'operator', clock });
  }

  /** As another process has it. */
  async books(): Promise<Books> {
    const opened = await openBooks({ path: this.path, actor: 'sql', clock });
    this.#beside.push(opened);
    return opened;
  }

  add(link: LedgerLink): Promise<void> {
    return this.ledger.addLink(link, { secret: 'p', linksMax: 10 });
  }

  async unlink(name: string, options: { readonly deleteData: boolean }): Promise<void> {
    await this.ledger.beginRemoveLink(`id-${name}`, { ...options, deleteForeign: false });
    await this.ledger.finishRemoveLink(`id-${name}`);
  }

  user(name: string, role: Role, databases: 'all' | readonly string[] = []): Promise<LedgerUser> {
    return this.ledger.users.create({ name: parseUserName(name), role, databases, verifier: someVerifier });
  }

  /** Each database with the link that uses it. */
  async databases(): Promise<string[]> {
    return (await this.ledger.databases.list()).map(({ name, link }) => `${name}: ${link ?? 'none'}`);
  }

  async close(): Promise<void> {
    for (const books of this.#beside) await books.close();
    await this.#ledger?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
