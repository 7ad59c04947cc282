import { chmod, rm } from 'node:fs/promises';
import type { LocalFile } from '../core/batcher.ts';
import type { Workshop } from './batcher.ts';
import { numberOf } from './build.ts';
import type { Session } from './duckdb.ts';
import { localFile } from './local-file.ts';
import { literal, PARQUET_OPTIONS } from './sql.ts';

/** Where a fold works: its files go again when it fails. */
export class FoldBench {
  readonly session: Session;
  readonly signal: AbortSignal;
  readonly #workshop: Workshop;
  readonly #written: string[] = [];

  constructor(workshop: Workshop, session: Session, signal: AbortSignal) {
    this.#workshop = workshop;
    this.session = session;
    this.signal = signal;
  }

  /** A new Parquet file with these rows. */
  async write(rows: string): Promise<LocalFile> {
    this.signal.throwIfAborted();
    const path = this.#workshop.newPath('parquet');
    this.#written.push(path);
    const [result] = await this.session.runAll(`COPY (${rows}) TO ${literal(path)} (${PARQUET_OPTIONS})`);
    await chmod(path, 0o600);
    return localFile({ path, rows: numberOf(result, 'Count'), signal: this.signal });
  }

  async discardAll(): Promise<void> {
    for (const path of this.#written) await rm(path, { force: true });
  }
}
