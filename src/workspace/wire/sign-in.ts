import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { Directory, SqlUser } from '../directory.ts';
import { BodyReader, utf8 } from './body-reader.ts';
import { SIGN_IN_ANSWER } from './frames.ts';
import type { Link } from './link.ts';
import { decoyVerifier, ScramExchange } from './scram-exchange.ts';
import type { SignInBrake } from './sign-in-brake.ts';

export interface SignInParts {
  readonly directory: Directory;
  readonly brake: SignInBrake;
  readonly clock: Clock;
  /** Random bytes fit for secrets. */
  readonly newBytes: (count: number) => Uint8Array;
  /** Makes the salts of users who do not exist. */
  readonly decoyKey: Uint8Array;
}

/** Kinds of authentication messages (PostgreSQL documentation, "Message Formats"). */
const OK = 0;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

const PLAIN = 'SCRAM-SHA-256';
const WITH_BINDING = 'SCRAM-SHA-256-PLUS';
const NONCE_BYTES = 18;

/**
 * Finds out whether a client is who it says. Null: it left. Throws `sql/sign-in`, with the same words and after the same
 * work whether the name or the password is wrong; `sql/protocol`.
 */
export async function signIn(
  parts: SignInParts,
  options: { readonly link: Link; readonly name: string },
): Promise<SqlUser | null> {
  const { link, name } = options;
  const { channelBinding } = link;
  const { directory, brake, clock, newBytes, decoyKey } = parts;
  const mechanisms = channelBinding === null ? [PLAIN] : [WITH_BINDING, PLAIN];
  send(link, SASL, `${mechanisms.join('\0')}\0\0`);
  const first = await answer(link);
  if (first === null) return null;
  const { mechanism, message } = parseFirst(first, mechanisms);
  const user = await directory.user(name);
  const exchange = new ScramExchange({
    verifier: user?.verifier ?? decoyVerifier(name, decoyKey),
    isKnown: user !== null,
    nonce: Buffer.from(newBytes(NONCE_BYTES)).toString('base64'),
    channelBinding,
    usesBinding: mechanism === WITH_BINDING,
  });
  send(link, SASL_CONTINUE, exchange.first(message));
  const final = await answer(link);
  if (final === null) return null;
  const pauseMs = brake.pauseMs({ user: name, address: link.address, nowMs: clock.nowMs() });
  if (pauseMs > 0) await clock.sleep(pauseMs, link.gone).catch(() => {});
  if (link.gone.aborted) return null;
  const proof = exchange.final(utf8(final));
  if (proof === null || user === null) {
    brake.wrong({ user: name, address: link.address, nowMs: clock.nowMs() });
    throw new Fault('sql/sign-in', { reason: `password authentication failed for user "${name}"` });
  }
  brake.right(name);
  send(link, SASL_FINAL, proof);
  return { name: user.name, role: user.role, databases: user.databases };
}

/** Tells a client that it is in. */
export function welcome(link: Link): void {
  link.outgoing.authentication(OK, Buffer.alloc(0));
}

function send(link: Link, kind: number, data: string): void {
  link.outgoing.authentication(kind, Buffer.from(data));
  void link.outgoing.flush();
}

async function answer(link: Link): Promise<Buffer | null> {
  const frame = await link.incoming.signInAnswer();
  return frame === null || frame.type !== SIGN_IN_ANSWER ? null : frame.body;
}

/** SASLInitialResponse. */
function parseFirst(body: Buffer, mechanisms: readonly string[]): { mechanism: string; message: string } {
  const reader = new BodyReader(body);
  const mechanism = reader.text();
  if (!mechanisms.includes(mechanism)) {
    throw new Fault('sql/protocol', { reason: 'client selected an invalid SASL authentication mechanism' });
  }
  const message = utf8(reader.bytes(reader.int32()));
  reader.end();
  return { mechanism, message };
}
