import type {
  Batcher,
  BuildRequest,
  BuildResult,
  Built,
  FoldRequest,
  FoldResult,
  LocalFile,
  MergeInput,
  NarrowRequest,
  NarrowResult,
  PagesRequest,
} from '../../src/core/batcher.ts';
import type { Witness } from '../../src/core/commit.ts';
import type { SpooledPage } from '../../src/core/spool.ts';
import type { Chance } from '../kit/chance.ts';
import type { SeededClock } from './seeded-clock.ts';
import { grownParts, keptLines } from './seeded-history.ts';
import type { Life } from './seeded-life.ts';
import type { SpoolDisk } from './seeded-spool.ts';
import type { SeededDisk } from './seeded-store.ts';

/** A version of a row as batches and images hold it. */
export interface Version {
  readonly id: string;
  readonly epoch: number;
  readonly version: number;
  readonly deleted: boolean;
  readonly text: string;
  /** The version that the environment showed: below `version` where the row was lifted over a delete. */
  readonly own: number;
  /** The second in which it was taken in: what readers tell lines of one version by. */
  readonly sink: number;
}

interface WireRow {
  readonly thingid?: string;
  readonly versionnumber?: number;
  readonly text?: string;
  readonly id?: string;
  readonly reason?: string;
}

/** The image's partitions; ids of even and of odd numbers. */
export const partitions = ['2024', '2025'] as const;

export interface BatcherParts {
  readonly disk: SeededDisk;
  readonly spool: SpoolDisk;
  readonly life: Life;
  readonly clock: SeededClock;
  readonly chance: Chance;
}

