import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Cleanup } from '../core/cleanup.ts';
import { toFault } from '../core/fault.ts';
import { standardApplication } from '../sandbox/applications.ts';
import { installCatalogue, seedRows } from '../sandbox/seed.ts';
import { openSandbox } from '../sandbox/server.ts';
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
  | { readonly kind: 'failed'; readonly reason: string };

export interface SandboxRequest {
  readonly folder: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly rows: number;
  readonly seed: number;
  readonly changesPerSecond: number;
  /** Configuration Migration packages: folders or zip files. */
  readonly packages: readonly string[];
}

export interface RunningSandbox {
  readonly address: SandboxAddress;
  /** Whether another process started this one and is told about it. */
  readonly hasParent: boolean;
  /** Resolves when that process is gone; never without one. */
  readonly parentGone: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs the embedded environment in this process: its kept data, or made-up data from the seed, or imported packages.
 * A process that was started by another over an IPC channel lives as long as that one, and leaves Ctrl-C to it.
 */
export async function startSandbox(request: SandboxRequest): Promise<RunningSandbox> {
  const hasParent = process.send !== undefined;
  const tell = (message: SandboxMessage) => process.send?.(message);
  const gone = new AbortController();
  if (hasParent) {
    process.once('disconnect', () => gone.abort());
    process.on('SIGINT', () => undefined);
  }
  const cleanup = new Cleanup();
  try {
    const address = await open(request, { cleanup, tell, signal: gone.signal });
    tell({ kind: 'ready', address });
    return {
      address,
      hasParent,
      parentGone: new Promise(settle => {
        if (gone.signal.aborted) settle();
        gone.signal.addEventListener('abort', () => settle());
      }),
      stop: () => cleanup.close(),
    };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    if (!gone.signal.aborted) tell({ kind: 'failed', reason: toFault(failure).message });
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
  const folder = resolve(request.folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = cleanup.add(openSandboxDatabase({ path: join(folder, 'environment.db') }), opened => opened.close());
  installCatalogue(database, { seed: request.seed });
  await seedRows(database, {
    rows: request.rows,
    seed: request.seed,
    clock: systemClock,
    signal,
    onProgress: ({ table, done, total }) => tell({ kind: 'seeding', table, done, total }),
  });
  const sandbox = cleanup.add(await openSandbox({ database, port: request.port, clock: systemClock }), opened =>
    opened.close(),
  );
  if (request.changesPerSecond > 0) {
    const { changesPerSecond, seed } = request;
    const users = startSimulatedUsers(database, { changesPerSecond, seed, clock: systemClock, signal });
    cleanup.add(users, started => started.stop());
  }
  const { url, authorityUrl, tenantId } = sandbox;
  const { clientId, clientSecret } = standardApplication;
  return { url, authorityUrl, tenantId, clientId, clientSecret };
}
