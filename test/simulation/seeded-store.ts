import type { ByteStore, Content, StoredFile } from '../../src/core/bytestore.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Chance } from '../kit/chance.ts';
import type { SeededClock } from './seeded-clock.ts';
import type { SeededFaults } from './seeded-faults.ts';
import type { Life } from './seeded-life.ts';
import type { NamedTable } from './seeded-replica.ts';

/** Holds the name of the folder in progress. */
export const CHANGELOG = 'changelog';
const FOLDER = /^(\d{4}-\d\d-\d\dT[^/]+)\//;

/** What outlives every process: the lake's files and the local disk, all in memory. */
export class SeededDisk {
  readonly lake = new Map<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }>();
  readonly published = new Map<string, number>();
  /** Everything that was ever put below `.lakelink`, by its first content: what the lake forgets, a proof remembers. */
  readonly everPut = new Map<string, Uint8Array>();
  /** Promises to readers that were broken at some moment. */
  readonly broken: string[] = [];
  readonly #local = new Map<string, Uint8Array>();
  #files = 0;

  /** A local file of its own name. */
  write(bytes: Uint8Array): string {
    this.#files += 1;
    const path = `local/${this.#files}`;
    this.#local.set(path, bytes);
    return path;
  }

  /** A local file, or one of the lake by the path that `localFile` answered. */
  read(path: string): Uint8Array {
    const bytes = path.startsWith('lake/') ? this.lake.get(path.slice('lake/'.length))?.bytes : this.#local.get(path);
    if (bytes === undefined) throw new Error(`no file ${path}`);
    return bytes;
  }

  /** A name appears, or shows something else. */
  keep(path: string, file: { readonly bytes: Uint8Array; readonly modifiedMs: number }): void {
    this.#watchFolder(path);
    if (path.startsWith('.lakelink/') && !this.everPut.has(path)) this.everPut.set(path, file.bytes);
    this.lake.set(path, file);
    if (path === 'tables.json') this.#watchNames('is named before it is there', name => !this.lake.has(name));
    if (path === CHANGELOG) this.#watchFinished();
  }

  drop(path: string): void {
    this.#watchFolder(path);
    this.#watchNames('is removed while it is named', name => name === path && this.lake.has(path));
    this.lake.delete(path);
  }

  /** What the list of tables leads to is there at every moment. */
  #watchNames(what: string, isBroken: (name: string) => boolean): void {
    const named = JSON.parse(this.text('tables.json') ?? '[]') as NamedTable[];
    for (const { files } of named) for (const name of files) if (isBroken(name)) this.broken.push(`${name} ${what}`);
  }

  /** A folder that has its model never changes. */
  #watchFolder(path: string): void {
    const folder = FOLDER.exec(path)?.[1];
    if (folder !== undefined && this.lake.has(`${folder}/model.json`))
      this.broken.push(`${path} changes in a finished folder`);
  }

  /** Below the folder in progress all are finished. */
  #watchFinished(): void {
    for (const path of this.lake.keys()) {
      const folder = FOLDER.exec(path)?.[1];
      if (folder === undefined || folder >= (this.text(CHANGELOG) ?? '')) continue;
      if (!this.lake.has(`${folder}/model.json`)) this.broken.push(`${folder} counts as finished without its model`);
    }
  }

  forget(path: string): void {
    this.#local.delete(path);
  }

  text(path: string): string | null {
    const file = this.lake.get(path);
    return file === undefined ? null : new TextDecoder().decode(file.bytes);
  }
}

export interface StoreParts {
  readonly disk: SeededDisk;
  readonly life: Life;
  readonly clock: SeededClock;
  readonly chance: Chance;
  readonly faults: SeededFaults;
  readonly slowness: number;
  readonly note: (what: string) => void;
}

/** The lake as one process reaches it. */
export class SeededStore implements ByteStore {
  readonly location = 'memory';
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  urlOf(path: string): string {
    return `memory:///${path}`;
  }

