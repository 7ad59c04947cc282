import type { PreparedQuery } from '../sql-session.ts';
import type { Command } from './command.ts';
import { refusal } from './refusal.ts';
import type { Statement } from './statements.ts';

/** A statement that was understood and checked, ready to be run with parameters. */
export interface Plan {
  /** The client's text; positions point into it. */
  readonly source: string;
  /** Null: the text held no statement. */
  readonly statement: Statement | null;
  readonly command: Command;
  /** Of a query, a cursor's query included; null for all other commands. */
  readonly query: PreparedQuery | null;
  readonly parameterTypes: readonly number[];
}

/** Drivers that keep statements keep hundreds; these are the ends of a mistake, not of a use. */
const STATEMENTS_MAX = 5_000;
const BYTES_MAX = 64 * 1024 * 1024;
/** What the engine holds of a statement beside its text, about. */
const OVERHEAD_BYTES = 1_024;

/** Prepared statements by name, of Parse and of PREPARE alike. The one without a name is replaced in silence. */
export class PreparedStatements {
  readonly #plans = new Map<string, Plan>();
  #bytes = 0;

  /** 42P05 where the name is taken, 53400 where there are too many. */
  add(name: string, plan: Plan): void {
    if (name === '') this.remove('');
    else this.checkFree(name);
    const bytes = this.#bytes + sizeOf(plan);
    if (this.#plans.size >= STATEMENTS_MAX || bytes > BYTES_MAX) {
      throw refusal({
        state: '53400',
        message: 'too many prepared statements',
        detail: `A session keeps ${STATEMENTS_MAX} of them, and ${BYTES_MAX} bytes of their texts.`,
        hint: 'Close those that are no longer used: DEALLOCATE.',
      });
    }
    this.#plans.set(name, plan);
    this.#bytes = bytes;
  }

  /** Before the work of preparing is done. */
  checkFree(name: string): void {
    if (name === '' || !this.#plans.has(name)) return;
    throw refusal({ state: '42P05', message: `prepared statement "${name}" already exists` });
  }

  find(name: string): Plan | null {
    return this.#plans.get(name) ?? null;
  }

  /** 26000 where there is none. */
  get(name: string): Plan {
    const plan = this.#plans.get(name);
    if (plan !== undefined) return plan;
    const which = name === '' ? 'unnamed prepared statement' : `prepared statement "${name}"`;
    throw refusal({ state: '26000', message: `${which} does not exist` });
  }

  /** Closing what is not there is no error in the protocol. */
  remove(name: string): void {
    const plan = this.#plans.get(name);
    if (plan === undefined) return;
    this.#plans.delete(name);
    this.#bytes -= sizeOf(plan);
  }

  clear(): void {
    this.#plans.clear();
    this.#bytes = 0;
  }

  get size(): number {
    return this.#plans.size;
  }
}

function sizeOf({ source }: Plan): number {
  return source.length * 2 + OVERHEAD_BYTES;
}
