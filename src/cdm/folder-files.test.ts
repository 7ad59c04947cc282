import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { crateShape, writeLakeParquet } from '../../test/kit/lake-parquet.ts';
import { live } from '../../test/kit/log-values.ts';
import { openEngine, type Session } from '../batch/duckdb.ts';
import { cutChanges } from './folder-files.ts';

test('a statement does not grow with the folds that a folder makes up for: an interval of a day has thousands', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lakelink-cut-'));
  const engine = await openEngine({ tempDirectory: join(folder, 'engine'), threads: 2 });
  try {
    const paths: string[] = [];
    for (let n = 0; n < 30; n += 1) {
      const id = `'00000000-0000-4000-8000-0000000000${String(n % 20).padStart(2, '0')}'`;
      const sink = { SinkCreatedOn: "'2026-01-01 09:59:01'", SinkModifiedOn: "'2026-01-01 09:59:01'" };
      const row = { Id: id, crateid: id, ...sink, versionnumber: String(n), __version: String(n), name: `'v${n}'` };
      const path = join(folder, `changes-${n}.parquet`);
      await writeLakeParquet(engine, { shape: crateShape, rows: [row], path, as: 'batch' });
      paths.push(path);
    }
    const cut = (changes: readonly string[]) =>
      engine.session(async session => {
        const seen: string[] = [];
        const watched: Session = {
          ...session,
          runAll: sql => {
            seen.push(sql);
            return session.runAll(sql);
          },
        };
        const workFolder = join(folder, `work-${changes.length}`);
        await mkdir(workFolder);
        const { files, write } = await cutChanges(watched, {
          shape: crateShape,
          changes,
          workFolder,
          partBytesMax: 1e9,
        });
        for (const file of files) await write(file, join(folder, 'out.csv'));
        const [rows] = await session.runAll(
          `SELECT count(*)::INTEGER AS rows FROM read_csv('${join(folder, 'out.csv')}', header = false)`,
        );
        return { rows: rows?.rows, selects: seen.join().split('SELECT').length };
      }, live);
    const few = await cut(paths.slice(0, 10));
    const many = await cut(paths);
    expect([few.rows, many.rows]).toEqual([10, 20]);
    expect(many.selects).toBe(few.selects);
  } finally {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}, 30_000);
