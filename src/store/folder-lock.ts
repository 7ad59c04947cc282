import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../core/fault.ts';
import { folderFault, systemCode } from './folder-fault.ts';
import { INTERNAL } from './folder-path.ts';
import { type HeldLock, tryLock } from './sqlite-lock.ts';

/**
 * Locks a folder for a process's whole life, for example a lake for one service. The system releases the lock when the
 * process dies. `purpose` is a short word; locks of different purposes do not disturb each other.
 * Fails with `store/busy` when someone else holds it, `store/missing` when there is no folder, `store/read-only`.
 */
export async function lockFolder({
  path,
  purpose,
}: {
  readonly path: string;
  readonly purpose: string;
}): Promise<HeldLock> {
  try {
    await stat(path);
    const lock = await tryLock(join(path, ...INTERNAL.locks.split('/'), `${purpose}.sqlite`));
    if (lock === null) throw new Fault('store/busy', { path, purpose });
    return lock;
  } catch (failure) {
    if (systemCode(failure) === 'ENOENT') throw new Fault('store/missing', { path }, { cause: failure });
    throw folderFault(failure, { path, doing: 'write' });
  }
}
