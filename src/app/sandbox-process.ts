import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Cleanup } from '../core/cleanup.ts';
import { Fault, type FaultCode, type FaultDetails, toFault } from '../core/fault.ts';
import { standardApplication } from '../sandbox/applications.ts';
import { type Behaviour, parseBehaviour } from '../sandbox/behaviour.ts';
import type { SandboxDatabase } from '../sandbox/database.ts';
import { type ImportResult, importPackage } from '../sandbox/package.ts';
import { installCatalogue, seedRows } from '../sandbox/seed.ts';
import { openSandbox, type Sandbox } from '../sandbox/server.ts';
import { openSandboxDatabase } from '../sandbox/sqlite-database.ts';
import { startSimulatedUsers } from '../sandbox/users.ts';
import { systemClock } from './clock.ts';

/** How the embedded environment is reached, in the words of a link. */
export interface SandboxAddress {
  readonly url: string;
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a sandbox tells the process that started it. */
export type SandboxMessage =
  | { readonly kind: 'seeding'; readonly table: string; readonly done: number; readonly total: number }
  | { readonly kind: 'ready'; readonly address: SandboxAddress }
  | { readonly kind: 'failed'; readonly code: FaultCode; readonly details: FaultDetails };

export interface SandboxRequest {
  readonly folder: string;
  /** Null: the one of the last time, since the environment's own links carry it; else a free one. */
  readonly port: number | null;
  /** Made-up rows to begin with; 0 for none. */
  readonly rows: number;
  readonly seed: number;
  readonly changesPerSecond: number;
  /** Configuration Migration packages: folders or zip files. */
  readonly packages: readonly string[];
  /** A JSON file of options: how the environment is to behave where real ones differ. */
  readonly behaviourFile?: string;
  /** Ends the filling; what was made by then is removed. */
  readonly signal?: AbortSignal;
  readonly onImported?: (path: string, result: ImportResult) => void;
}

export interface RunningSandbox {
  readonly address: SandboxAddress;
  /** Resolves when that process is gone; never without one. */
  readonly parentGone: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs the embedded environment in this process: its kept data, or made-up data from the seed, or imported packages.
 * A process that was started by another over an IPC channel lives as long as that one, and leaves Ctrl-C to it.
 */
export async function startSandbox(request: SandboxRequest): Promise<RunningSandbox> {
  const tell = (message: SandboxMessage) => process.send?.(message);
  const gone = new AbortController();
  if (process.send !== undefined) {
    process.once('disconnect', () => gone.abort());
    process.on('SIGINT', () => undefined);
  }
  const cleanup = new Cleanup();
  try {
    const signal = request.signal === undefined ? gone.signal : AbortSignal.any([gone.signal, request.signal]);
    const address = await open(request, { cleanup, tell, signal });
    tell({ kind: 'ready', address });
    return {
      address,
      parentGone: new Promise(settle => {
        if (gone.signal.aborted) settle();
        gone.signal.addEventListener('abort', () => settle());
      }),
      stop: () => cleanup.close(),
    };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    const { code, details } = toFault(failure);
    if (!gone.signal.aborted) tell({ kind: 'failed', code, details });
    throw failure;
  }
}

async function open(
  request: SandboxRequest,
  parts: {
    readonly cleanup: Cleanup;
    readonly tell: (message: SandboxMessage) => void;
    readonly signal: AbortSignal;
  },
): Promise<SandboxAddress> {
  const { cleanup, tell, signal } = parts;
  const behaviour = request.behaviourFile === undefined ? {} : readBehaviour(request.behaviourFile);
  const folder = resolve(request.folder);
  const half = cleanup.add(beginFolder(folder), begun => begun.undo());
  const database = cleanup.add(openSandboxDatabase({ path: join(folder, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: request.seed });
  if (request.rows > 0) {
    await seedRows(database, {
      rows: request.rows,
      seed: request.seed,
      clock: systemClock,
      signal,
      onProgress: ({ table, done, total }) => tell({ kind: 'seeding', table, done, total }),
    });
  }
  for (const path of request.packages) {
    const imported = importPackage(database, { path: resolve(path), clock: systemClock, signal });
    request.onImported?.(path, await imported.catch(failure => Promise.reject(ofPackage(failure, path))));
  }
  half.done();
  const portFile = join(folder, 'port');
  const port = request.port ?? keptPort(portFile);
  const sandbox = cleanup.add(await listen({ ...behaviour, database, port }), opened => opened.close());
  writeFileSync(portFile, `${new URL(sandbox.url).port}\n`);
  if (request.changesPerSecond > 0) {
    const { changesPerSecond, seed } = request;
    const users = startSimulatedUsers(database, { changesPerSecond, seed, clock: systemClock, signal });
    cleanup.add(users, started => started.stop());
  }
  const { url, authorityUrl, tenantId } = sandbox;
  const { clientId, clientSecret } = standardApplication;
  return { url, authorityUrl, tenantId, clientId, clientSecret };
}

/** A refusal names a file of the package; which package, when several are given, is known here. */
function ofPackage(failure: unknown, path: string): unknown {
  if (!(failure instanceof Fault) || !failure.code.startsWith('package/')) return failure;
  return new Fault(failure.code, { package: path, ...failure.details }, { cause: failure });
}

/** Makes the environment's folder. What was made is removed again unless the environment was filled to the end. */
function beginFolder(folder: string): { done(): void; undo(): void } {
  const files = ['', '-wal', '-shm'].map(ending => join(folder, `environment.db${ending}`));
  const isNew = !files.some(file => existsSync(file));
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  let isDone = false;
  return {
    done: () => {
      isDone = true;
    },
    undo: () => {
      if (isDone || !isNew) return;
      for (const file of files) rmSync(file, { force: true });
      if (made !== undefined && readdirSync(folder).length === 0) rmSync(made, { recursive: true });
    },
  };
}

/** @throws Fault input/invalid for a file that is missing, no JSON, or holds an option that is none. */
function readBehaviour(path: string): Partial<Behaviour> {
  try {
    return parseBehaviour(JSON.parse(readFileSync(resolve(path), 'utf8')));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('input/invalid', { option: '--behaviour', file: path, reason }, { cause });
  }
}

async function listen(
  options: Partial<Behaviour> & { readonly database: SandboxDatabase; readonly port: number },
): Promise<Sandbox> {
  try {
    return await openSandbox({ ...options, clock: systemClock });
  } catch (cause) {
    const reason = 'the port cannot be opened; is another sandbox running?';
    throw new Fault('input/invalid', { option: '--port', port: options.port, reason }, { cause });
  }
}

function keptPort(path: string): number {
  try {
    const port = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0;
  } catch {
    return 0;
  }
}
