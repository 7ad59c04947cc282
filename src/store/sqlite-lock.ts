import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import Database from 'libsql';
import { systemCode } from './folder-fault.ts';

/**
 * An exclusive lock between processes: an SQLite file inside an exclusive transaction. The system releases it when the
 * process ends, however it ends. The file stays; only the lock counts.
 *
 * Trap: on POSIX systems closing *any* descriptor of the file in this process drops the lock, so nothing else may open it.
 */
export interface HeldLock {
  /** Gives the lock back; twice is allowed. */
  release(): void;
}

/** Keeps connections reachable: a collected one would be closed, and its lock gone. */
const held = new Set<InstanceType<typeof Database>>();

/** Takes the lock if it is free, else null. Throws what the file system throws. */
export async function tryLock(file: string): Promise<HeldLock | null> {
  await mkdir(dirname(file), { recursive: true });
  const connection = new Database(file, { timeout: 0 });
  try {
    connection.exec('BEGIN EXCLUSIVE');
  } catch (failure) {
    connection.close();
    if (systemCode(failure)?.startsWith('SQLITE_BUSY') === true) return null;
    throw failure;
  }
  held.add(connection);
  return {
    release() {
      if (!held.delete(connection)) return;
      try {
        connection.exec('ROLLBACK');
      } finally {
        connection.close();
      }
    },
  };
}
