import type { Socket } from 'node:net';
import { Fault, toFault } from '../../core/fault.ts';
import { serverMessage } from '../conversation/sqlstates.ts';
import type { SqlUser } from '../directory.ts';
import type { Conversation, OpenConversation } from './conversation.ts';
import { parseFrontendMessage } from './frontend-messages.ts';
import type { ReceivedBytes } from './incoming.ts';
import { Link } from './link.ts';
import type { Registry } from './registry.ts';
import { type SignInParts, signIn, welcome } from './sign-in.ts';
import { startUp } from './start-up.ts';
import type { StartUp } from './start-up-packet.ts';
import type { TlsDoor } from './tls-door.ts';
import type { WireLimits } from './wire-limits.ts';

/** What the wire has to say of itself. `fields`: user, host (of the client), code, reason, omitted. */
export type WireLog = (
  level: 'debug' | 'info' | 'warn' | 'error',
  sentence: string,
  fields: Readonly<Record<string, string | number | boolean | null>>,
) => void;

const REASON_LENGTH_MAX = 300;

/** What all connections share. */
export interface ConnectionParts extends SignInParts {
  readonly door: TlsDoor | null;
  readonly requireTls: boolean;
  readonly openConversation: OpenConversation;
  readonly limits: WireLimits;
  readonly registry: Registry;
  readonly received: ReceivedBytes;
  readonly nextTurn: () => Promise<void>;
  readonly serverPort: () => number;
  readonly log: WireLog;
}

/** One client from its first byte to its last. It never throws: whatever goes wrong ends this connection alone. */
export class WireConnection {
  readonly #parts: ConnectionParts;
  readonly #link: Link;
  readonly #since: number;
  readonly #deadline = new AbortController();
  #isSignedIn = false;
  #isOver = false;
  #user = '';
  #processId = 0;
  #conversation: Conversation | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: ConnectionParts, socket: Socket) {
    this.#parts = parts;
    this.#since = parts.clock.nowMs();
    const { limits, received, clock, nextTurn } = parts;
    this.#link = new Link({
      socket,
      limits,
      received,
      clock,
      nextTurn,
      onTerminate: () => void this.#leave(null),
      onFault: fault => void this.#leave(fault),
    });
    this.#link.gone.addEventListener('abort', () => void this.#closeConversation());
  }

  /** When its first byte could have come. */
  get sinceMs(): number {
    return this.#since;
  }

  /** Whether it still has to show who it is. */
  get isWaiting(): boolean {
    return !this.#isSignedIn && !this.#isOver;
  }

  /** Resolves when the connection and its conversation are closed. */
  async serve(): Promise<void> {
    const { clock, limits } = this.#parts;
    const tooLate = new Fault('sql/protocol', { reason: 'canceling authentication due to timeout', sqlstate: '57014' });
    this.#link.gone.addEventListener('abort', () => this.#deadline.abort());
    clock.sleep(limits.signInMs, this.#deadline.signal).then(
      () => void this.#leave(tooLate),
      () => {},
    );
    try {
      await this.#converse();
      await this.#leave(null);
    } catch (thrown) {
      await this.#leave(toFault(thrown));
    }
    this.#deadline.abort();
    await this.#closeConversation();
    this.#parts.registry.free(this.#processId);
    await this.#link.closed;
  }

  /** Tells the client why it must go, and closes. */
  stop(fault: Fault): Promise<void> {
    return this.#leave(fault);
  }

  destroy(): void {
    this.#link.destroy();
  }

  async #converse(): Promise<void> {
    const link = this.#link;
    const { door, registry, requireTls } = this.#parts;
    const opening = await startUp({ link, door, requireTls });
    if (opening.is === 'gone') return;
    if (opening.is === 'cancel') return registry.cancel(opening);
    this.#user = opening.start.user;
    const user = await signIn(this.#parts, { link, name: opening.start.user });
    // Whoever is late was told so by now.
    if (user === null || this.#isOver) return;
    this.#isSignedIn = true;
    this.#deadline.abort();
    const conversation = await this.#open(user, opening.start);
    if (conversation === null) return;
    link.incoming.open();
    for (;;) {
      const frame = await link.incoming.frame();
      if (frame === null) return;
      await conversation.handle(parseFrontendMessage(frame));
      // Who sends without taking answers is not read any further.
      await link.outgoing.settled();
    }
  }

  async #open(user: SqlUser, { database, parameters }: StartUp): Promise<Conversation | null> {
    const link = this.#link;
    const { registry, openConversation, serverPort, clock } = this.#parts;
    const seat = registry.take(user);
    if (seat === null) {
      throw new Fault('sql/connections', { reason: 'sorry, too many clients already' });
    }
    const { processId, secret } = seat;
    this.#processId = processId;
    welcome(link);
    const { conversation, settings } = await openConversation({
      user,
      database,
      parameters,
      backend: link.outgoing,
      processId,
      clientAddress: link.address,
      serverPort: serverPort(),
      isEncrypted: link.isEncrypted,
    });
    this.#conversation = conversation;
    if (link.gone.aborted || this.#isOver) return null;
    const { address: clientAddress, isEncrypted } = link;
    registry.seated({ processId, user: user.name, database, clientAddress, isEncrypted, sinceMs: clock.nowMs() }, () =>
      conversation.cancel(),
    );
    for (const [name, value] of settings) link.outgoing.parameterStatus(name, value);
    link.outgoing.backendKeyData(processId, secret);
    await link.outgoing.readyForQuery('I');
    return conversation;
  }

  /** Null: the client itself said goodbye, or is gone. */
  async #leave(fault: Fault | null): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      if (fault !== null && !this.#link.gone.aborted) this.#say(fault);
    }
    // What runs is interrupted at once, however long its client takes for the last message.
    const closed = this.#closeConversation();
    await this.#link.leave(fault === null ? null : serverMessage(fault, { severity: 'FATAL' }));
    await closed;
  }

  #closeConversation(): Promise<void> {
    if (this.#conversation === null) return Promise.resolve();
    this.#closing ??= this.#conversation.close().catch(thrown => this.#say(toFault(thrown)));
    return this.#closing;
  }

  #say(fault: Fault): void {
    const isOurs = fault.code === 'internal/bug';
    const isQuiet = fault.code === 'service/stopped';
    this.#parts.log(isOurs ? 'error' : isQuiet ? 'debug' : 'warn', 'sql connection ended', {
      user: this.#user.slice(0, 63),
      host: this.#link.address,
      code: fault.code,
      // A name may be as long as a packet.
      reason: fault.message.slice(0, REASON_LENGTH_MAX),
    });
  }
}
