import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { FaultRule } from './faults.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  world.database.put('crate', [{ crateid: crateId(1) }, { crateid: crateId(2) }, { crateid: crateId(3) }]);
  await world.token();
});
afterEach(() => world.close());

test('the log names each page of each read, so that a page fetched twice shows', async () => {
  const { deltaLink = '' } = await readAll(world, 'crates', 'odata.track-changes,odata.maxpagesize=2');
  await world.read('crates', { prefer: 'odata.track-changes,odata.maxpagesize=2' });
  await world.read(deltaLink);
  const logged = await fetch(`${world.sandbox.url}/__sandbox/requests`);
  const entries = (await logged.json()) as {
    table: string;
    rows: number;
    page: string;
    bytes: number;
    status: number;
  }[];
  expect(entries.map(({ table, rows, status }) => [table, rows, status])).toEqual([
    ['crate', 2, 200],
    ['crate', 1, 200],
    ['crate', 2, 200],
    ['crate', 0, 200],
  ]);
  const pages = entries.map(entry => entry.page);
  expect([pages[2], new Set(pages).size]).toEqual([pages[0], 3]);
  expect(entries.every(entry => entry.bytes > 0)).toBe(true);
});

test('the log keeps the newest requests and writes all of them to its file', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-log-'));
  const requestLogFile = path.join(folder, 'requests.jsonl');
  const small = await openSandboxWorld({ requestLogMax: 4, requestLogFile });
  for (let count = 0; count < 9; count += 1) await (await small.request('WhoAmI')).text();
  expect(small.sandbox.requestLog.entries().map(one => one.sequence)).toEqual([6, 7, 8, 9]);
  await small.close();
  expect(readFileSync(requestLogFile, 'utf8').trim().split('\n').length).toBe(9);
  rmSync(folder, { recursive: true });
});

test('a scripted status comes as often as told, after what is skipped, then the real answer', async () => {
  await faults([
    { match: '^crate$', skip: 1, times: 2, do: 'status', status: 429, headers: { 'Retry-After': '7' }, body: '<html>' },
  ]);
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    const response = await world.request('crates');
    statuses.push(response.status);
    if (response.status === 429) {
      expect([response.headers.get('retry-after'), await response.text()]).toEqual(['7', '<html>']);
    }
  }
  expect(statuses).toEqual([200, 429, 429, 200]);
  expect((await world.request('teams')).status).toBe(200);
});

test('a reset breaks the request before its work, a lost answer after it', async () => {
  await faults([{ match: 'POST /crates', times: 1, do: 'reset' }]);
  await expect(world.request('crates', { method: 'POST', body: '{}' })).rejects.toThrow();
  expect(world.database.count('crate')).toBe(3);
  await faults([{ match: 'POST /crates', times: 1, do: 'lost-answer' }]);
  await expect(world.request('crates', { method: 'POST', body: '{}' })).rejects.toThrow();
  expect(world.database.count('crate')).toBe(4);
});

test('a truncated body breaks off; a clean one ends as if it were whole', async () => {
  await faults([
    { match: 'crates', times: 1, do: 'truncate', bytes: 40 },
    { match: 'crates', times: 1, do: 'truncate', bytes: 40, clean: true },
  ]);
  await expect((await world.request('crates')).text()).rejects.toThrow();
  expect((await (await world.request('crates')).text()).length).toBe(40);
});

test('a stalled answer has headers and no end', async () => {
  await faults([{ match: 'crates', times: 1, do: 'stall', bytes: 10 }]);
  const stop = new AbortController();
  const response = await world.request('crates', { signal: stop.signal });
  const reader = response.body?.getReader();
  expect(response.status).toBe(200);
  expect((await reader?.read())?.value?.length).toBe(10);
  stop.abort();
  await expect(reader?.read()).rejects.toThrow();
});

test('a repeated row is the last of its page, twice', async () => {
  await faults([{ match: 'crates', times: 1, do: 'repeat-row' }]);
  const { value } = await world.read('crates?$select=crateid');
  expect(value.map(row => row.crateid)).toEqual([crateId(1), crateId(2), crateId(3), crateId(3)]);
});

test('a slow answer comes after its wait, and the log says what was played', async () => {
  await faults([{ match: 'crates', times: 1, do: 'slow', ms: 10_000 }]);
  expect((await world.request('crates')).status).toBe(200);
  expect(world.sandbox.requestLog.entries().at(-1)?.fault).toBe('slow');
});

test('a script that is none, an unknown admin call and a broken body are refused in words', async () => {
  const post = (name: string, body: string) =>
    fetch(`${world.sandbox.url}/__sandbox/${name}`, { method: 'POST', body });
  for (const body of ['[{"match":"(","do":"reset"}]', '[{"match":"x","do":"explode"}]', '{']) {
    const response = await post('faults', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty('error');
  }
  expect((await post('nothing', '{}')).status).toBe(404);
});

test('a page in a browser cannot reach the levers', async () => {
  const headers = { origin: 'http://evil.example' };
  expect((await fetch(`${world.sandbox.url}/__sandbox/requests`, { headers })).status).toBe(403);
});

test('rights of an application can be cut while its token lives', async () => {
  const body = JSON.stringify({ clientId: '11111111-0000-4000-8000-000000000001', readLevels: { crate: 'none' } });
  await fetch(`${world.sandbox.url}/__sandbox/applications`, { method: 'POST', body });
  expect((await world.request('crates')).status).toBe(403);
  expect((await world.request('teams')).status).toBe(200);
});

test('an error body carries the platform’s extra annotations only when all are asked for', async () => {
  const plain = await (await world.request('nope')).json();
  const annotated = await (await world.request('nope', { prefer: 'odata.include-annotations="*"' })).json();
  expect(Object.keys((plain as { error: object }).error)).toEqual(['code', 'message']);
  expect(annotated).toHaveProperty(['error', '@Microsoft.PowerApps.CDS.HelpLink']);
});

async function faults(rules: readonly FaultRule[]): Promise<void> {
  const response = await fetch(`${world.sandbox.url}/__sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify(rules),
  });
  expect(response.status).toBe(204);
}
