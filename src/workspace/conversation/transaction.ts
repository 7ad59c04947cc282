import type { DatabaseView } from '../database-view.ts';
import type { TransactionStatus } from '../wire/conversation.ts';
import type { Isolation } from './command.ts';
import { refusal } from './refusal.ts';
import type { SettingsMark } from './settings.ts';

/** Nested that deep, names and marks are held for each. */
const SAVEPOINTS_MAX = 1_000;

interface Savepoint {
  readonly name: string;
  readonly settings: SettingsMark;
}

/**
 * Where a session stands between BEGIN and COMMIT. A transaction is `implicit` while a client's statements run without
 * BEGIN: several of one query text, or those up to a Sync.
 */
export class Transaction {
  isolation: Isolation;
  readonly isExplicit: boolean;
  #isFailed = false;
  #view: DatabaseView | null = null;
  /** Whether a query ran, after which the isolation cannot change. */
  hasQueried = false;
  #savepoints: Savepoint[] = [];

  constructor({ isolation, isExplicit }: { readonly isolation: Isolation; readonly isExplicit: boolean }) {
    this.isolation = isolation;
    this.isExplicit = isExplicit;
  }

  /** BEGIN within implicit statements: what they saw is seen on. */
  toExplicit(isolation: Isolation): Transaction {
    const explicit = new Transaction({ isolation, isExplicit: true });
    explicit.#view = this.#view;
    explicit.hasQueried = this.hasQueried;
    return explicit;
  }

  get isFailed(): boolean {
    return this.#isFailed;
  }

  get status(): TransactionStatus {
    if (!this.isExplicit) return 'I';
    return this.#isFailed ? 'E' : 'T';
  }

  /** How many savepoints are open: what was made at this depth goes with them. */
  get depth(): number {
    return this.#savepoints.length;
  }

  fail(): void {
    this.#isFailed = true;
  }

  /** One view for all statements from REPEATABLE READ on, else a new one each (I-5). */
  view(make: () => DatabaseView): DatabaseView {
    this.hasQueried = true;
    const isShared = this.isolation === 'repeatable read' || this.isolation === 'serializable';
    if (!isShared) return make();
    this.#view ??= make();
    return this.#view;
  }

  savepoint(name: string, settings: SettingsMark): void {
    if (this.#savepoints.length >= SAVEPOINTS_MAX) {
      throw refusal({ state: '54000', message: `more than ${SAVEPOINTS_MAX} savepoints` });
    }
    this.#savepoints.push({ name, settings });
  }

  /** Forgets a savepoint and those after it; answers the depth that is left. */
  release(name: string): number {
    this.#savepoints.length = this.#find(name);
    return this.#savepoints.length;
  }

  /** Back to a savepoint, which stays; what failed since is forgiven. Answers its settings. */
  rollbackTo(name: string): SettingsMark {
    const index = this.#find(name);
    const savepoint = this.#savepoints[index];
    this.#savepoints.length = index + 1;
    this.#isFailed = false;
    return savepoint?.settings ?? { session: new Map(), local: new Map() };
  }

  /** The newest of the name. */
  #find(name: string): number {
    const index = this.#savepoints.findLastIndex(savepoint => savepoint.name === name);
    if (index === -1) throw refusal({ state: '3B001', message: `savepoint "${name}" does not exist` });
    return index;
  }
}
