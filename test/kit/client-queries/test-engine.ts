import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../../src/batch/duckdb.ts';

export type TestEngine = Pick<Engine, 'session'> & { close(): Promise<void> };

/** An engine with a temporary folder of its own, which goes with it. */
export async function openTestEngine(): Promise<TestEngine> {
  const tempDirectory = await mkdtemp(join(tmpdir(), 'lakelink-catalogue-'));
  const engine = await openEngine({ tempDirectory, threads: 2 });
  return {
    session: (work, signal) => engine.session(work, signal),
    close: async () => {
      engine.close();
      await rm(tempDirectory, { recursive: true, force: true });
    },
  };
}
