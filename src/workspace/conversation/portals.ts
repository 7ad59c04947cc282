import type { ParameterValue, ResultField, ValueFormat } from '../sql-session.ts';
import type { Cursor } from './cursor.ts';
import type { Plan } from './prepared-statements.ts';
import { refusal } from './refusal.ts';

/** A statement with its parameters, on its way: of Bind, or of DECLARE CURSOR. */
export interface Portal {
  readonly name: string;
  readonly plan: Plan;
  readonly parameters: readonly ParameterValue[];
  /** Of its columns; one each. */
  readonly formats: readonly ValueFormat[];
  /** Columns of its rows; null: it gives none. */
  readonly fields: readonly ResultField[] | null;
  /** Its rows and the place in them; null: a command. */
  cursor: Cursor | null;
  /** A command runs once. */
  hasRun: boolean;
  /** What CommandComplete says, with the rows of this call. */
  tag: (rowCount: number) => string;
  /** Savepoints that were open when it was made. */
  depth: number;
  /** WITH HOLD: outlives its transaction once that is committed. */
  readonly isHold: boolean;
  isHeld: boolean;
}

const PORTALS_MAX = 1_000;

/** Portals and cursors by name: one list, as in PostgreSQL, so each can be asked for by SQL and by the protocol. */
export class Portals {
  readonly #portals = new Map<string, Portal>();

  /** The one without a name is replaced; 42P03 for other names, 53400 where there are too many. */
  async add(portal: Portal): Promise<void> {
    if (portal.name === '') await this.close('');
    else this.checkFree(portal.name);
    if (this.#portals.size >= PORTALS_MAX) {
      throw refusal({
        state: '53400',
        message: `too many open cursors: at most ${PORTALS_MAX}`,
        hint: 'Close those that are no longer used.',
      });
    }
    this.#portals.set(portal.name, portal);
  }

  checkFree(name: string): void {
    if (!this.#portals.has(name)) return;
    throw refusal({ state: '42P03', message: `cursor "${name}" already exists` });
  }

  find(name: string): Portal | null {
    return this.#portals.get(name) ?? null;
  }

  /** 34000 where there is none. `what`: PostgreSQL says `portal` in the protocol and `cursor` in SQL. */
  get(name: string, what: 'portal' | 'cursor'): Portal {
    const portal = this.#portals.get(name);
    if (portal !== undefined) return portal;
    throw refusal({ state: '34000', message: `${what} "${name}" does not exist` });
  }

  /** Closing what is not there is no error in the protocol. */
  async close(name: string): Promise<void> {
    const portal = this.#portals.get(name);
    this.#portals.delete(name);
    await portal?.cursor?.close();
  }

  async closeAll(): Promise<void> {
    await this.#closeWhere(() => true);
  }

  /** At the end of a transaction: held ones stay, and those of a committed WITH HOLD are held from now on. */
  async endTransaction({ isCommitted }: { readonly isCommitted: boolean }): Promise<void> {
    await this.#closeWhere(({ isHeld, isHold }) => !isHeld && !(isHold && isCommitted));
    for (const portal of this.#portals.values()) {
      portal.isHeld = true;
      portal.depth = 0;
    }
  }

  /** Those made since a savepoint, or, at depth 0, in this transaction. */
  async closeFrom(depth: number): Promise<void> {
    await this.#closeWhere(portal => !portal.isHeld && portal.depth >= depth);
  }

  /** After a savepoint was released: what was made since belongs to what is around it. */
  lowerTo(depth: number): void {
    for (const portal of this.#portals.values()) portal.depth = Math.min(portal.depth, depth);
  }

  get size(): number {
    return this.#portals.size;
  }

  async #closeWhere(isGone: (portal: Portal) => boolean): Promise<void> {
    for (const portal of [...this.#portals.values()].filter(isGone)) await this.close(portal.name);
  }
}
