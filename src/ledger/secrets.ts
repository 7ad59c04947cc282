import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Fault } from '../core/fault.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

/** A sealed text; every part is base64. */
export interface Sealed {
  readonly nonce: string;
  readonly sealed: string;
  readonly tag: string;
}

/** Seals texts with AES-256-GCM. `name` is bound to the text: a sealed text moved to another name does not open. */
export class SecretBox {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(name: string, text: string): Sealed {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(name));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return {
      nonce: nonce.toString('base64'),
      sealed: sealed.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
    };
  }

  /** `ledger/secret` when the key is another one or the text was changed. */
  open(name: string, sealed: Sealed): string {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, Buffer.from(sealed.nonce, 'base64'), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(name))
        .setAuthTag(Buffer.from(sealed.tag, 'base64'));
      return Buffer.concat([decipher.update(Buffer.from(sealed.sealed, 'base64')), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new Fault('ledger/secret', { secret: name }, { cause });
    }
  }
}

/** A key given as a setting: 32 bytes as 64 hexadecimal digits or as base64. */
export function parseSecretKey(text: string): Buffer {
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) {
    throw new Fault('input/invalid', {
      setting: 'LAKELINK_SECRET_KEY',
      reason: 'it must be 32 bytes as 64 hexadecimal digits or base64',
    });
  }
  return key;
}

/** The key in `path` (base64, readable by its owner only); null when there is no such file. */
export function readKeyFile(path: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw new Fault('ledger/secret', { path, reason: 'the key file cannot be read' }, { cause });
  }
  const key = Buffer.from(text, 'base64');
  if (key.length !== KEY_BYTES) throw new Fault('ledger/secret', { path, reason: 'the key file is not a key' });
  return key;
}

/** Makes a key in a new file; never replaces one. */
export function createKeyFile(path: string): Buffer {
  const key = randomBytes(KEY_BYTES);
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${key.toString('base64')}\n`);
    // The key must not be lost after something was sealed with it.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}
