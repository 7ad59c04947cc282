import { Fault } from '../../core/fault.ts';
import type { Link } from './link.ts';
import { parseStartUpPacket, type StartUp } from './start-up-packet.ts';
import type { TlsDoor } from './tls-door.ts';

/** First byte of TLS; a start-up packet begins with that of its length, which is zero. */
const TLS_HANDSHAKE = 0x16;

export type Opening =
  | { readonly is: 'start'; readonly start: StartUp }
  | { readonly is: 'cancel'; readonly processId: number; readonly secret: Buffer }
  /** The client left, or never spoke TLS. */
  | { readonly is: 'gone' };

/**
 * Hears what a client wants, and encrypts the connection where it asks for that and `door` is there. Each kind of request
 * comes once at most. Throws `sql/protocol`; with state 28000 where the client must encrypt
 * and does not.
 */
export async function startUp(options: {
  readonly link: Link;
  readonly door: TlsDoor | null;
  readonly requireTls: boolean;
}): Promise<Opening> {
  const { link, door, requireTls } = options;
  const first = await link.incoming.firstByte();
  if (first === TLS_HANDSHAKE && door !== null) await link.encrypt(door, { isDirect: true });
  let isSslAsked = link.isEncrypted;
  let isGssAsked = false;
  for (;;) {
    const body = await link.incoming.startUp();
    if (body === null) return { is: 'gone' };
    const packet = parseStartUpPacket(body);
    switch (packet.is) {
      case 'ssl':
        if (isSslAsked) throw new Fault('sql/protocol', { reason: 'encryption was asked for twice' });
        isSslAsked = true;
        if (door === null) link.outgoing.raw('N');
        else await link.encrypt(door, { isDirect: false });
        break;
      case 'gss':
        if (isGssAsked) throw new Fault('sql/protocol', { reason: 'GSSAPI was asked for twice' });
        isGssAsked = true;
        link.outgoing.raw('N');
        break;
      case 'cancel':
        return packet;
      case 'start':
        if (requireTls && !link.isEncrypted && !link.isLoopback) throw mustEncrypt();
        greet(link, packet.start);
        return packet;
    }
  }
}

function greet(link: Link, { minorVersion, protocolOptions }: StartUp): void {
  if (minorVersion > 0 || protocolOptions.length > 0) link.outgoing.negotiateVersion(protocolOptions);
}

function mustEncrypt(): Fault {
  return new Fault('sql/protocol', {
    reason: 'this server takes encrypted connections only: use sslmode=require, or better verify-full',
    sqlstate: '28000',
  });
}
