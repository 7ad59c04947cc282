import type { Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { ServerMessage } from './conversation.ts';
import { Incoming, type ReceivedBytes } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import type { TlsDoor } from './tls-door.ts';
import type { WireLimits } from './wire-limits.ts';

export interface LinkOptions {
  readonly socket: Socket;
  readonly limits: WireLimits;
  readonly received: ReceivedBytes;
  readonly clock: Clock;
  readonly nextTurn: () => Promise<void>;
  readonly onTerminate: () => void;
  readonly onFault: (fault: Fault) => void;
}

/** One TCP connection with its two directions, plain or encrypted. */
export class Link {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  /** Of the client, without a port. */
  readonly address: string;
  readonly #limits: WireLimits;
  readonly #clock: Clock;
  readonly #plain: Socket;
  readonly #gone = new AbortController();
  readonly #closed: Promise<void>;
  #socket: Socket;
  #isHandshaking = false;
  #isEncrypted = false;
  #channelBinding: Buffer | null = null;
  #isLeaving = false;

  constructor({ socket, limits, received, clock, nextTurn, onTerminate, onFault }: LinkOptions) {
    this.#limits = limits;
    this.#clock = clock;
    this.#plain = socket;
    this.#socket = socket;
    this.address = socket.remoteAddress ?? '';
    this.incoming = new Incoming({ ...limits, received, onTerminate, onFault });
    this.outgoing = new Outgoing({ ...limits, clock, nextTurn, onStalled: () => this.destroy() });
    this.#closed = new Promise(resolve => socket.once('close', () => resolve()));
    socket.setNoDelay(true);
    socket.setKeepAlive(true, limits.keepAliveMs);
    this.#attach(socket);
  }

  /** Aborted when the client is gone: it closed its side, or the network did. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Resolves when nothing is left of it. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  get isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** What binds a sign-in to this encrypted connection; null: it is plain, or its certificate has none. */
  get channelBinding(): Buffer | null {
    return this.#channelBinding;
  }

  get isLoopback(): boolean {
    return /^(::ffff:)?127\.|^::1$/.test(this.address);
  }

  /**
   * Goes on in TLS, at once (`isDirect`: the client began with it) or after saying so. Throws `sql/protocol` where bytes
   * follow the request: someone between could have put them there, to be taken for the client's own later.
   */
  async encrypt(door: TlsDoor, { isDirect }: { readonly isDirect: boolean }): Promise<void> {
    if (!isDirect) {
      if (this.incoming.held > 0 || this.#plain.readableLength > 0) {
        throw new Fault('sql/protocol', { reason: 'received unencrypted data after SSL request' });
      }
      this.outgoing.raw('S');
    }
    const bytes = this.incoming.detach();
    this.#isHandshaking = true;
    // Of the certificate that the handshake begins with: it may be renewed meanwhile.
    const { channelBinding } = door;
    const secure = await door.encrypt({ socket: this.#plain, bytes, isDirect });
    this.#isHandshaking = false;
    if (secure === null) return this.#onGone();
    this.#isEncrypted = true;
    this.#channelBinding = channelBinding;
    this.#attach(secure);
  }

  /** Says a last message, if that is possible, and closes; gives up after a while on a client that does not take it. */
  async leave(message: ServerMessage | null): Promise<void> {
    if (this.#isLeaving) return this.#closed;
    this.#isLeaving = true;
    if (this.#isHandshaking || this.#gone.signal.aborted) this.destroy();
    if (message !== null) this.outgoing.error(message);
    this.outgoing.finish();
    // Bytes that lie unread would make the system reset the connection, and the client would not see the message.
    this.incoming.end();
    this.#socket.end();
    const patience = new AbortController();
    this.#clock.sleep(this.#limits.lingerMs, patience.signal).then(
      () => this.destroy(),
      () => {},
    );
    await this.#closed;
    patience.abort();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#plain.destroy();
    this.#onGone();
  }

  #attach(socket: Socket): void {
    this.#socket = socket;
    // What went wrong does not matter: the connection is gone, and 'close' follows.
    socket.on('error', () => this.#onGone());
    socket.once('end', () => this.#onGone());
    socket.once('close', () => this.#onGone());
    this.outgoing.attach(socket);
    this.incoming.attach(socket);
  }

  #onGone(): void {
    this.incoming.end();
    this.outgoing.finish();
    if (!this.#gone.signal.aborted) this.#gone.abort();
    // Half a connection is of no use: who closes one side does not wait for the rest of an answer.
    if (!this.#isLeaving) this.#plain.destroy();
  }
}
