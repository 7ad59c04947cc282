import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXAMPLE_RELATIONS, sessionFacts, viewOf } from '../../../test/kit/client-queries/rig.ts';
import { type Engine, openEngine, type Session } from '../../batch/duckdb.ts';
import { catalogueOpener } from './open.ts';

let engine: Engine;
let tempDirectory: string;
const { signal } = new AbortController();

beforeEach(async () => {
  tempDirectory = await mkdtemp(join(tmpdir(), 'lakelink-open-'));
  engine = await openEngine({ tempDirectory, threads: 2 });
});
afterEach(async () => {
  engine.close();
  await rm(tempDirectory, { recursive: true, force: true });
});

const databases = async (session: Session) =>
  (await session.runAll(`SELECT database_name AS name FROM duckdb_databases() WHERE database_name LIKE 'll_cat_%'`))
    .length;

test('tables are made once for all sessions of a version, at the same time too; the oldest of many goes', async () => {
  const open = catalogueOpener();
  const look = (version: string) =>
    engine.session(async session => {
      const view = viewOf(EXAMPLE_RELATIONS, version);
      const door = await open({ session, view, facts: sessionFacts(), signal });
      const sql = door.relation({ schema: null, name: 'pg_class' });
      return { count: await databases(session), name: /ll_cat_\d+/.exec(String(sql))?.[0] };
    });
  const [first, second] = await Promise.all([look('1'), look('1')]);
  expect(first).toEqual(second);
  for (const version of ['2', '3', '4', '5', '6', '7']) await look(version);
  expect((await look('7')).count).toBe(6);
  expect((await look('1')).name).not.toBe(first.name);
});

test('a session that gives up does not take the catalogue from another that waits for it', async () => {
  const open = catalogueOpener();
  const giveUp = new AbortController();
  const ask = (stop: AbortSignal) => {
    const view = {
      ...viewOf(EXAMPLE_RELATIONS),
      relations: async () => {
        giveUp.abort(new Error('given up'));
        stop.throwIfAborted();
        return EXAMPLE_RELATIONS;
      },
    };
    return engine.session(session => open({ session, view, facts: sessionFacts(), signal: stop }));
  };
  const both = await Promise.allSettled([ask(giveUp.signal), ask(signal)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('what fails halfway leaves no tables behind, and is tried again', async () => {
  const open = catalogueOpener();
  const work = async (session: Session) => {
    const failing = {
      ...session,
      runAll: async (sql: string) => {
        if (sql.startsWith('CREATE MACRO ll_cat_')) throw new Error('no more');
        return session.runAll(sql);
      },
      runRows: (sql: string) => session.runRows(sql),
    };
    const parts = { view: viewOf(EXAMPLE_RELATIONS), facts: sessionFacts(), signal };
    await expect(open({ ...parts, session: failing })).rejects.toThrow('no more');
    expect(await databases(session)).toBe(0);
    await open({ ...parts, session });
    expect(await databases(session)).toBe(1);
  };
  await engine.session(work);
});