/** The batcher's promises in plain JavaScript, over files in memory. */
export class SeededBatcher implements Batcher {
  readonly #parts: BatcherParts;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
  }

  build(request: BuildRequest): Promise<BuildResult> {
    return this.#work(() => this.#build(request));
  }

  /** Sometimes refused, as where a page needs to be looked at by itself. */
  buildTogether({ pages, epoch, deleteVersion, sinkAt }: PagesRequest): Promise<Built | null> {
    return this.#work(() => {
      if (this.#parts.chance.happens(0.3)) return null;
      const given = { deleteVersion: Number(deleteVersion), epoch, sinkAt };
      const rows = pages.flatMap(page => this.#versions(page, given));
      const newest = newestOf(rows);
      const file = rows.length === 0 ? null : { ...this.#write(JSON.stringify(rows)), rows: rows.length, deletes: 0 };
      return { is: 'built', file, highWater: newest?.version ?? null, repaired: 0, quarantined: [], newest };
    });
  }

  fold(request: FoldRequest): Promise<FoldResult> {
    return this.#work(() => {
      const live = merged(this.#parts.disk, request).map(row => ({ ...row, version: row.own }));
      const changed = partitions.flatMap(name => {
        const text = JSON.stringify(live.filter(({ id }) => partitionOf(id) === name));
        const before = request.image.find(partition => partition.name === name);
        const same = before === undefined ? text === '[]' : this.#text(before.path) === text;
        return same ? [] : [{ name, file: this.#write(text), csvBytes: 0 }];
      });
      return { changed, dropped: [], rowCount: live.length, ...this.#history(request) };
    });
  }

  #history(request: FoldRequest): Pick<FoldResult, 'parts' | 'changes'> {
    const { history, image, batches } = request;
    if (history === undefined) return { parts: [], changes: [] };
    const read = (path: string) => versionsIn(this.#parts.disk, path);
    const live = image.flatMap(({ path }) => read(path));
    const kept = keptLines(
      live,
      batches.map(({ path }) => read(path)),
    );
    const deletesIn = (lines: readonly Version[]) => lines.filter(({ deleted }) => deleted).length;
    if (history.keep === 'changes') {
      if (kept.length === 0) return { parts: [], changes: [] };
      const deletes = deletesIn(kept);
      const file = this.#write(JSON.stringify(kept));
      return { parts: [], changes: [{ ...file, rows: file.rows - deletes, deletes }] };
    }
    const all = history.parts === null ? [...live, ...kept] : kept;
    const linesOf = (partition: string) => all.filter(({ id }) => partitionOf(id) === partition);
    const parts = grownParts(request, { partitions, linesOf, read });
    return {
      parts: parts.map(({ name, lines }) => ({
        name,
        file: this.#write(JSON.stringify(lines)),
        csvBytes: 0,
        deletes: deletesIn(lines),
      })),
      changes: [],
    };
  }

  compareNarrow(request: NarrowRequest): Promise<NarrowResult> {
    return this.#work(() => {
      const { epoch = 0, knownThrough } = request;
      const known = Number(knownThrough ?? Number.POSITIVE_INFINITY);
      const ours = merged(this.#parts.disk, request);
      const versions = new Map(ours.map(row => [row.id, row.epoch < epoch ? -1 : row.version]));
      const shown = request.pages.flatMap(page =>
        this.#versions(page, { deleteVersion: 0, epoch, sinkAt: new Date(0) }),
      );
      const ids = new Set(shown.map(({ id }) => id));
      const behind = shown.filter(({ id, version }) => version > (versions.get(id) ?? -1)).map(({ id }) => id);
      const couldBeShown = ours.filter(row => row.epoch < epoch || row.version <= known);
      return {
        behind: [...new Set(behind)],
        vanished: couldBeShown.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
        shown: ids.size,
        live: ours.length,
      };
    });
  }

  discard({ path }: Pick<LocalFile, 'path'>): Promise<void> {
    return this.#work(() => this.#parts.disk.forget(path));
  }

  async close(): Promise<void> {}

  #build({ page, chain, settled, watched = [], ...request }: BuildRequest): BuildResult {
    const { epoch, deleteVersion, goneVersion, sinkAt } = request;
    const given = { deleteVersion: Number(deleteVersion), epoch, sinkAt };
    const earlier = chain.flatMap(path => versionsIn(this.#parts.disk, path));
    let versions = this.#versions(page, given);
    let readAgain = page.key.read === 'rows' ? versions : [];
    const mixed = page.key.read === 'rows' ? new Set<string>() : mixedIds(versions, earlier);
    if (mixed.size > 0 && settled === null) return { is: 'unsettled', ids: [...mixed] };
    if (settled !== null) {
      readAgain = settled.page === null ? [] : this.#versions(settled.page, given);
      const gone = settled.gone.map(id => ({
        id,
        epoch,
        version: Number(goneVersion ?? deleteVersion),
        own: 0,
        sink: secondOf(sinkAt),
        deleted: true,
        text: '',
      }));
      const again = new Set([...readAgain, ...gone].map(({ id }) => id));
      versions = [...versions.filter(({ id }) => !again.has(id)), ...readAgain, ...gone];
    }
    const highest = Math.max(0, ...versions.map(({ version, deleted }) => (deleted ? 0 : version)));
    const rows = liftedOverDeletes({ versions, readAgain, earlier });
    const deletes = rows.filter(({ deleted }) => deleted).length;
    const file =
      rows.length === 0 ? null : { ...this.#write(JSON.stringify(rows)), rows: rows.length - deletes, deletes };
    const highWater = Math.max(highest, ...rows.map(({ version, deleted }) => (deleted ? 0 : version)));
    return {
      is: 'built',
      file,
      highWater: highWater === 0 ? null : `${highWater}`,
      repaired: 0,
      quarantined: [],
      newest: newestOf(versions),
      gone: outdatedOf(watched, rows),
    };
  }

  #versions(
    page: SpooledPage,
    given: { readonly deleteVersion: number; readonly epoch: number; readonly sinkAt: Date },
  ): Version[] {
    return (this.#parts.spool.rowsOf(page) as WireRow[]).map(row => {
      const deleted = row.reason === 'deleted';
      return {
        id: (deleted ? row.id : row.thingid) ?? '',
        epoch: given.epoch,
        version: deleted ? given.deleteVersion : (row.versionnumber ?? 0),
        own: row.versionnumber ?? 0,
        sink: secondOf(given.sinkAt),
        deleted,
        text: row.text ?? '',
      };
    });
  }

  #work<T>(apply: () => T): Promise<T> {
    const { life, clock, chance } = this.#parts;
    return life.local(async () => {
      await clock.sleep(chance.between(0, 10));
      return life.local(async () => apply());
    });
  }

  #text(path: string): string {
    return new TextDecoder().decode(this.#parts.disk.read(path));
  }

  #write(text: string): LocalFile {
    const bytes = new TextEncoder().encode(text);
    const rows = (JSON.parse(text) as unknown[]).length;
    return { path: this.#parts.disk.write(bytes), bytes: bytes.length, sha256: '0'.repeat(64), rows };
  }
}

