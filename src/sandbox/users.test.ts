import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxDatabase } from './database.ts';
import { installCatalogue, seedRows } from './seed.ts';
import { openSandboxDatabase } from './sqlite-database.ts';
import { startSimulatedUsers, type UserCounts } from './users.ts';

const START_MS = Date.UTC(2026, 0, 15);

let database: SandboxDatabase;
let nowMs: number;

beforeEach(async () => {
  database = openSandboxDatabase({ path: ':memory:' });
  installCatalogue(database, { seed: 7 });
  nowMs = START_MS;
  await seedRows(database, { rows: 2000, seed: 7, clock: { nowMs: () => nowMs, sleep: async () => {} } });
});
afterEach(() => database.close());

/** Lets the users work for so many simulated seconds. */
async function work({
  seconds,
  perSecond,
}: {
  readonly seconds: number;
  readonly perSecond: number;
}): Promise<UserCounts> {
  const over = deferred();
  const users = startSimulatedUsers(database, {
    changesPerSecond: perSecond,
    seed: 1,
    signal: new AbortController().signal,
    clock: {
      nowMs: () => nowMs,
      sleep: async (ms, signal) => {
        signal.throwIfAborted();
        nowMs += ms;
        if (nowMs < START_MS + seconds * 1000 + 100) return;
        over.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      },
    },
  });
  await over.promise;
  await users.stop();
  return users.counts();
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('simulated users', () => {
  test('change as much as asked: mostly updates, some creates, few deletes (R 2)', async () => {
    const before = database.version();
    const { created, updated, deleted } = await work({ seconds: 20, perSecond: 50 });
    const total = created + updated + deleted;
    expect(total).toBeGreaterThan(900);
    expect(total).toBeLessThanOrEqual(1000);
    expect(updated / total).toBeGreaterThan(0.6);
    expect(created / total).toBeGreaterThan(0.12);
    expect(deleted / total).toBeGreaterThan(0.05);
    expect(database.version() - before).toBeGreaterThanOrEqual(BigInt(total));
  });

  test('keep every activity together with its pointer and its parties', async () => {
    await work({ seconds: 20, perSecond: 50 });
    const ids = new Set<string>();
    for (const kind of ['task', 'email', 'phonecall', 'appointment']) {
      for (const { id, row } of database.page(kind, { after: null, limit: 100_000 })) {
        ids.add(id);
        const pointer = database.get('activitypointer', id);
        expect([pointer?.row.subject, pointer?.row.statuscode]).toEqual([row.subject, row.statuscode]);
      }
    }
    expect(database.count('activitypointer')).toBe(ids.size);
    for (const { row } of database.page('activityparty', { after: null, limit: 100_000 })) {
      expect(ids).toContain((row.activityid as { readonly id: string }).id);
    }
  });

  test('leave createdon alone and move modifiedon', async () => {
    const created = new Map(
      database.page('contact', { after: null, limit: 10_000 }).map(({ id, row }) => [id, row.createdon]),
    );
    await work({ seconds: 20, perSecond: 50 });
    let moved = 0;
    for (const { id, row } of database.page('contact', { after: null, limit: 10_000 })) {
      if (created.has(id)) expect(row.createdon).toBe(created.get(id));
      if (String(row.modifiedon) >= new Date(START_MS).toISOString().slice(0, 10)) moved += 1;
    }
    expect(moved).toBeGreaterThan(10);
  });

  test('stop when asked, and when there is nothing to do', async () => {
    expect(await work({ seconds: 5, perSecond: 0 })).toEqual({ created: 0, updated: 0, deleted: 0 });
    const version = database.version();
    const aborted = startSimulatedUsers(database, {
      changesPerSecond: 1000,
      seed: 1,
      signal: AbortSignal.abort(),
      clock: { nowMs: () => nowMs, sleep: async () => {} },
    });
    await aborted.stop();
    expect(database.version()).toBe(version);
  });
});