  putIfAbsent(path: string, content: Content, signal: AbortSignal): Promise<'created' | 'exists'> {
    const bytes = this.#bytesOf(content);
    return this.#call(path, signal, () => {
      const { disk, clock } = this.#parts;
      if (disk.lake.has(path)) return 'exists';
      disk.keep(path, { bytes, modifiedMs: clock.nowMs() });
      this.#noteEntry(path, bytes);
      return 'created';
    });
  }

  read(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#call(path, signal, () => this.#parts.disk.lake.get(path)?.bytes ?? null);
  }

  list(
    folder: string,
    { signal, deep = true }: { readonly signal: AbortSignal; readonly deep?: boolean },
  ): Promise<StoredFile[]> {
    return this.#call(folder, signal, () => {
      const prefix = folder === '' ? '' : `${folder}/`;
      return [...this.#parts.disk.lake]
        .filter(([path]) => path.startsWith(prefix) && (deep || !path.slice(prefix.length).includes('/')))
        .map(([path, file]) => ({ path, bytes: file.bytes.byteLength, modifiedMs: file.modifiedMs }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    });
  }

  remove(path: string, signal: AbortSignal): Promise<void> {
    return this.#call(path, signal, () => {
      this.#parts.disk.drop(path);
    });
  }

  publish(
    path: string,
    content: Content,
    { sequence, signal }: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<'published' | 'stale'> {
    const bytes = this.#bytesOf(content);
    return this.#call(path, signal, () => {
      const { disk, clock } = this.#parts;
      if (sequence < (disk.published.get(path) ?? -1)) return 'stale';
      disk.published.set(path, sequence);
      disk.keep(path, { bytes, modifiedMs: clock.nowMs() });
      return 'published';
    });
  }

  publishedSequence(path: string, signal: AbortSignal): Promise<number | null> {
    const { disk } = this.#parts;
    return this.#call(path, signal, () => (disk.lake.has(path) ? (disk.published.get(path) ?? null) : null));
  }

  localFile(path: string, signal: AbortSignal): Promise<string> {
    return this.#call(path, signal, () => {
      if (!this.#parts.disk.lake.has(path)) throw new Fault('store/failed', { path, reason: 'ENOENT' });
      return `lake/${path}`;
    });
  }

  #bytesOf(content: Content): Uint8Array {
    return 'bytes' in content ? content.bytes : this.#parts.disk.read(content.file);
  }

  #call<T>(path: string, signal: AbortSignal, apply: () => T): Promise<T> {
    const { life, clock, chance, faults, slowness, note } = this.#parts;
    return life.call(async () => {
      const slow = slowness > 1 && chance.happens(0.05);
      await clock.sleep(slow ? chance.between(1_000, 90_000) : chance.between(0, 5) * slowness, signal);
      const heldMs = faults.heldMs();
      if (heldMs > 0) note(`store held ${path}`);
      if (heldMs > 0) await clock.sleep(heldMs, signal);
      const fault = faults.store();
      if (fault === null) return apply();
      faults.count(fault);
      note(`store ${fault} ${path}`);
      if (fault === 'answer-lost') apply();
      if (fault === 'done-later')
        void clock
          .sleep(chance.between(1, 20_000))
          .then(apply)
          .catch(() => undefined);
      throw new Fault('store/failed', { path, reason: fault });
    });
  }

  #noteEntry(path: string, bytes: Uint8Array): void {
    if (!path.includes('/log/')) return;
    const entry = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
    const { kind, generation, nextCursor, highWater, batch } = entry;
    const file = typeof batch === 'object' && batch !== null && 'path' in batch ? batch.path : '';
    const at = path.replace(/^\.lakelink\/|0{10,}|\.json$/g, '');
    this.#parts.note(`entry ${at} ${kind} g${generation} ${JSON.stringify(nextCursor)} hw=${highWater} ${file}`);
  }
}
