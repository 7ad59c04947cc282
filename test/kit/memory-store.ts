import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteStore, Content, StoredFile } from '../../src/core/bytestore.ts';
import type { Clock } from '../../src/core/clock.ts';
import { Fault } from '../../src/core/fault.ts';

export type Operation = Exclude<keyof ByteStore, 'location' | 'urlOf'>;

/**
 * What happens to a call. `refuse`: it fails and did nothing. `apply-then-fail`: it happened and its answer is lost.
 * `die`, `apply-then-die`: as before, and every later call through this handle fails with `Died`, as after kill -9.
 * `hold`: it waits until `release()`, then happens.
 */
export type StoreFault = 'refuse' | 'apply-then-fail' | 'die' | 'apply-then-die' | 'hold';

/** Which call: the n-th of the handle (from 1), or the next ones of an operation whose path matches, `times` (once). */
export type ScriptLine =
  | { readonly call: number; readonly do: StoreFault }
  | { readonly on: Operation; readonly path?: RegExp; readonly times?: number; readonly do: StoreFault };

export interface Call {
  readonly operation: Operation;
  readonly path: string;
}

/** The process of this handle is dead. */
export class Died extends Error {
  constructor() {
    super('the process died');
    this.name = 'Died';
  }
}

interface File {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}

interface Shared {
  readonly files: Map<string, File>;
  readonly published: Map<string, number>;
}

/** A lake in memory, with faults by script. Several handles on the same files stand for several processes. */
export class MemoryStore implements ByteStore {
  readonly location = 'memory';
  /** Everything that was asked through this handle. */
  readonly calls: Call[] = [];
  readonly #shared: Shared;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #script: { line: ScriptLine; left: number }[];
  readonly #held: (() => void)[] = [];
  #dead = false;
  #locals = 0;
  #localFolder: Promise<string> | null = null;

  constructor({
    script = [],
    clock = { nowMs: () => 0 },
    shared = { files: new Map(), published: new Map() },
  }: {
    readonly script?: readonly ScriptLine[];
    readonly clock?: Pick<Clock, 'nowMs'>;
    readonly shared?: Shared;
  } = {}) {
    this.#shared = shared;
    this.#clock = clock;
    this.#script = script.map(line => ({ line, left: 'times' in line ? (line.times ?? 1) : 1 }));
  }

