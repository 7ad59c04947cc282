import { constants } from 'node:fs';
import { access, readdir, readFile, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import { TableLog } from '../core/commit-log.ts';
import { Fault } from '../core/fault.ts';
import type { TableChoice } from '../core/link-choices.ts';
import { LINK_FILE, type LinkFile, readLinkFile, requireOwnLake, writeLinkFile } from '../core/link-file.ts';
import type { TableName } from '../core/names.ts';
import type { LakeContents, LinkSettings } from '../engine/control.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { openFolderStore } from '../store/folder-store.ts';
import { eraseFiles, lakeContents, loggedTables, OWN_FOLDER, removeEmptyFolders } from './lake-contents.ts';
import type { KeptLake, Lakes, OpenLake } from './service-parts.ts';

/** A lake that starts with less cannot hold the first pages of a table. */
const SPACE_BYTES_MIN = 64 * 1024 * 1024;
/** What systems put into any folder; no reason to call it taken. */
const SYSTEM_FILES = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini', 'lost+found']);

/** Lakes that are folders of this machine. */
export class FolderLakes implements Lakes {
  readonly #newId: () => string;
  readonly #clock: Clock;
  readonly #aroundStore: (store: ByteStore) => ByteStore;

  /** `aroundStore`: what stands between a link and its lake's store, for a test that watches every call; nothing unless told. */
  constructor(parts: {
    readonly newId: () => string;
    readonly clock: Clock;
    readonly aroundStore?: ((store: ByteStore) => ByteStore) | undefined;
  }) {
    this.#newId = parts.newId;
    this.#clock = parts.clock;
    this.#aroundStore = parts.aroundStore ?? (store => store);
  }

  async inspect(path: string): Promise<void> {
    await requireFolder(path);
    await refuseOtherLakes(path);
    await refuseOtherFiles(path);
    await access(path, constants.W_OK).catch((cause: unknown) => {
      throw new Fault('store/read-only', { path }, { cause });
    });
    const { bavail, bsize } = await statfs(path);
    if (bavail * bsize < SPACE_BYTES_MIN) {
      throw new Fault('store/full', { path, freeBytes: bavail * bsize, neededBytes: SPACE_BYTES_MIN });
    }
  }

  async kept(path: string): Promise<KeptLake> {
    await requireFolder(path);
    const { signal } = new AbortController();
    // Before the store is opened, which makes folders of its own.
    if (!(await exists(join(path, LINK_FILE)))) throw new Fault('lake/unmarked', { path });
    const store = await openFolderStore({ root: path, newId: this.#newId, clock: this.#clock });
    const mark = await readLinkFile(store, signal).catch(failure => {
      throw readableMark(failure, path);
    });
    if (mark === null) throw new Fault('lake/unmarked', { path });
    return { mark, tables: await Promise.all(mark.tables.map(table => this.#choiceOf(mark, { store, table }))) };
  }

  async open(link: LinkSettings): Promise<OpenLake> {
    const path = link.lakePath;
    await requireFolder(path);
    if (!(await exists(join(path, OWN_FOLDER)))) await this.inspect(path);
    const lock = await lockNewOrOwn(path);
    // Asked under the lock: a folder that was empty a moment ago may be another service's lake by now.
    const wasEmpty = !(await holdsLink(path));
    try {
      const store = this.#aroundStore(await openFolderStore({ root: path, newId: this.#newId, clock: this.#clock }));
      await requireOwnLake(store, link.id, new AbortController().signal).catch(failure => {
        throw readableMark(failure, path);
      });
      const lake = new FolderLake({ path, store, lock });
      await lake.describe(link);
      return lake;
    } catch (failure) {
      // Nothing half made: the folder is as it was.
      if (wasEmpty) await removeOwnFolder(path, lock);
      lock.release();
      throw failure;
    }
  }

  /** As the mark says it; marks of earlier versions do not, the table's log does. */
  async #choiceOf(
    { choices, partitionStrategy }: LinkFile,
    { store, table }: { readonly store: ByteStore; readonly table: TableName },
  ): Promise<TableChoice> {
    const said = choices?.find(one => one.table === table);
    if (said !== undefined) return said;
    const log = new TableLog({ store, table, clock: this.#clock, newNonce: this.#newId });
    const state = await log.load(new AbortController().signal);
    if (state.shape === null) return { table, appendOnly: false, partitionStrategy };
    return { table, appendOnly: state.writeMode === 'append', partitionStrategy: state.partitionStrategy };
  }
}

/** As a link is described in its lake. */
function describedAs(link: LinkSettings): Omit<LinkFile, 'format' | 'revision'> {
  const { id: linkId, lakePath: _, organizationId, paused: __, tables, ...rest } = link;
  const choices = tables.map(({ table, appendOnly, partitionStrategy }) => ({ table, appendOnly, partitionStrategy }));
  return { linkId, ...rest, organizationId, tables: tables.map(({ table }) => table), choices };
}

class FolderLake implements OpenLake {
  readonly store: ByteStore;
  readonly #path: string;
  readonly #lock: { release(): void };

  constructor(parts: {
    readonly path: string;
    readonly store: ByteStore;
    readonly lock: { release(): void };
  }) {
    this.store = parts.store;
    this.#path = parts.path;
    this.#lock = parts.lock;
  }

  async describe(link: LinkSettings): Promise<void> {
    const { signal } = new AbortController();
    const there = await readLinkFile(this.store, signal);
    const content = describedAs(link);
    if (there !== null && JSON.stringify({ ...there, ...content }) === JSON.stringify(there)) return;
    // After the file was lost it begins anew, but never below what was shown before.
    const shown = (await this.store.publishedSequence(LINK_FILE, signal)) ?? 0;
    const revision = Math.max(there?.revision ?? 0, shown) + 1;
    await writeLinkFile(this.store, { format: 1, revision, ...content }, signal);
  }

  contents(): Promise<LakeContents> {
    return lakeContents(this.#path);
  }

  loggedTables(): Promise<TableName[]> {
    return loggedTables(this.#path);
  }

  async erase(options: { readonly foreign: boolean }): Promise<void> {
    await eraseFiles(this.#path, options);
    await removeOwnFolder(this.#path, this.#lock);
    await removeEmptyFolders(this.#path);
  }

  async close(): Promise<void> {
    this.#lock.release();
  }
}

/** The lock, without leaving a folder for it where there was none and it could not be had. */
async function lockNewOrOwn(path: string): Promise<{ release(): void }> {
  try {
    return await lockFolder({ path, purpose: 'service' });
  } catch (failure) {
    const isBusy = failure instanceof Fault && failure.code === 'store/busy';
    // Of a busy lake nothing is ours to remove.
    if (!isBusy) {
      await removeEmptyFolders(join(path, OWN_FOLDER)).catch(() => undefined);
      await rmdir(join(path, OWN_FOLDER)).catch(() => undefined);
    }
    throw failure;
  }
}

/** Removes `.lakelink` while the lock, which lies in it, is held; where open files cannot be removed (Windows), after. */
export async function removeOwnFolder(path: string, lock: { release(): void }): Promise<void> {
  const folder = join(path, OWN_FOLDER);
  const removed = await rm(folder, { recursive: true, force: true }).then(
    () => true,
    () => false,
  );
  lock.release();
  if (!removed) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

/** A mark that cannot be read names its real path and what else helps than a backup. */
export function readableMark(failure: unknown, path: string): unknown {
  if (!(failure instanceof Fault) || failure.code !== 'lake/corrupt') return failure;
  const reason = `${failure.details.reason}; it holds no data: without a backup remove this one file, it is written again`;
  return new Fault('lake/corrupt', { path: join(path, LINK_FILE), reason }, { cause: failure });
}

async function requireFolder(path: string): Promise<void> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw new Fault('store/missing', { path }, { cause });
  });
  if (!facts.isDirectory()) throw new Fault('store/missing', { path, reason: 'it is a file' });
}

/** `lake/foreign` for a folder that is a lake or lies in one. */
async function refuseOtherLakes(path: string): Promise<void> {
  for (let folder = path; ; folder = dirname(folder)) {
    const mark = await readFile(join(folder, LINK_FILE), 'utf8').catch(() => null);
    if (mark !== null) throw new Fault('lake/foreign', { path: folder, link: linkNameIn(mark) });
    if (dirname(folder) === folder) return;
  }
}

function linkNameIn(mark: string): string | null {
  try {
    const { name } = JSON.parse(mark) as { name?: unknown };
    return typeof name === 'string' ? name.slice(0, 63) : null;
  } catch {
    return null;
  }
}

async function refuseOtherFiles(path: string): Promise<void> {
  const names = await readdir(path).catch((cause: unknown) => {
    throw new Fault('store/failed', { path, reason: 'the folder cannot be listed' }, { cause });
  });
  const foreign = names.find(name => name !== OWN_FOLDER && !SYSTEM_FILES.has(name));
  if (foreign !== undefined) throw new Fault('lake/not-empty', { path, example: foreign });
  if (!names.includes(OWN_FOLDER)) return;
  if (await exists(join(path, OWN_FOLDER, 'ledger.db'))) {
    throw new Fault('lake/not-empty', { path, example: OWN_FOLDER, reason: 'a Lakelink service has its home there' });
  }
  if (await holdsLink(path)) throw new Fault('lake/foreign', { path });
}

/** Folders of the store itself (their names begin with _) may be left of a start that was cut short; table logs are data. */
async function holdsLink(path: string): Promise<boolean> {
  const inside = await readdir(join(path, OWN_FOLDER)).catch(() => []);
  return inside.some(name => !name.startsWith('_') || name === '_link');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
