import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  Batcher,
  BuildRequest,
  BuildResult,
  Built,
  FoldRequest,
  FoldResult,
  LocalFile,
  NarrowRequest,
  NarrowResult,
  PagesRequest,
} from '../core/batcher.ts';
import { buildBatch, buildTogether } from './build-batch.ts';
import type { Engine } from './duckdb.ts';
import { foldImage } from './fold.ts';
import { compareNarrow } from './narrow.ts';

export interface BatcherOptions {
  readonly engine: Engine;
  /** Local folder for files on their way to the lake; made when missing, readable by its owner only. */
  readonly folder: string;
  /** Makes names of files. */
  readonly newId: () => string;
}

/**
 * Opens the batcher. The engine stays its owner's: closing the batcher does not close it.
 * The folder belongs to this batcher alone: files of an earlier one that was killed go; rows set aside stay.
 */
export async function openBatcher({ engine, folder, newId }: BatcherOptions): Promise<Batcher> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await removeLeftovers(folder);
  return new DuckBatcher({ engine, folder, newId });
}

const SET_ASIDE = '.quarantine.ndjson';

async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const isOurs = ['.parquet', '.ndjson', '.page.json'].some(ending => name.endsWith(ending));
    if (isOurs && !name.endsWith(SET_ASIDE)) await rm(join(folder, name), { force: true });
  }
}

/** What each piece of work needs beside its request. */
export interface Workshop {
  readonly engine: Engine;
  readonly folder: string;
  /** A path for a new file of this kind in the folder. */
  readonly newPath: (ending: string) => string;
}

class DuckBatcher implements Batcher {
  readonly #workshop: Workshop;

  constructor({ engine, folder, newId }: BatcherOptions) {
    this.#workshop = { engine, folder, newPath: ending => join(folder, `${newId()}.${ending}`) };
  }

  build(request: BuildRequest, signal: AbortSignal): Promise<BuildResult> {
    return buildBatch(this.#workshop, request, signal);
  }

  buildTogether(request: PagesRequest, signal: AbortSignal): Promise<Built | null> {
    return buildTogether(this.#workshop, request, signal);
  }

  fold(request: FoldRequest, signal: AbortSignal): Promise<FoldResult> {
    return foldImage(this.#workshop, request, signal);
  }

  compareNarrow(request: NarrowRequest, signal: AbortSignal): Promise<NarrowResult> {
    return compareNarrow(this.#workshop, request, signal);
  }

  async discard({ path }: Pick<LocalFile, 'path'>): Promise<void> {
    await rm(path, { force: true });
  }

  async close(): Promise<void> {}
}
