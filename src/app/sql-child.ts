import { fork } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Home } from './home.ts';
import type { SqlNews, SqlOrder } from './sql-messages.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/lakelink-sql.js', import.meta.url));
/** Statements under way are interrupted when it is asked to end, so it is soon done. */
const STOP_MS_MAX = 5_000;

/** How a process ended: its exit code, or the signal that ended it. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The process of the SQL endpoint as the service holds it. */
export interface SqlChild {
  /** Nothing happens when it is gone. */
  send(order: SqlOrder): void;
  /** Each message it sends, in order; set before the first order is sent. */
  onNews(listener: (news: SqlNews) => void): void;
  readonly ended: Promise<ChildEnd>;
  /** Of the operating system; null: it could not be made. */
  readonly pid: number | null;
  /** Asks it to end, then insists; resolves when it is gone. Stopping twice is allowed. */
  stop(): Promise<void>;
}

/** Files are read, and names looked up, beside the statements of all clients. */
const THREADS_BESIDE = 16;
/** More than this Node does not make. */
const THREADS_MAX = 1_024;

/**
 * Threads that call the engine: one for each client, or those who count a thousand rows wait until four others are done
 * with their thousand millions. A thread that has nothing to do costs some kilobytes.
 */
function poolSize(connectionsMax: number): number {
  return Math.min(THREADS_MAX, connectionsMax + 1 + THREADS_BESIDE);
}

/** Sync goes before queries where there are not enough processors for both. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It works as well without; the process may also be gone already.
  }
}

/**
 * Starts the process. It ends when this one ends, however that ends: the channel between them closes then. What it
 * writes by itself (a crash of the program or of the engine) goes to `sql.log` of the home.
 */
export function forkSqlChild(home: Home, connectionsMax: number): SqlChild {
  const output = openSync(join(home.path, 'sql.log'), 'w', 0o600);
  const env = { ...process.env, UV_THREADPOOL_SIZE: String(poolSize(connectionsMax)) };
  const child = fork(PROGRAM, [], { stdio: ['ignore', output, output, 'ipc'], execArgv: [], env });
  closeSync(output);
  giveWay(child.pid);
  const ended = new Promise<ChildEnd>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  return {
    send: order => {
      // The callback takes what goes wrong on a channel that closes meanwhile.
      if (child.connected) child.send(order, () => undefined);
    },
    onNews: listener => void child.on('message', news => listener(news as SqlNews)),
    ended,
    pid: child.pid ?? null,
    stop: async () => {
      if (child.connected) child.disconnect();
      const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
      await ended;
      clearTimeout(insist);
    },
  };
}
