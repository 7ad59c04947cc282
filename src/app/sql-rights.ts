import { Fault } from '../core/fault.ts';
import { type Directory, MAINTENANCE_DATABASE, mayUse } from '../workspace/directory.ts';
import type { Conversation, FrontendMessage, OpenConversation } from '../workspace/wire/conversation.ts';

/** What reads rows or changes something, or finds out what could be read. */
const ASKING: ReadonlySet<FrontendMessage['is']> = new Set(['query', 'parse', 'bind', 'execute']);

export interface RightsParts {
  readonly directory: Pick<Directory, 'user' | 'databases'>;
  /** Changes with every change of rights; asked at every message, so it must be cheap. */
  readonly version: () => number;
}

/**
 * Conversations that end when their user may no longer sign in or use the database, or when the database is dropped: a
 * connection may stay open for days, and a right that was taken must not live on in it. Asked before each message, so
 * what runs at that moment comes to its end.
 */
export function endedByLostRights(open: OpenConversation, parts: RightsParts): OpenConversation {
  return async start => {
    const opened = await open(start);
    const rights = new Rights({ user: start.user.name, database: start.database }, parts);
    return { ...opened, conversation: guarded(opened.conversation, rights) };
  };
}

function guarded(conversation: Conversation, rights: Rights): Conversation {
  return {
    handle: async message => {
      if (ASKING.has(message.is)) await rights.require();
      await conversation.handle(message);
    },
    cancel: () => conversation.cancel(),
    close: () => conversation.close(),
  };
}

class Rights {
  readonly #of: { readonly user: string; readonly database: string };
  readonly #parts: RightsParts;
  /** The version of the rights that were found in order; null: not looked at yet. */
  #soundAt: number | null = null;

  constructor(of: { readonly user: string; readonly database: string }, parts: RightsParts) {
    this.#of = of;
    this.#parts = parts;
  }

  /** `sql/denied` where they are gone. */
  async require(): Promise<void> {
    // Before the look: what changes meanwhile is seen by the next one.
    const version = this.#parts.version();
    if (version === this.#soundAt) return;
    const reason = await this.#lost();
    if (reason !== null)
      throw new Fault('sql/denied', { reason: `terminating connection: ${reason}`, sqlstate: '57P01' });
    this.#soundAt = version;
  }

  async #lost(): Promise<string | null> {
    const { user: name, database } = this.#of;
    const { directory } = this.#parts;
    const user = await directory.user(name);
    if (user === null) return 'this user may no longer sign in';
    if (database === MAINTENANCE_DATABASE) return null;
    if (!mayUse(user, database)) return `permission denied for database "${database}"`;
    const isThere = (await directory.databases()).some(one => one.name === database);
    return isThere ? null : `the database "${database}" was dropped`;
  }
}
