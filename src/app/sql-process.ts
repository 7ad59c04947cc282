import { toFault } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import type { Log } from './log.ts';
import { watchMemory } from './sql-memory.ts';
import type { SqlNews, SqlOrder } from './sql-messages.ts';
import { openSqlServer } from './sql-server.ts';

/** A service that does not answer is ending, or busy beyond use. */
const ANSWER_MS_MAX = 5_000;

/** Nobody insists when the service itself is gone, so we do. */
const END_MS_MAX = 10_000;

/** The last line of the log is on its way for so long. */
const LAST_LINE_MS = 50;

/** The channel to the service that started this process. */
interface Channel {
  /** Resolves when it was handed over, or cannot be. */
  tell(news: SqlNews): Promise<void>;
  /** What the service knows of its tables now; null where it does not answer. */
  tables(): Promise<readonly TableStatus[] | null>;
  readonly started: Promise<SqlOrder & { kind: 'start' }>;
  /** Aborted when the service is gone, asks us to end by closing the channel, or the system does. */
  readonly gone: AbortSignal;
}

/**
 * The whole life of the SQL endpoint's process: waits for its order, listens until the service is gone, and frees
 * everything. It lives as long as the service, and leaves Ctrl-C to it, since a terminal sends that to both.
 */
export async function runSqlProcess(): Promise<void> {
  const channel = openChannel();
  const order = await Promise.race([channel.started, aborted(channel.gone).then(() => null)]);
  if (order === null) return;
  const { settings, version, port, orFreePort } = order;
  const log = logTo(channel);
  const watch = watchMemory({
    memoryMb: settings.sqlMemoryMb,
    residentBytes: process.memoryUsage.rss,
    log,
    end: endNow,
  });
  try {
    const { tables, gone } = channel;
    const onStuck = (user: string) => {
      log.error('sql statement cannot be interrupted; the process ends', { user });
      endNow();
    };
    const start = { settings, version, port, orFreePort, log, tables, onStuck, signal: gone };
    await using server = await openSqlServer(start);
    void channel.tell({ kind: 'ready', address: server.address });
    await aborted(gone);
  } catch (failure) {
    if (channel.gone.aborted) return;
    const { code, details } = toFault(failure);
    await channel.tell({ kind: 'failed', code, details });
    process.exitCode = 1;
  } finally {
    watch();
    if (process.connected) process.disconnect();
  }
}

/**
 * What takes the memory or the processors cannot be interrupted, so it is not waited for: an orderly exit would wait for the
 * engine's threads, for seconds in which they take more. A little later, so that the last line reaches the log.
 */
function endNow(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_LINE_MS);
}

function openChannel(): Channel {
  const gone = new AbortController();
  gone.signal.addEventListener('abort', () => setTimeout(endNow, END_MS_MAX).unref());
  const asked = new Map<number, (tables: readonly TableStatus[] | null) => void>();
  let questions = 0;
  let start: (order: SqlOrder & { kind: 'start' }) => void = () => {};
  const started = new Promise<SqlOrder & { kind: 'start' }>(resolve => {
    start = resolve;
  });
  const tell = (news: SqlNews) =>
    new Promise<void>(resolve => {
      if (!process.connected || process.send === undefined) resolve();
      else process.send(news, undefined, undefined, () => resolve());
    });
  process.on('message', message => {
    const order = message as SqlOrder;
    if (order.kind === 'start') start(order);
    else asked.get(order.id)?.(order.tables);
  });
  process.on('disconnect', () => gone.abort());
  process.on('SIGTERM', () => gone.abort());
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const tables = () =>
    new Promise<readonly TableStatus[] | null>(resolve => {
      questions += 1;
      const id = questions;
      const late = setTimeout(() => asked.get(id)?.(null), ANSWER_MS_MAX);
      asked.set(id, answer => {
        clearTimeout(late);
        asked.delete(id);
        resolve(answer);
      });
      void tell({ kind: 'ask-tables', id });
    });
  return { tell, tables, started, gone: gone.signal };
}

/** Lines go to the service's log, so that there is one. */
function logTo({ tell }: Pick<Channel, 'tell'>): Log {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] =>
    (sentence, fields = {}) =>
      void tell({ kind: 'log', level, sentence, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
