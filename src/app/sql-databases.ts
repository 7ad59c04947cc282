import type { Clock } from '../core/clock.ts';
import type { LakeDatabase } from '../workspace/database-view.ts';
import type { DatabaseEntry } from '../workspace/directory.ts';

/** A database stays open for so long after its last user left: tools connect anew for every query. */
const IDLE_MS = 60_000;

export interface OpenDatabasesParts {
  readonly open: (entry: DatabaseEntry) => Promise<LakeDatabase>;
  readonly clock: Clock;
}

interface OpenOne {
  readonly entry: DatabaseEntry;
  readonly opening: Promise<LakeDatabase>;
  holders: number;
  /** Ends the wait of one that nobody holds. */
  idle: AbortController | null;
}

/**
 * The lake databases that clients work in, each open once however many they are: what was read of a lake serves all. One
 * that nobody holds is closed after a while; one whose name means another lake by now is not given out again, and is
 * closed when its last holder leaves.
 */
export class OpenDatabases implements AsyncDisposable {
  readonly #parts: OpenDatabasesParts;
  readonly #open = new Map<string, OpenOne>();
  readonly #closing = new Set<Promise<void>>();

  constructor(parts: OpenDatabasesParts) {
    this.#parts = parts;
  }

  /** The database of an entry as the ledger has it now; its `close` only lets go of it, and twice is allowed. */
  async hold(entry: DatabaseEntry): Promise<LakeDatabase> {
    const known = this.#open.get(entry.name);
    const one = known !== undefined && known.entry.lakePath === entry.lakePath ? known : this.#begin(entry);
    one.holders += 1;
    one.idle?.abort();
    one.idle = null;
    try {
      const database = await one.opening;
      const close = once(() => this.#release(one));
      return {
        name: database.name,
        view: options => database.view(options),
        close,
        [Symbol.asyncDispose]: close,
      };
    } catch (failure) {
      one.holders -= 1;
      if (this.#open.get(entry.name) === one) this.#open.delete(entry.name);
      throw failure;
    }
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Closes all; their holders are gone by then. Closing twice is allowed. */
  async close(): Promise<void> {
    for (const one of this.#open.values()) {
      one.idle?.abort();
      this.#end(one);
    }
    await Promise.all(this.#closing);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #begin(entry: DatabaseEntry): OpenOne {
    const one: OpenOne = { entry, opening: this.#parts.open(entry), holders: 0, idle: null };
    const before = this.#open.get(entry.name);
    this.#open.set(entry.name, one);
    if (before !== undefined && before.holders === 0) this.#end(before);
    return one;
  }

  #release(one: OpenOne): void {
    one.holders -= 1;
    if (one.holders > 0) return;
    if (this.#open.get(one.entry.name) !== one) {
      this.#end(one);
      return;
    }
    const idle = new AbortController();
    one.idle = idle;
    this.#parts.clock.sleep(IDLE_MS, idle.signal).then(
      () => this.#end(one),
      // Somebody holds it again, or everything is closed.
      () => undefined,
    );
  }

  #end(one: OpenOne): void {
    if (this.#open.get(one.entry.name) === one) this.#open.delete(one.entry.name);
    const closing = one.opening.then(database => database.close()).catch(() => undefined);
    this.#closing.add(closing);
    void closing.finally(() => this.#closing.delete(closing));
  }
}

function once(work: () => void): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    work();
  };
}
