import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Fault } from '../../core/fault.ts';
import { tlsServerEndPoint } from './channel-binding.ts';

/** PEM texts: the server's certificate, with those that lead to its authority behind it, and its private key. */
export interface WireTls {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The name of the protocol in TLS; clients that begin with TLS at once must say it (PostgreSQL 17). */
const PROTOCOL = 'postgresql';

/**
 * Makes connections encrypted ones. Node's own TLS server does it, listening nowhere: sockets that it did not accept
 * itself may be handed to it (Node.js documentation, tls, event 'connection').
 */
export class TlsDoor {
  #channelBinding: Buffer | null;
  readonly #server: Server;
  readonly #expected = new Map<string, (secure: TLSSocket) => void>();

  /** Throws `input/invalid` for what is no certificate, or where the key is another's. */
  constructor({ certPem, keyPem }: WireTls) {
    try {
      this.#server = createServer({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2', ALPNProtocols: [PROTOCOL] });
      this.#channelBinding = tlsServerEndPoint(certPem);
    } catch (cause) {
      throw unusable(cause);
    }
    this.#server.on('secureConnection', secure => {
      const take = this.#expected.get(peerOf(secure));
      if (take === undefined) secure.destroy();
      else take(secure);
    });
    // The socket closes then, and whoever waits for it learns it so.
    this.#server.on('tlsClientError', () => {});
  }

  /** What a client signs so that nobody can stand between; null: this certificate has none. */
  get channelBinding(): Buffer | null {
    return this.#channelBinding;
  }

  /** New connections use this one; `input/invalid`, and the one before stays, where it cannot be used. */
  renew({ certPem, keyPem }: WireTls): void {
    try {
      this.#server.setSecureContext({ cert: certPem, key: keyPem, minVersion: 'TLSv1.2' });
      this.#channelBinding = tlsServerEndPoint(certPem);
    } catch (cause) {
      throw unusable(cause);
    }
  }

  /**
   * Speaks TLS on a socket from its next byte on. `bytes`: of the client's first message in TLS, where some were read.
   * Null: the connection ended instead.
   */
  encrypt(options: {
    readonly socket: Socket;
    readonly bytes: Buffer;
    readonly isDirect: boolean;
  }): Promise<TLSSocket | null> {
    const { socket, bytes, isDirect } = options;
    const peer = peerOf(socket);
    return new Promise(resolve => {
      const onClose = () => {
        this.#expected.delete(peer);
        resolve(null);
      };
      this.#expected.set(peer, secure => {
        this.#expected.delete(peer);
        socket.off('close', onClose);
        if (!isDirect || secure.alpnProtocol === PROTOCOL) return resolve(secure);
        secure.destroy();
        resolve(null);
      });
      socket.once('close', onClose);
      // Without this, bytes that are put back would be read by nobody.
      socket.pause();
      if (bytes.length > 0) socket.unshift(bytes);
      this.#server.emit('connection', socket);
    });
  }
}

function unusable(cause: unknown): Fault {
  return new Fault('input/invalid', { reason: 'the certificate and its key cannot be used together' }, { cause });
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
