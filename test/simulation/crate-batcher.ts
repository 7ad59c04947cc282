import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Batcher,
  BuildRequest,
  BuildResult,
  FoldRequest,
  FoldResult,
  LocalFile,
  NarrowRequest,
  NarrowResult,
} from '../../src/core/batcher.ts';
import type { SpooledPage } from '../../src/core/spool.ts';
import type { CrateSpool } from './crate-spool.ts';

export interface Version {
  readonly id: string;
  readonly version: number;
  readonly deleted: boolean;
  readonly text: string;
  /** Absent: 0. */
  readonly epoch?: number;
}

type WireRow = {
  readonly crateid?: string;
  readonly versionnumber?: number;
  readonly text?: string;
  readonly id?: string;
  readonly reason?: string;
};

export interface CrateBatcherOptions {
  /** The narrow pass finds nothing, to show what it is needed for. */
  readonly blind?: boolean;
  /** Called before each fold; it may take its time, or fail. */
  readonly onFold?: () => Promise<void>;
}

/** The batcher's promises in plain JavaScript, on JSON files: the yardstick the engine is simulated with. */
export class CrateBatcher implements Batcher {
  readonly #spool: CrateSpool;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lakelink-simulation-'));
  #files = 0;

  readonly #blind: boolean;
  readonly #onFold: () => Promise<void>;

  constructor(spool: CrateSpool, { blind = false, onFold = async () => {} }: CrateBatcherOptions = {}) {
    this.#spool = spool;
    this.#blind = blind;
    this.#onFold = onFold;
  }

  /** Every page by itself, so that each is a moment of its own. */
  async buildTogether(): Promise<null> {
    return null;
  }

  async build(request: BuildRequest): Promise<BuildResult> {
    const deleteVersion = Number(request.deleteVersion);
    const read = (page: SpooledPage) =>
      (this.#spool.rowsOf(page) as WireRow[]).map(row => ({ ...versionOf(row, deleteVersion), epoch: request.epoch }));
    let versions = read(request.page);
    const mixed = mixedIds([...request.chain.flatMap(readVersions), ...versions]);
    if (mixed.size > 0) {
      if (request.settled === null) return { is: 'unsettled', ids: [...mixed] };
      const again = request.settled.page === null ? [] : read(request.settled.page);
      const gone = request.settled.gone.map(id => ({
        id,
        version: Number(request.goneVersion ?? request.deleteVersion),
        deleted: true,
        text: '',
        epoch: request.epoch,
      }));
      versions = [...versions.filter(({ id }) => !mixed.has(id)), ...again, ...gone];
    }
    if (versions.length === 0) return { is: 'built', file: null, highWater: null, repaired: 0, quarantined: [] };
    const rows = versions.filter(({ deleted }) => !deleted);
    return {
      is: 'built',
      file: { ...this.#write(versions), rows: rows.length, deletes: versions.length - rows.length },
      highWater: rows.length === 0 ? null : `${Math.max(...rows.map(({ version }) => version))}`,
      repaired: 0,
      quarantined: [],
      newest: newestOf(rows),
      gone: (request.watched ?? []).flatMap(({ id, version }) =>
        versions.some(row => row.id === id && (row.deleted || row.version > Number(version))) ? [id] : [],
      ),
    };
  }

  async fold(request: FoldRequest): Promise<FoldResult> {
    await this.#onFold();
    const live = merged(request);
    const changed = [{ name: '1', file: this.#write(live), csvBytes: 0 }];
    return { changed, dropped: [], rowCount: live.length, parts: [], changes: [] };
  }

  async compareNarrow(request: NarrowRequest): Promise<NarrowResult> {
    const knownThrough = Number(request.knownThrough ?? Number.POSITIVE_INFINITY);
    const epoch = request.epoch ?? 0;
    const ours = new Map(merged(request).map(row => [row.id, row]));
    const isEarlier = (row: Version) => (row.epoch ?? 0) < epoch;
    const shown = request.pages.flatMap(page => (this.#spool.rowsOf(page) as WireRow[]).map(row => versionOf(row, 0)));
    if (this.#blind) return { behind: [], vanished: [], shown: shown.length, live: ours.size };
    const ids = new Set(shown.map(({ id }) => id));
    return {
      behind: shown
        .filter(({ id, version }) => {
          const row = ours.get(id);
          return row === undefined || isEarlier(row) || version > row.version;
        })
        .map(({ id }) => id),
      unknown: [...ids].filter(id => !ours.has(id)),
      vanished: [...ours.values()]
        .filter(row => (isEarlier(row) || row.version <= knownThrough) && !ids.has(row.id))
        .map(({ id }) => id),
      shown: shown.length,
      live: ours.size,
    };
  }

  async discard({ path }: Pick<LocalFile, 'path'>): Promise<void> {
    rmSync(path, { force: true });
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #write(versions: readonly Version[]): LocalFile {
    this.#files += 1;
    const path = join(this.#folder, `${this.#files}.json`);
    const text = JSON.stringify(versions);
    writeFileSync(path, text);
    return { path, bytes: text.length, sha256: createHash('sha256').update(text).digest('hex'), rows: versions.length };
  }
}

export function readVersions(path: string): Version[] {
  return JSON.parse(readFileSync(path, 'utf8')) as Version[];
}

function newestOf(rows: readonly Version[]): { readonly id: string; readonly version: string } | null {
  const newest = [...rows].sort((a, b) => b.version - a.version)[0];
  return newest === undefined ? null : { id: newest.id, version: `${newest.version}` };
}

/** Live rows: per id the highest epoch wins, then the highest version, a delete before a row of the same version, then the later sequence. */
export function merged(input: {
  readonly image: readonly { readonly path: string }[];
  readonly batches: readonly { readonly path: string }[];
}): Version[] {
  const winners = new Map<string, Version>();
  const all = [...input.image, ...input.batches].flatMap(({ path }) => readVersions(path));
  for (const version of all) {
    const before = winners.get(version.id);
    if (before === undefined || !isAbove(before, version)) winners.set(version.id, version);
  }
  return [...winners.values()].filter(({ deleted }) => !deleted).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isAbove(before: Version, version: Version): boolean {
  const [ours, theirs] = [before.epoch ?? 0, version.epoch ?? 0];
  if (ours !== theirs) return ours > theirs;
  if (before.version !== version.version) return before.version > version.version;
  return before.deleted && !version.deleted;
}

function mixedIds(versions: readonly Version[]): Set<string> {
  const rows = new Set(versions.filter(({ deleted }) => !deleted).map(({ id }) => id));
  return new Set(versions.filter(({ id, deleted }) => deleted && rows.has(id)).map(({ id }) => id));
}

function versionOf(row: WireRow, deleteVersion: number): Version {
  if (row.reason === 'deleted') return { id: row.id ?? '', version: deleteVersion, deleted: true, text: '' };
  return { id: row.crateid ?? '', version: row.versionnumber ?? 0, deleted: false, text: row.text ?? '' };
}
