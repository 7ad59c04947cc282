import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SandboxDatabase } from './database.ts';
import { forgetOrder } from './page-order.ts';

/**
 * Moments of an environment that it can be taken back to, as copies of its whole database in a folder of their own. A
 * restore takes back rows, tombstones, definitions and the version counter; versions are then given out a second time.
 */
export class RestorePoints {
  readonly #database: SandboxDatabase;
  readonly #files = new Map<string, string>();
  #folder: string | null = null;
  #count = 0;

  constructor(database: SandboxDatabase) {
    this.#database = database;
  }

  names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Names this moment; a name that is taken is given to it. */
  take(name: string): void {
    this.#folder ??= mkdtempSync(path.join(tmpdir(), 'lakelink-restore-points-'));
    this.#count += 1;
    const file = path.join(this.#folder, `${this.#count}.db`);
    this.#database.saveTo(file);
    const before = this.#files.get(name);
    this.#files.set(name, file);
    if (before !== undefined) rmSync(before, { force: true });
  }

  /**
   * Goes back to a moment. Microsoft's restore puts the copy in the place of an environment, whose organization then has
   * another id or the same; which, is for the caller to say. @throws Error for a name that was never given
   */
  restore(name: string, { organizationId }: { readonly organizationId: string | null }): void {
    const file = this.#files.get(name);
    if (file === undefined)
      throw new Error(`there is no restore point '${name}', but ${this.names().join(', ') || 'none'}`);
    this.#database.restoreFrom(file);
    forgetOrder(this.#database);
    if (organizationId === null) return;
    this.#database.setOrganization({ ...this.#database.organization(), organizationId });
  }

  close(): void {
    this.#files.clear();
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}
