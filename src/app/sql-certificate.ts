import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

/** A certificate with its chain, and its private key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const LOOK_MS = 60_000;

/**
 * The certificate that the settings name; null: none. `input/invalid` where only one of the two files is set, where they
 * cannot be read or do not belong together, and where other machines could connect without one: passwords do not travel
 * in the open with SCRAM, but rows would. (We make none by ourselves: nobody could tell it from an attacker's, and Node.js
 * has no maker of certificates.)
 */
export function openCertificate(
  settings: Pick<Settings, 'sqlHost' | 'sqlCertFile' | 'sqlKeyFile'>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): CertificateFiles | null {
  const { sqlHost, sqlCertFile, sqlKeyFile } = settings;
  if (sqlCertFile !== null && sqlKeyFile !== null) {
    return new CertificateFiles({ certFile: sqlCertFile, keyFile: sqlKeyFile, clock, log });
  }
  if (sqlCertFile !== null)
    throw new Fault('input/invalid', {
      setting: 'LAKELINK_SQL_KEY_FILE',
      reason: 'it goes with LAKELINK_SQL_CERT_FILE',
    });
  if (sqlKeyFile !== null)
    throw new Fault('input/invalid', {
      setting: 'LAKELINK_SQL_CERT_FILE',
      reason: 'it goes with LAKELINK_SQL_KEY_FILE',
    });
  if (isLoopback(sqlHost)) return null;
  const reason = `${sqlHost} is not a loopback address, so the SQL endpoint needs a certificate: set LAKELINK_SQL_CERT_FILE and LAKELINK_SQL_KEY_FILE, or listen on 127.0.0.1`;
  throw new Fault('input/invalid', { setting: 'LAKELINK_SQL_HOST', reason });
}

/** Whether only this machine reaches an address. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}

/** A certificate in files that somebody renews; both are read again within a minute after one changed. */
export class CertificateFiles {
  readonly #certFile: string;
  readonly #keyFile: string;
  readonly #clock: Clock;
  readonly #log: Log;
  #certificate: Certificate;
  #changed: string;
  #lookedAtMs: number;

  constructor(parts: {
    readonly certFile: string;
    readonly keyFile: string;
    readonly clock: Clock;
    readonly log: Log;
  }) {
    this.#certFile = parts.certFile;
    this.#keyFile = parts.keyFile;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#lookedAtMs = parts.clock.nowMs();
    // Before it is read: what changes in between is seen at the next look.
    this.#changed = this.#change();
    this.#certificate = this.#read();
  }

  /**
   * What new connections use; the same object while nothing changed. A renewed pair that is not in order yet (one file is
   * written before the other) leaves the old one in use.
   */
  current(): Certificate {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return this.#certificate;
    this.#lookedAtMs = nowMs;
    try {
      const changed = this.#change();
      if (changed === this.#changed) return this.#certificate;
      this.#certificate = this.#read();
      this.#changed = changed;
      this.#log.info('sql certificate read again', { path: this.#certFile });
    } catch (failure) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#log.warn('sql certificate cannot be read; the one before stays in use', { path: this.#certFile, reason });
    }
    return this.#certificate;
  }

  /** A renewal by a new link or a rename changes the inode at least. */
  #change(): string {
    const stamp = (setting: string, path: string) => {
      try {
        const { mtimeMs, size, ino } = statSync(path);
        return `${mtimeMs} ${size} ${ino}`;
      } catch (cause) {
        throw unreadable(setting, path, cause);
      }
    };
    return `${stamp('LAKELINK_SQL_CERT_FILE', this.#certFile)} ${stamp('LAKELINK_SQL_KEY_FILE', this.#keyFile)}`;
  }

  #read(): Certificate {
    const text = (setting: string, path: string) => {
      try {
        return readFileSync(path, 'utf8');
      } catch (cause) {
        throw unreadable(setting, path, cause);
      }
    };
    const cert = text('LAKELINK_SQL_CERT_FILE', this.#certFile);
    const key = text('LAKELINK_SQL_KEY_FILE', this.#keyFile);
    try {
      createSecureContext({ cert, key });
    } catch (cause) {
      // OpenSSL's words: `key values mismatch`, `no start line`. They quote nothing of the files.
      const reason = `no certificate with its private key: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new Fault('input/invalid', { setting: 'LAKELINK_SQL_CERT_FILE', path: this.#certFile, reason }, { cause });
    }
    return { cert, key };
  }
}

function unreadable(setting: string, path: string, cause: unknown): Fault {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
  return new Fault('input/invalid', { setting, path, reason: `the file cannot be read (${code})` }, { cause });
}
