import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../core/fault.ts';
import {
  folderOf,
  makeFolders,
  removeEmptyParents,
  removeQuietly,
  syncDirectory,
  writeDurably,
} from './durable-file.ts';
import { systemCode } from './folder-fault.ts';
import { INTERNAL } from './folder-path.ts';
import { type HeldLock, tryLock } from './sqlite-lock.ts';

/** Beside each fixed name: the sequence whose replacement began, and the one that is certainly shown. */
interface Shown {
  readonly begun: number;
  readonly done: number;
}

const NEVER: Shown = { begun: -1, done: -1 };

/** How long a publication waits for another one's check and rename before it gives up. */
const LOCK_WAIT_MS = 30_000;
const LOCK_PAUSE_MS = 5;
/** Windows refuses to replace a file while a reader holds it open; readers are short. */
const RENAME_ATTEMPTS = 40;
const RENAME_PAUSE_MS = 50;

/**
 * Replaces fixed names so that the sequence they show never falls, also between processes: check and rename happen
 * under one lock of the system, and a sidecar remembers the sequence.
 */
export class FolderPublisher {
  readonly #root: string;
  readonly #newId: () => string;
  /** Publications of this process stand in line here rather than at the lock. */
  #line: Promise<unknown> = Promise.resolve();

  constructor({ root, newId }: { readonly root: string; readonly newId: () => string }) {
    this.#root = root;
    this.#newId = newId;
  }

  /** Shows what `write` makes, a temporary file; a name that shows `equalTo` already only takes the sequence. */
  async replace(request: {
    readonly path: string;
    readonly target: string;
    readonly equalTo: Uint8Array | null;
    readonly write: () => Promise<string>;
    readonly sequence: number;
    readonly signal: AbortSignal;
  }): Promise<'published' | 'stale'> {
    const { path, target, equalTo, sequence } = request;
    return this.#locked(request.signal, async () => {
      const shown = await this.#shown(path);
      if (sequence < shown.begun) return 'stale';
      if (equalTo !== null && shown.done === shown.begun && (await holds(target, equalTo))) {
        if (sequence > shown.done) await this.#note(path, { begun: sequence, done: sequence }, { durable: true });
        return 'published';
      }
      const temporary = await request.write();
      try {
        await makeFolders(this.#root, folderOf(target));
        await this.#note(path, { begun: sequence, done: shown.done }, { durable: true });
        // Commit point of the publication: the name shows the new bytes, whole.
        await renameOver(temporary, target);
        await syncDirectory(folderOf(target));
        // Lost with the power, this note only makes the publication be done again.
        await this.#note(path, { begun: sequence, done: sequence }, { durable: false });
        return 'published';
      } finally {
        await removeQuietly(temporary);
      }
    });
  }

  /** The sequence a name shows for certain: its publication ended and its file is there. */
  async shown({ path, target }: { readonly path: string; readonly target: string }): Promise<number | null> {
    const shown = await this.#shown(path);
    if (shown.done < 0 || shown.done !== shown.begun) return null;
    try {
      await stat(target);
      return shown.done;
    } catch (failure) {
      if (systemCode(failure) === 'ENOENT') return null;
      throw failure;
    }
  }

  /**
   * Removes a file, and of a fixed name the folders that became empty by it. Its `begun` is kept, so that a publisher
   * that was stale before stays so afterwards.
   */
  async remove({
    path,
    target,
    signal,
  }: {
    readonly path: string;
    readonly target: string;
    readonly signal: AbortSignal;
  }): Promise<void> {
    if ((await this.#shown(path)).begun < 0) {
      await removeQuietly(target);
      return;
    }
    await this.#locked(signal, async () => {
      const { begun } = await this.#shown(path);
      await removeQuietly(target);
      await removeEmptyParents(this.#root, target);
      await this.#note(path, { begun, done: -1 }, { durable: true });
    });
  }

  async #locked<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#line;
    const turn = before.then(async () => {
      const lock = await this.#lock(signal);
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        lock.release();
      }
    });
    this.#line = turn.catch(() => undefined);
    return turn;
  }

  async #lock(signal: AbortSignal): Promise<HeldLock> {
    const file = join(this.#root, INTERNAL.locks, 'publish.sqlite');
    for (let waitedMs = 0; waitedMs < LOCK_WAIT_MS; waitedMs += LOCK_PAUSE_MS) {
      const lock = await tryLock(file);
      if (lock !== null) return lock;
      await pause(LOCK_PAUSE_MS, undefined, { signal });
    }
    throw new Fault('store/failed', { path: file, reason: 'another publication did not end' });
  }

  #sidecar(path: string): string {
    return join(this.#root, INTERNAL.published, `${path}.json`);
  }

  async #shown(path: string): Promise<Shown> {
    const file = this.#sidecar(path);
    try {
      return parseShown(JSON.parse(await readFile(file, 'utf8')));
    } catch (failure) {
      if (systemCode(failure) === 'ENOENT') return NEVER;
      if (systemCode(failure) !== null) throw failure;
      throw new Fault('lake/corrupt', { path: `${INTERNAL.published}/${path}.json` }, { cause: failure });
    }
  }

  /** Notes a sequence; `durable`: the note's name survives power loss before this returns. */
  async #note(path: string, shown: Shown, { durable }: { readonly durable: boolean }): Promise<void> {
    const file = this.#sidecar(path);
    const temporary = join(this.#root, INTERNAL.temporary, this.#newId());
    await makeFolders(this.#root, folderOf(file));
    try {
      await writeDurably(temporary, { bytes: Buffer.from(JSON.stringify(shown)) });
      await renameOver(temporary, file);
      if (durable) await syncDirectory(folderOf(file));
    } finally {
      await removeQuietly(temporary);
    }
  }
}

/** Whether a file holds exactly these bytes. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    if ((await stat(path)).size !== bytes.byteLength) return false;
    return Buffer.compare(await readFile(path), bytes) === 0;
  } catch (failure) {
    if (systemCode(failure) === 'ENOENT') return false;
    throw failure;
  }
}

function parseShown(value: unknown): Shown {
  if (typeof value === 'object' && value !== null && 'begun' in value && 'done' in value) {
    const { begun, done } = value;
    if (Number.isSafeInteger(begun) && Number.isSafeInteger(done)) {
      return { begun: Number(begun), done: Number(done) };
    }
  }
  throw new TypeError('not a publication note');
}

async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await rename(from, to);
    } catch (failure) {
      const code = systemCode(failure);
      const heldOpen = process.platform === 'win32' && (code === 'EPERM' || code === 'EBUSY' || code === 'EACCES');
      if (!heldOpen || attempt >= RENAME_ATTEMPTS) throw failure;
      await pause(RENAME_PAUSE_MS);
    }
  }
}
