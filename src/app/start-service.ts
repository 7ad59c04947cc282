import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { userInfo } from 'node:os';
import type { Administration } from '../api/administration.ts';
import { type Api, openApi } from '../api/server.ts';
import type { ByteStore } from '../core/bytestore.ts';
import { Cleanup } from '../core/cleanup.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { TableStatus } from '../core/status.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { systemClock } from './clock.ts';
import { administrationOf } from './database-control.ts';
import { resumeDrops } from './database-drop.ts';
import { announceService, type Home, openHome, openToken, withdrawService } from './home.ts';
import { FolderLakes } from './lake-folder.ts';
import type { Log } from './log.ts';
import { type LinkService, startLinks } from './service.ts';
import type { Settings } from './settings.ts';
import { forkSqlChild } from './sql-child.ts';
import { type SqlEndpoint, startSqlEndpoint } from './sql-endpoint.ts';
import { type LinkPace, openLinkStarter } from './wiring.ts';

/** The service at work: its links, its API, and its end. */
export interface Service {
  readonly home: Home;
  readonly links: LinkService;
  readonly api: Api;
  /** Users and lake databases, as the operator has them. */
  readonly administration: Administration;
  /** Null: it has none. */
  readonly sql: SqlEndpoint | null;
  /** Resolves when someone asked over the API that the service stop. */
  readonly stopAsked: Promise<void>;
  /** Closes the API, stops the links, closes the ledger, gives the lock back. Stopping twice is allowed. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly settings: Settings;
  readonly log: Log;
  readonly version: string;
  readonly pace?: LinkPace;
  /** Rows asked per page; the platform's most unless told. */
  readonly rowsPerPage?: number;
  /** With a SQL endpoint, unless the settings say `off`, and what is done where its port is taken; absent: without. */
  readonly sql?: { readonly portTaken: 'fail' | 'free' };
  readonly around?: PartsAround;
}

/** What stands between the service and a part of it: given the real one, it answers what is used in its place. */
export interface PartsAround {
  readonly ledger?: (ledger: Ledger) => Ledger;
  /** Of each lake. */
  readonly store?: (store: ByteStore) => ByteStore;
}

/**
 * Starts the service on its home: lock, ledger, SQL endpoint, links, API, in this order; stopped in the opposite one, also when the
 * start fails halfway. `service/running` when another service has this home.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, log, pace = {}, rowsPerPage, around = {} } = options;
  // Every table of a link waits on its link's one signal; that is no leak.
  setMaxListeners(4 * limits.tablesPerLink);
  const cleanup = new Cleanup();
  let links: LinkService | null = null;
  try {
    const home = openHome(settings.home);
    cleanup.add(await lockHome(home), lock => lock.release());
    const token = openToken(home);
    const bareLedger = cleanup.add(await openServiceLedger(home, settings), opened => opened.close());
    const ledger = around.ledger?.(bareLedger) ?? bareLedger;
    cleanup.add(resumeDrops({ databases: ledger.databases, log }), drops => drops.stop());
    // Before the links: they come up while it does.
    const sql = cleanup.add(openSql(options, { home, tables: () => links?.status() ?? [] }), opened => opened?.stop());
    const starter = cleanup.add(await openLinkStarter({ settings, home, log, pace, rowsPerPage }), opened =>
      opened.close(),
    );
    links = cleanup.add(
      await startLinks({
        settings,
        ledger,
        lakes: new FolderLakes({ newId: randomUUID, clock: systemClock, aroundStore: around.store }),
        clock: systemClock,
        newId: randomUUID,
        log,
        openSource: starter.openSource,
        startLink: starter.startLink,
      }),
      started => started.stop(),
    );
    if (options.sql?.portTaken === 'fail') await sql?.begun;
    const administration = administrationOf({ ledger, log });
    const { api, stopAsked } = await announcedApi(options, { home, token, administration, links, sql, cleanup });
    return { home, links, administration, api, sql, stopAsked, stop: () => cleanup.close() };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

/** The API, and where the commands find it. */
async function announcedApi(
  { settings, log, version }: ServiceOptions,
  parts: {
    readonly home: Home;
    readonly token: string;
    readonly administration: Administration;
    readonly links: LinkService;
    readonly sql: SqlEndpoint | null;
    readonly cleanup: Cleanup;
  },
): Promise<Pick<Service, 'api' | 'stopAsked'>> {
  const { home, token, administration, links, sql, cleanup } = parts;
  let askStop = () => {};
  const stopAsked = new Promise<void>(resolve => {
    askStop = resolve;
  });
  const startedAt = new Date().toISOString();
  const info = () => ({ version, pid: process.pid, startedAt, home: home.path, sql: sql?.address ?? null });
  const api = cleanup.add(
    await openApi({
      control: links,
      administration,
      service: { info, stop: askStop },
      token,
      port: settings.port,
      nowMs: systemClock.nowMs,
      onFailure: fault => log.error('request failed', { code: fault.code, reason: fault.message }),
    }),
    opened => opened.close(),
  );
  announceService(home, { pid: process.pid, port: api.port, startedAt });
  cleanup.add(home, withdrawService);
  log.info('service started', { pid: process.pid, port: api.port, home: home.path, version });
  return { api, stopAsked };
}

function openSql(
  { settings, version, log, sql }: ServiceOptions,
  { home, tables }: { readonly home: Home; readonly tables: () => readonly TableStatus[] },
): SqlEndpoint | null {
  if (sql === undefined || settings.sqlPort === null) return null;
  const startChild = () => forkSqlChild(home, settings.sqlConnections);
  return startSqlEndpoint({ settings, version, ...sql, clock: systemClock, log, tables, startChild });
}

async function lockHome(home: Home): Promise<{ release(): void }> {
  try {
    return await lockFolder({ path: home.path, purpose: 'service' });
  } catch (failure) {
    if (failure instanceof Fault && failure.code === 'store/busy') {
      throw new Fault('service/running', { home: home.path }, { cause: failure });
    }
    throw failure;
  }
}

/** The control database of a home, for the service and for commands that work without one. */
export function openServiceLedger(home: Home, settings: Pick<Settings, 'secretKey'>) {
  return openLedger({
    path: home.ledgerPath,
    keyPath: home.keyPath,
    secretKey: settings.secretKey,
    actor: actor(),
    clock: systemClock,
  });
}

function actor(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}
