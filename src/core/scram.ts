import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What is kept of a password for SCRAM-SHA-256 (RFC 5802, RFC 7677): enough to check a sign-in, not enough to sign in.
 * All parts are base64.
 */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: string;
  readonly storedKey: string;
  readonly serverKey: string;
}

/** PostgreSQL's default; RFC 7677 asks for at least as many. */
export const SCRAM_ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Makes what is kept of a password. The password is normalized as PostgreSQL clients do (SASLprep's NFKC). */
export async function scramVerifier(password: string): Promise<ScramVerifier> {
  const salt = randomBytes(SALT_BYTES);
  const salted = await derive(password, salt, SCRAM_ITERATIONS);
  const key = (name: string) => createHmac('sha256', salted).update(name).digest();
  return {
    iterations: SCRAM_ITERATIONS,
    salt: salt.toString('base64'),
    storedKey: createHash('sha256').update(key('Client Key')).digest('base64'),
    serverKey: key('Server Key').toString('base64'),
  };
}

/** Whether this is the password that a verifier was made from; takes as long for a wrong one. */
export async function isPassword(password: string, verifier: ScramVerifier): Promise<boolean> {
  const salt = Buffer.from(verifier.salt, 'base64');
  const salted = await derive(password, salt, verifier.iterations);
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const stored = createHash('sha256').update(clientKey).digest();
  const kept = Buffer.from(verifier.storedKey, 'base64');
  return kept.length === stored.length && timingSafeEqual(kept, stored);
}

/** PostgreSQL falls back to the bytes as they are where SASLprep refuses a password; NFKC changes nothing of plain ones. */
function prepared(password: string): string {
  return password.normalize('NFKC');
}

function derive(password: string, salt: Uint8Array, iterations: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(prepared(password), salt, iterations, KEY_BYTES, 'sha256', (failure, key) => {
      if (failure === null) resolve(key);
      else reject(failure);
    });
  });
}
