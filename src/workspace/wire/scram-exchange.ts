import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Fault } from '../../core/fault.ts';
import { SCRAM_ITERATIONS, type ScramVerifier } from '../../core/scram.ts';

/**
 * The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677; PostgreSQL documentation, "SASL Authentication"). What breaks
 * its rules is `sql/protocol`; a wrong password is none of its faults but an answer.
 */
export class ScramExchange {
  readonly #options: ScramExchangeOptions;
  #expectedBinding = '';
  #nonce = '';
  /** Both first messages: the beginning of what is signed. */
  #signed = '';

  constructor(options: ScramExchangeOptions) {
    this.#options = options;
  }

  /** Takes the client's first message, gives the server's. */
  first(message: string): string {
    const parts = /^(n|y|p=[A-Za-z0-9.-]+),(a=[^,]*)?,(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(message);
    const [, flag, authorization, bare, clientNonce] = parts ?? [];
    if (flag === undefined || bare === undefined || clientNonce === undefined) throw malformed('client-first-message');
    if (authorization !== undefined) {
      throw new Fault('sql/protocol', { reason: 'an authorization identity is not supported', sqlstate: '0A000' });
    }
    this.#expectedBinding = this.#bindingOf(flag);
    const { verifier, nonce } = this.#options;
    this.#nonce = clientNonce + nonce;
    const answer = `r=${this.#nonce},s=${verifier.salt},i=${verifier.iterations}`;
    this.#signed = `${bare},${answer}`;
    return answer;
  }

  /** Takes the client's final message, gives the server's; null: the password is wrong. */
  final(message: string): string | null {
    const parts = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(message);
    const [, withoutProof, binding, nonce, proofText] = parts ?? [];
    if (withoutProof === undefined || proofText === undefined) throw malformed('client-final-message');
    if (binding !== this.#expectedBinding) {
      throw new Fault('sql/protocol', { reason: 'SCRAM channel binding check failed', sqlstate: '28000' });
    }
    if (nonce !== this.#nonce) throw malformed('client-final-message: nonce does not match');
    const proof = Buffer.from(proofText, 'base64');
    if (proof.length !== 32) throw malformed('client-final-message: proof');
    const { verifier, isKnown } = this.#options;
    const signed = `${this.#signed},${withoutProof}`;
    const storedKey = Buffer.from(verifier.storedKey, 'base64');
    const signature = hmac(storedKey, signed);
    const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
    const hashed = createHash('sha256').update(clientKey).digest();
    const isRight = hashed.length === storedKey.length && timingSafeEqual(hashed, storedKey);
    const answer = `v=${hmac(Buffer.from(verifier.serverKey, 'base64'), signed).toString('base64')}`;
    // Looked at last: an unknown user costs as much time as a wrong password.
    return isRight && isKnown ? answer : null;
  }

  /** What the client must say again in its final message; throws where the two sides speak of different channels. */
  #bindingOf(flag: string): string {
    const { channelBinding, usesBinding } = this.#options;
    if (usesBinding && channelBinding !== null) {
      if (flag !== 'p=tls-server-end-point') throw malformed('channel binding of an unknown type, or none');
      return Buffer.concat([Buffer.from(`${flag},,`), channelBinding]).toString('base64');
    }
    if (flag.startsWith('p=')) throw malformed('channel binding with a mechanism that has none');
    if (flag === 'y' && channelBinding !== null) {
      // Someone between us took our offer of it out.
      throw new Fault('sql/protocol', { reason: 'SCRAM channel binding negotiation error', sqlstate: '28000' });
    }
    return Buffer.from(`${flag},,`).toString('base64');
  }
}

export interface ScramExchangeOptions {
  readonly verifier: ScramVerifier;
  /** False: `verifier` is a decoy and no password is right. */
  readonly isKnown: boolean;
  /** The server's part: printable, no comma, fresh for each exchange. */
  readonly nonce: string;
  /** What `tls-server-end-point` is on this connection; null: it cannot be had, so it was not offered. */
  readonly channelBinding: Buffer | null;
  /** The client chose SCRAM-SHA-256-PLUS. */
  readonly usesBinding: boolean;
}

/** What stands for a user who does not exist: always the same of a name, so that it looks like one that is kept. */
export function decoyVerifier(name: string, key: Uint8Array): ScramVerifier {
  const of = (part: string) => hmac(key, `${part} of ${name}`);
  return {
    iterations: SCRAM_ITERATIONS,
    salt: of('salt').subarray(0, 16).toString('base64'),
    storedKey: of('stored key').toString('base64'),
    serverKey: of('server key').toString('base64'),
  };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function malformed(what: string): Fault {
  return new Fault('sql/protocol', { reason: `malformed SCRAM message (${what})` });
}
