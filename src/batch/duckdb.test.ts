import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, openEngine } from './duckdb.ts';
import { ident, literal } from './sql.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-engine-'));
  engine = await openEngine({ tempDirectory: join(folder, 'temp'), threads: 1, memoryMb: 100 });
});

afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

test('an abort interrupts the running statement with the signal’s own reason, and the engine works on', async () => {
  const stop = new AbortController();
  const endless = engine.session(
    session => session.runAll('SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b'),
    stop.signal,
  );
  queueMicrotask(() => stop.abort('stopped'));
  await expect(endless).rejects.toBe('stopped');
  expect(await engine.session(session => session.runAll('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

test('a failure is a fault that names its kind and keeps row values out of its text', async () => {
  const failure: unknown = await engine
    .session(session => session.runAll(`SELECT 'secret value'::INTEGER`))
    .catch(thrown => thrown);
  expect(failure).toMatchObject({ code: 'batch/engine', details: { kind: 'Conversion Error' } });
  expect(String(failure)).not.toContain('secret');
});

test('a full disk is told apart (a temporary directory that may not grow)', async () => {
  const spilling = engine.session(async session => {
    await session.runAll(`SET max_temp_directory_size = '1MB'`);
    return session.runAll(
      `CREATE TEMP TABLE big AS SELECT range, md5(range::VARCHAR) AS text FROM range(5000000) ORDER BY text`,
    );
  });
  await expect(spilling).rejects.toMatchObject({ code: 'store/full' });
});

test('temporary tables go with their session', async () => {
  await engine.session(session => session.runAll('CREATE TEMP TABLE mine AS SELECT 1'));
  await expect(engine.session(session => session.runAll('SELECT * FROM mine'))).rejects.toMatchObject({
    code: 'batch/engine',
  });
});

test('rows can be taken in chunks, whole and with their types', async () => {
  await engine.session(async session => {
    const result = await session.runRows(`SELECT range AS n, range::VARCHAR AS text FROM range(5000)`);
    expect([result.names, result.types]).toEqual([
      ['n', 'text'],
      ['BIGINT', 'VARCHAR'],
    ]);
    let count = 0;
    for await (const rows of result.rows()) count += rows.length;
    expect(count).toBe(5000);
  });
});

test('names and texts are quoted whatever they hold', async () => {
  const hostile = `a"b'c; DROP TABLE x --\\`;
  const rows = await engine.session(session => session.runAll(`SELECT ${literal(hostile)} AS ${ident(hostile)}`));
  expect(rows).toEqual([{ [hostile]: hostile }]);
});

test.skipIf(process.platform === 'win32')('the temporary directory is readable by its owner only', async () => {
  expect((await stat(join(folder, 'temp'))).mode & 0o777).toBe(0o700);
});
