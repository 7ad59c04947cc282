import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Directory } from '../directory.ts';
import { type ConnectionParts, WireConnection, type WireLog } from './connection.ts';
import type { OpenConversation } from './conversation.ts';
import { quietLog } from './quiet-log.ts';
import { Registry, type WireConnectionStatus } from './registry.ts';
import { SignInBrake } from './sign-in-brake.ts';
import { TlsDoor, type WireTls } from './tls-door.ts';
import type { WireLimits } from './wire-limits.ts';

export interface WireOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Null: connections stay plain. */
  readonly tls: WireTls | null;
  /** Clients of other machines must encrypt. */
  readonly requireTls: boolean;
  readonly directory: Directory;
  readonly openConversation: OpenConversation;
  readonly limits: WireLimits;
  readonly clock: Clock;
  /** Random bytes fit for secrets. */
  readonly newBytes: (count: number) => Uint8Array;
  /**
   * Makes the salts of users who do not exist. Kept secret, and the same after a restart: a salt that changes tells that
   * there is no such user.
   */
  readonly decoyKey: Uint8Array;
  /** Resolves after what waits for input and output had its turn (`setImmediate`). */
  readonly nextTurn: () => Promise<void>;
  readonly log: WireLog;
}

/** A listener for PostgreSQL clients. */
export interface Wire {
  readonly port: number;
  /** Those who signed in. */
  connections(): readonly WireConnectionStatus[];
  /** New connections use this certificate; those that are there stay. `input/invalid`: it cannot be used, or there was none. */
  renewTls(tls: WireTls): void;
  /** Tells every client that the server goes (57P01), interrupts what runs and waits for it, but not for ever. */
  close(): Promise<void>;
}

/**
 * Listens for clients that speak version 3.0 of PostgreSQL's protocol. Throws `input/invalid` where the port cannot be
 * opened, the certificate cannot be used, or encryption is required and there is none.
 */
export async function openWire(options: WireOptions): Promise<Wire> {
  const { tls, requireTls, limits, newBytes } = options;
  if (requireTls && tls === null) {
    throw new Fault('input/invalid', { reason: 'encryption is required, but there is no certificate' });
  }
  const registry = new Registry({ connectionsMax: limits.connectionsMax, newBytes });
  const door = tls === null ? null : new TlsDoor(tls);
  let port = 0;
  const lobby = new Lobby({
    ...options,
    log: quietLog(options.log, options.clock),
    door,
    brake: new SignInBrake(),
    registry,
    received: { bytes: 0 },
    serverPort: () => port,
  });
  const server = createServer(socket => lobby.admit(socket));
  // The system's own queue holds the others; those above are closed without a word.
  server.maxConnections = limits.connectionsMax + 1 + 2 * limits.waitingMax;
  port = await listen(server, options);
  server.on('error', failure => options.log('error', 'sql listener failed', { reason: failure.message }));
  let closing: Promise<void> | null = null;
  return {
    port,
    connections: () => registry.connections(),
    renewTls: renewed => {
      if (door === null) throw new Fault('input/invalid', { reason: 'connections are plain' });
      door.renew(renewed);
    },
    close: () => {
      closing ??= closeAll(server, lobby);
      return closing;
    },
  };
}

/** All connections that there are, and who may come in. */
class Lobby {
  readonly #parts: ConnectionParts;
  readonly #connections = new Set<WireConnection>();
  #isClosed = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  admit(socket: Socket): void {
    const connection = new WireConnection(this.#parts, socket);
    const refusal = this.#refusal();
    const isRefused = refusal !== null;
    this.#connections.add(connection);
    const served = isRefused ? connection.stop(refusal) : connection.serve();
    void served.finally(() => this.#connections.delete(connection));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const { clock, limits } = this.#parts;
    const fault = goodbye();
    const patience = new AbortController();
    const ended = Promise.all([...this.#connections].map(connection => connection.stop(fault)));
    const tooLong = clock.sleep(limits.closeMs, patience.signal).catch(() => {});
    await Promise.race([ended, tooLong]);
    patience.abort();
    for (const connection of this.#connections) connection.destroy();
  }

  /** Why one more may not come in. An old one that says nothing gives way: silence must not keep others out. */
  #refusal(): Fault | null {
    if (this.#isClosed) return goodbye();
    const { limits, clock } = this.#parts;
    const waiting = [...this.#connections].filter(({ isWaiting }) => isWaiting);
    if (waiting.length < limits.waitingMax) return null;
    const fault = new Fault('sql/connections', { reason: 'too many connections wait for their sign-in' });
    const [oldest] = waiting;
    if (oldest === undefined || clock.nowMs() - oldest.sinceMs <= limits.waitingGraceMs) return fault;
    void oldest.stop(fault);
    return null;
  }
}

function goodbye(): Fault {
  return new Fault('service/stopped', { reason: 'terminating connection due to administrator command' });
}

async function closeAll(server: Server, lobby: Lobby): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  await lobby.close();
  await closed;
}

function listen(server: Server, { host, port }: WireOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error) => {
      const code = 'code' in cause ? String(cause.code) : 'unknown';
      const reason = code === 'EADDRINUSE' ? 'the port is in use' : `the port cannot be opened (${code})`;
      reject(new Fault('input/invalid', { setting: 'LAKELINK_SQL_PORT', host, port, reason }, { cause }));
    };
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