function secondOf(time: Date): number {
  return Math.floor(time.getTime() / 1_000);
}

export function versionsIn(disk: SeededDisk, path: string): Version[] {
  return JSON.parse(new TextDecoder().decode(disk.read(path))) as Version[];
}

/** Live rows: the highest (epoch, version) wins, at the same one a delete, then the later sequence (I-4). */
export function merged(disk: SeededDisk, input: Pick<MergeInput, 'image' | 'batches'>): Version[] {
  const winners = new Map<string, Version>();
  for (const { path } of [...input.image, ...input.batches]) {
    for (const version of versionsIn(disk, path)) {
      const before = winners.get(version.id);
      if (before === undefined || !losesTo(version, before)) winners.set(version.id, version);
    }
  }
  return [...winners.values()].filter(({ deleted }) => !deleted).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function losesTo(later: Version, before: Version): boolean {
  if (later.epoch !== before.epoch) return later.epoch < before.epoch;
  if (later.version !== before.version) return later.version < before.version;
  return before.deleted && !later.deleted;
}

/** Of the witnesses those that rows delete or hold in a higher version. */
function outdatedOf(watched: readonly Witness[], rows: readonly Version[]): string[] {
  const isOutdated = ({ id, version }: Witness) =>
    rows.some(row => row.id === id && (row.deleted || row.version > Number(version)));
  return watched.filter(isOutdated).map(({ id }) => id);
}

/** The row of the highest version, as the environment showed it. */
function newestOf(versions: readonly Version[]): Witness | null {
  const rows = versions.filter(({ deleted }) => !deleted);
  const newest = rows.reduce<Version | null>(
    (best, row) => (best === null || row.version > best.version ? row : best),
    null,
  );
  return newest === null ? null : { id: newest.id, version: `${newest.version}` };
}

/** Ids of a page that have both a row and a delete, in it or between it and what came before in the same delta. */
function mixedIds(versions: readonly Version[], earlier: readonly Version[]): Set<string> {
  const inPage = new Set(versions.map(({ id }) => id));
  const all = [...versions, ...earlier.filter(({ id }) => inPage.has(id))];
  const rows = new Set(all.filter(({ deleted }) => !deleted).map(({ id }) => id));
  return new Set(all.filter(({ id, deleted }) => deleted && rows.has(id)).map(({ id }) => id));
}

/** A row that was read again exists: it wins over a delete earlier in its delta, whatever version that took. */
function liftedOverDeletes(parts: {
  readonly versions: readonly Version[];
  readonly readAgain: readonly Version[];
  readonly earlier: readonly Version[];
}): Version[] {
  const lifted = new Set(parts.readAgain);
  return parts.versions.map(row => {
    if (row.deleted || !lifted.has(row)) return row;
    const gone = parts.earlier.filter(({ id, deleted }) => deleted && id === row.id).map(({ version }) => version + 1);
    return { ...row, version: Math.max(row.version, ...gone) };
  });
}

function partitionOf(id: string): string {
  return Number(id.slice(-1)) % 2 === 0 ? '2024' : '2025';
}
