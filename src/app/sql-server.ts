import { createHmac, randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Cleanup } from '../core/cleanup.ts';
import { Fault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import { conversations } from '../workspace/conversation/open-conversation.ts';
import type { OpenConversation } from '../workspace/wire/conversation.ts';
import { openWire, type Wire, type WireOptions } from '../workspace/wire/listener.ts';
import { type WireLimits, wireLimits } from '../workspace/wire/wire-limits.ts';
import { systemClock } from './clock.ts';
import { type OpenDirectory, openDirectory } from './directory.ts';
import { homeLayout, readToken } from './home.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';
import { type CertificateFiles, isLoopback, openCertificate } from './sql-certificate.ts';
import { OpenDatabases } from './sql-databases.ts';
import { openSqlEngine } from './sql-engine.ts';
import { openDatabaseOf } from './sql-lake.ts';
import type { SqlAddress } from './sql-messages.ts';
import { endedByLostRights } from './sql-rights.ts';

/** How often a renewed certificate is looked for. */
const RENEW_MS = 60_000;

export interface SqlServerOptions {
  readonly settings: Settings;
  readonly version: string;
  readonly port: number;
  /** A free port is taken where that one is in use. */
  readonly orFreePort: boolean;
  readonly log: Log;
  /** What the service knows of its tables; null: it does not say. */
  readonly tables: () => Promise<readonly TableStatus[] | null>;
  /** Told whose statement goes on long after it was interrupted. */
  readonly onStuck: (user: string) => void;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface SqlServer extends AsyncDisposable {
  readonly address: SqlAddress;
}

/**
 * The SQL endpoint in this process: PostgreSQL's protocol, users and databases of the ledger, queries over the lakes.
 * `input/invalid` with the setting for a port that is taken, an address that is none, or a certificate that is none.
 */
export async function openSqlServer(options: SqlServerOptions): Promise<SqlServer> {
  const { settings, log, signal } = options;
  const cleanup = new Cleanup();
  try {
    const certificate = openCertificate(settings, { clock: systemClock, log });
    const home = homeLayout(settings.home);
    const directory = cleanup.add(
      await openDirectory({ ledgerPath: home.ledgerPath, clock: systemClock, log }),
      opened => opened.close(),
    );
    const openConversation = await openConversations(options, { directory, cleanup });
    signal.throwIfAborted();
    const wire = cleanup.add(
      await listen(wireOptions(options, { certificate, directory, openConversation }), options),
      opened => opened.close(),
    );
    cleanup.add(renewing(wire, certificate), stop => stop());
    const address = { host: settings.sqlHost, port: wire.port, tls: certificate !== null };
    return { address, [Symbol.asyncDispose]: () => cleanup.close() };
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

async function openConversations(
  { settings, version, log, tables, onStuck }: SqlServerOptions,
  { directory, cleanup }: { readonly directory: OpenDirectory; readonly cleanup: Cleanup },
): Promise<OpenConversation> {
  const queryMs = settings.sqlTimeoutSeconds * 1_000;
  const folder = join(homeLayout(settings.home).path, 'sql');
  // What a process that died had spilled.
  await rm(folder, { recursive: true, force: true });
  const engine = cleanup.add(await openSqlEngine({ settings, folder, onStuck }), opened => opened.close());
  const databases = cleanup.add(
    new OpenDatabases({
      open: entry => openDatabaseOf(entry, { live: tables, views: () => directory.views(entry.name), queryMs, engine }),
      clock: systemClock,
    }),
    opened => opened.close(),
  );
  const open = conversations({
    directory,
    openDatabase: entry => databases.hold(entry),
    openQuerySession: facts => engine.openSession(facts),
    userNames: async () => (await directory.users()).map(({ name }) => name),
    clock: systemClock,
    statementTimeoutMs: queryMs,
    version,
    report: fault => log.error('sql statement failed', { code: fault.code, reason: fault.message }),
  });
  return endedByLostRights(open, { directory, version: () => directory.version() });
}

function wireOptions(
  { settings, port, log }: SqlServerOptions,
  parts: {
    readonly certificate: CertificateFiles | null;
    readonly directory: OpenDirectory;
    readonly openConversation: OpenConversation;
  },
): WireOptions {
  const { certificate, directory, openConversation } = parts;
  return {
    host: settings.sqlHost,
    port,
    tls: certificate === null ? null : pemOf(certificate),
    requireTls: !isLoopback(settings.sqlHost),
    directory,
    openConversation,
    limits: limitsFor(settings.sqlConnections),
    clock: systemClock,
    newBytes: count => randomBytes(count),
    decoyKey: decoyKeyOf(settings),
    nextTurn: () => setImmediate(),
    log: (level, sentence, fields) => log[level](sentence, fields),
  };
}

/** A pool opens all of its connections at once: as many may be on their way as may be there. */
export function limitsFor(connectionsMax: number): WireLimits {
  return { ...wireLimits, connectionsMax, waitingMax: Math.max(wireLimits.waitingMax, connectionsMax) };
}

async function listen(options: WireOptions, { orFreePort, log }: SqlServerOptions): Promise<Wire> {
  try {
    return await openWire(options);
  } catch (failure) {
    const isOfPort = failure instanceof Fault && failure.details.setting === 'LAKELINK_SQL_PORT';
    if (!isOfPort || options.port === 0) throw failure;
    if (!orFreePort) {
      const reason = `${failure.details.reason}; set another one, or off`;
      throw new Fault('input/invalid', { ...failure.details, reason }, { cause: failure });
    }
    log.warn('sql port is taken; another one is used', { port: options.port, reason: failure.message });
    return openWire({ ...options, port: 0 });
  }
}

/** Looks for a renewed certificate from time to time; answers what ends that. */
function renewing(wire: Wire, certificate: CertificateFiles | null): () => void {
  if (certificate === null) return () => undefined;
  let inUse = certificate.current();
  const timer = setInterval(() => {
    const now = certificate.current();
    if (now === inUse) return;
    inUse = now;
    // It was checked when it was read.
    wire.renewTls(pemOf(certificate));
  }, RENEW_MS);
  return () => clearInterval(timer);
}

function pemOf(certificate: CertificateFiles) {
  const { cert, key } = certificate.current();
  return { certPem: cert, keyPem: key };
}

/** The same after a restart, and known to nobody who does not know the API's token, who may do everything anyway. */
function decoyKeyOf({ home }: Pick<Settings, 'home'>): Uint8Array {
  const secret = readToken(homeLayout(home)) ?? randomBytes(32);
  return createHmac('sha256', secret).update('salts of users who do not exist').digest();
}