  /** Another process on the same lake. */
  handle({ script = [] }: { readonly script?: readonly ScriptLine[] } = {}): MemoryStore {
    return new MemoryStore({ script, clock: this.#clock, shared: this.#shared });
  }

  /** Lets held calls happen. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  get heldCalls(): number {
    return this.#held.length;
  }

  /** Paths of all files, in order. */
  get paths(): string[] {
    return [...this.#shared.files.keys()].sort();
  }

  text(path: string): string | null {
    const file = this.#shared.files.get(path);
    return file === undefined ? null : new TextDecoder().decode(file.bytes);
  }

  /** Damages or plants a file, past every rule. */
  plant(path: string, text: string): void {
    this.#shared.files.set(path, { bytes: new TextEncoder().encode(text), modifiedMs: this.#clock.nowMs() });
  }

  /** Loses a file, past every rule. */
  lose(path: string): void {
    this.#shared.files.delete(path);
  }

  /** A copy of all files, to go back to or compare. */
  snapshot(): Map<string, string> {
    return new Map(this.paths.map(path => [path, this.text(path) ?? '']));
  }

  urlOf(path: string): string {
    return `memory:///${path}`;
  }

  async putIfAbsent(path: string, content: Content, signal: AbortSignal): Promise<'created' | 'exists'> {
    return this.#call({ operation: 'putIfAbsent', path }, signal, async () => {
      const bytes = await bytesOf(content);
      signal.throwIfAborted();
      if (this.#shared.files.has(path)) return 'exists';
      this.#shared.files.set(path, { bytes, modifiedMs: this.#clock.nowMs() });
      return 'created';
    });
  }

  async read(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#call({ operation: 'read', path }, signal, async () => this.#shared.files.get(path)?.bytes ?? null);
  }

  async list(
    folder: string,
    { signal, deep = true }: { readonly signal: AbortSignal; readonly deep?: boolean },
  ): Promise<StoredFile[]> {
    return this.#call({ operation: 'list', path: folder }, signal, async () => {
      const prefix = folder === '' ? '' : `${folder}/`;
      return [...this.#shared.files]
        .filter(([path]) => path.startsWith(prefix) && (deep || !path.slice(prefix.length).includes('/')))
        .map(([path, file]) => ({ path, bytes: file.bytes.byteLength, modifiedMs: file.modifiedMs }))
        .sort((a, b) => (a.path < b.path ? -1 : 1));
    });
  }

  async remove(path: string, signal: AbortSignal): Promise<void> {
    return this.#call({ operation: 'remove', path }, signal, async () => {
      this.#shared.files.delete(path);
    });
  }

  async publish(
    path: string,
    content: Content,
    { sequence, signal }: { readonly sequence: number; readonly signal: AbortSignal },
  ): Promise<'published' | 'stale'> {
    return this.#call({ operation: 'publish', path }, signal, async () => {
      const bytes = await bytesOf(content);
      signal.throwIfAborted();
      if (sequence < (this.#shared.published.get(path) ?? -1)) return 'stale';
      this.#shared.published.set(path, sequence);
      this.#shared.files.set(path, { bytes, modifiedMs: this.#clock.nowMs() });
      return 'published';
    });
  }

  async publishedSequence(path: string, signal: AbortSignal): Promise<number | null> {
    return this.#call({ operation: 'publishedSequence', path }, signal, async () =>
      this.#shared.files.has(path) ? (this.#shared.published.get(path) ?? null) : null,
    );
  }

  async localFile(path: string, signal: AbortSignal): Promise<string> {
    return this.#call({ operation: 'localFile', path }, signal, async () => {
      const file = this.#shared.files.get(path);
      if (file === undefined) throw new Fault('store/failed', { path, reason: 'ENOENT' });
      this.#localFolder ??= mkdtemp(join(tmpdir(), 'lakelink-memory-'));
      const folder = await this.#localFolder;
      // Whoever asks at the same time must not find it half written.
      this.#locals += 1;
      const local = join(folder, `${this.#locals}-${path.replaceAll('/', '-')}`);
      await writeFile(local, file.bytes);
      return local;
    });
  }

  /** Removes local copies that `localFile` made. */
  async close(): Promise<void> {
    if (this.#localFolder !== null) await rm(await this.#localFolder, { recursive: true, force: true });
    this.#localFolder = null;
  }

  async #call<T>(call: Call, signal: AbortSignal, apply: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Died();
    signal.throwIfAborted();
    this.calls.push(call);
    const fault = this.#faultFor(call);
    if (fault === 'refuse') throw new Fault('store/failed', { path: call.path, reason: 'refused by script' });
    if (fault === 'die') {
      this.#dead = true;
      throw new Died();
    }
    if (fault === 'hold') {
      await new Promise<void>(resolve => {
        this.#held.push(resolve);
      });
    }
    const answer = await apply();
    if (fault === 'apply-then-fail')
      throw new Fault('store/failed', { path: call.path, reason: 'answer lost by script' });
    if (fault === 'apply-then-die') {
      this.#dead = true;
      throw new Died();
    }
    return answer;
  }

  #faultFor(call: Call): StoreFault | null {
    const found = this.#script.find(({ line, left }) => {
      if (left === 0) return false;
      if ('call' in line) return line.call === this.calls.length;
      return line.on === call.operation && (line.path === undefined || line.path.test(call.path));
    });
    if (found === undefined) return null;
    found.left -= 1;
    return found.line.do;
  }
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  return 'bytes' in content ? content.bytes.slice() : readFile(content.file);
}
