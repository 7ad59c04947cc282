import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';

/** Layout of the home folder. Everything in it is for its owner only. */
export interface Home {
  readonly path: string;
  readonly ledgerPath: string;
  readonly keyPath: string;
  readonly tokenPath: string;
  readonly servicePath: string;
  readonly spoolPath: string;
  readonly enginePath: string;
  readonly sandboxPath: string;
  readonly lakesPath: string;
  readonly demoLogPath: string;
}

/** Where a running service is found. */
export interface ServiceAddress {
  readonly pid: number;
  readonly port: number;
  readonly startedAt: string;
}

export function homeLayout(path: string): Home {
  return {
    path,
    ledgerPath: join(path, 'ledger.db'),
    keyPath: join(path, 'secret.key'),
    tokenPath: join(path, 'api-token'),
    servicePath: join(path, 'service.json'),
    spoolPath: join(path, 'spool'),
    enginePath: join(path, 'engine'),
    sandboxPath: join(path, 'sandbox'),
    lakesPath: join(path, 'lakes'),
    demoLogPath: join(path, 'demo.log'),
  };
}

/** Makes the folder (0700) where it is missing. `input/invalid` when the path cannot be one, or is inside a lake. */
export function openHome(path: string): Home {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    // A lake keeps its commits in a folder of the same name: a service started inside a lake would move in there.
    if (existsSync(join(path, 'link.json')) || existsSync(join(path, '_link'))) {
      throw new Error('this folder belongs to a lake; start from another folder, or set LAKELINK_HOME');
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('input/invalid', { setting: 'LAKELINK_HOME', path, reason }, { cause });
  }
  return homeLayout(path);
}

/** The API's access token, made at the first start and kept, in a file that only its owner can read. */
export function openToken(home: Home): string {
  const kept = readToken(home);
  if (kept !== null) {
    chmodSync(home.tokenPath, 0o600);
    return kept;
  }
  const token = randomBytes(32).toString('base64url');
  writeWhole(home.tokenPath, `${token}\n`);
  return token;
}

/** The token of a service; null when there is none, or it is not one. */
export function readToken(home: Home): string | null {
  const text = readText(home.tokenPath)?.trim();
  return text !== undefined && /^[A-Za-z0-9_-]{43}$/.test(text) ? text : null;
}

export function announceService(home: Home, address: ServiceAddress): void {
  writeWhole(home.servicePath, `${JSON.stringify(address)}\n`);
}

export function withdrawService(home: Home): void {
  rmSync(home.servicePath, { force: true });
}

/** What a service announced last; it may be gone. Null when there is nothing readable. */
export function findService(home: Home): ServiceAddress | null {
  const text = readText(home.servicePath);
  if (text === null) return null;
  try {
    const found = JSON.parse(text) as Partial<ServiceAddress> | null;
    if (typeof found?.pid !== 'number' || typeof found.port !== 'number') return null;
    return { pid: found.pid, port: found.port, startedAt: String(found.startedAt ?? '') };
  } catch {
    return null;
  }
}

/** Never visible half written. */
function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'ENOENT') return null;
    throw new Fault('store/failed', { path }, { cause: failure });
  }
}
