import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Answered, crateId, openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';
import type { FaultRule } from './faults.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld({ accessTokenLifeMs: 3_600_000 });
  const rows = [1, 2, 3, 4, 5].map(number => ({ crateid: crateId(number), name: `crate ${number}`, serial: '7' }));
  world.database.put('crate', rows);
  await world.token();
});
afterEach(() => world.close());

const tracked = 'odata.track-changes,odata.maxpagesize=2';

test.each([
  ['requests', '0x80072322', 'Number of requests exceeded the limit of 6000 over time window of 300 seconds.'],
  ['time', '0x80072321', 'Combined execution time of incoming requests exceeded limit of 1,200,000 milliseconds'],
  ['concurrency', '0x80072326', 'Number of concurrent requests exceeded the limit of 52.'],
] as const)('a throttled request is told of the limit of %s and how long to wait', async (limit, code, message) => {
  await script([{ match: 'crates', times: 1, do: 'throttle', limit, retryAfterSeconds: 17 }]);
  const response = await world.request('crates');
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '17']);
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  expect([error.code, error.message.startsWith(message)]).toEqual([code, true]);
  expect((await world.request('crates')).status).toBe(200);
});

test('a throttled request need not be told how long to wait', async () => {
  await script([{ match: 'crates', do: 'throttle', retryAfterSeconds: null }]);
  expect((await world.request('crates')).headers.get('retry-after')).toBe(null);
});

test('an unauthorized answer challenges and leaves the token good; 403, 503 and an old delta token are as the platform has them', async () => {
  await script([
    { match: 'crates', times: 1, do: 'unauthorized' },
    { match: 'crates', times: 1, do: 'forbidden' },
    { match: 'crates', times: 1, do: 'unavailable', retryAfterSeconds: 3 },
    { match: 'crates', times: 1, do: 'expired-delta-token' },
  ]);
  const refused = await world.request('crates');
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Bearer')]);
  const forbidden = await world.request('crates');
  expect([forbidden.status, await forbidden.text()]).toEqual([403, expect.stringContaining('prvReadcrate')]);
  const away = await world.request('crates');
  expect([away.status, away.headers.get('content-type'), away.headers.get('retry-after')]).toEqual([
    503,
    'text/html',
    '3',
  ]);
  expect(await away.text()).toContain('<html>');
  expect(await (await world.request('crates')).text()).toContain('0x80044352');
  expect((await world.request('crates')).status).toBe(200);
});

test('a token that ends while its page is sent leaves the page whole or cut, and is refused for the next', async () => {
  await script([{ match: 'crates', times: 1, do: 'expire-access-token' }]);
  const page = await world.read('crates', { prefer: tracked });
  expect((await world.request(page['@odata.nextLink'] ?? '')).status).toBe(401);
  const headers = { authorization: `Bearer ${await world.token()}` };
  expect((await world.request(page['@odata.nextLink'] ?? '', { headers })).status).toBe(200);
  await script([{ match: 'crates', times: 1, do: 'expire-access-token', bytes: 30 }]);
  await expect((await world.request('crates', { headers })).text()).rejects.toThrow();
  expect((await world.request('crates', { headers })).status).toBe(401);
});

test('a cut packed body ends as if it were whole, and only the packing shows it', async () => {
  await script([{ match: 'crates', times: 1, do: 'cut-gzip' }]);
  const raw = await rawAnswer('Accept-Encoding: gzip\r\nConnection: close\r\n');
  const [head = '', ...rest] = raw.toString('latin1').split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1.1 200/);
  expect(head.toLowerCase()).toContain('content-encoding: gzip');
  expect(rest.join('\r\n\r\n')).toMatch(/\r\n0\r\n/);
  const chunk = raw.subarray(raw.indexOf(Buffer.from([0x1f, 0x8b])));
  expect(() => gunzipSync(chunk.subarray(0, chunk.lastIndexOf('\r\n0\r\n')))).toThrow('unexpected end of file');
});

test('a stall may come before the first byte or in the middle of the headers', async () => {
  await script([{ match: 'crates', times: 1, do: 'stall', at: 'headers' }]);
  const seen = await rawBytesSoFar();
  expect(seen).toMatch(/^HTTP\/1.1 200 OK\r\nContent-Type: application\/json; odata.met$/);
});

test('a dripped body is whole in the end', async () => {
  await script([{ match: 'crates', times: 1, do: 'drip', ms: 600_000, pieces: 7 }]);
  expect((await world.read('crates')).value.length).toBe(5);
});

test('a row may come again at the beginning of the next page, also when that page is asked for twice', async () => {
  await script([{ match: '^crate$', times: 1, do: 'repeat-across' }]);
  expect(await pages()).toEqual([[1, 2], [2, 3, 4], [5]]);
  const first = await world.read('crates', { prefer: tracked });
  for (const _time of [1, 2]) {
    expect(numbers(await world.read(first['@odata.nextLink'] ?? '', { prefer: tracked }))).toEqual([2, 3, 4]);
  }
});

test('a row that slips between pages is in none', async () => {
  await script([{ match: '^crate$', skip: 1, times: 1, do: 'shift-page' }]);
  expect(await pages()).toEqual([[1, 2], [4], [5]]);
});

test('empty pages come before the rows, each with a link of its own, and the read goes on', async () => {
  await script([{ match: '^crate$', skip: 1, times: 2, do: 'empty-page' }]);
  expect(await pages()).toEqual([[1, 2], [], [], [3, 4], [5]]);
  await script([{ match: '^crate$', times: 1, do: 'empty-page' }]);
  expect(await pages()).toEqual([[], [1, 2], [3, 4], [5]]);
  expect(world.sandbox.requestLog.entries().map(entry => entry.fault)).toContain('empty-page');
});

test('an empty page in a delta loses nothing of it', async () => {
  const { deltaLink } = await links();
  world.database.patch('crate', crateId(3), { name: 'x' });
  await script([{ match: '^crate$', times: 1, do: 'empty-page' }]);
  expect(await pages(deltaLink)).toEqual([[], [3]]);
});

test('a last page may have no link at all, and a page may lead back to itself or to the one before', async () => {
  await script([{ match: '^crate$', skip: 2, times: 1, do: 'no-links' }]);
  expect(await links()).toEqual({ pages: 3, deltaLink: undefined });
  await script([{ match: '^crate$', skip: 1, times: 1, do: 'repeat-cookie' }]);
  expect(await pages()).toEqual([[1, 2], [3, 4], [3, 4], [5]]);
  await script([{ match: '^crate$', times: 4, do: 'repeat-cookie', cycle: 2 }]);
  expect(await pages()).toEqual([[1, 2], [3, 4], [1, 2], [3, 4], [1, 2], [3, 4], [5]]);
});

test('a link may name another host, with the rest of it untouched', async () => {
  await script([
    { match: '^crate$', times: 1, do: 'foreign-link', host: 'other.example:8443' },
    { match: '^crate$', times: 1, do: 'foreign-link', host: 'https://other.example' },
  ]);
  const page = await world.read('crates', { prefer: tracked });
  const second = await world.read('crates', { prefer: tracked });
  expect(page['@odata.nextLink']).toMatch(/^http:\/\/other.example:8443\/api\/data\/v9.2\/crates\?\$skiptoken=/);
  expect(second['@odata.nextLink']).toMatch(/^https:\/\/other.example\/api\/data\/v9.2\/crates\?\$skiptoken=/);
});

test('a text may hold bytes that are none, or half of a pair', async () => {
  await script([
    { match: '^crate$', times: 1, do: 'broken-utf8' },
    { match: '^crate$', times: 1, do: 'lone-surrogate', column: 'name' },
  ]);
  const bytes = Buffer.from(await (await world.request('crates?$select=name')).arrayBuffer());
  expect(
    bytes.includes(Buffer.concat([Buffer.from('"name":"'), Buffer.from([0xc3, 0x28]), Buffer.from('crate 5"')])),
  ).toBe(true);
  expect(await (await world.request('crates?$select=name')).text()).toContain('"name":"\\ud800crate 5"');
});

test('rules for pages pass by what is no page, and tell how often they were played', async () => {
  await script([{ match: 'crate', times: 1, do: 'no-links' }]);
  await world.request('crates/$count');
  await world.request(`crates(${crateId(1)})`);
  await world.request('crates');
  const response = await fetch(`${world.sandbox.url}/__sandbox/faults`);
  expect(await response.json()).toEqual([{ rule: { match: 'crate', times: 1, do: 'no-links' }, left: 0, played: 1 }]);
});

test('a request inside a batch has faults of its own, and those of a connection pass it by', async () => {
  await script([
    { match: '^crate$', do: 'reset' },
    { match: 'GET /crates', skip: 1, times: 1, do: 'throttle' },
    { match: 'GET /crates', times: 1, do: 'repeat-row' },
  ]);
  const part = '--b\r\nContent-Type: application/http\r\n\r\nGET crates?$select=name HTTP/1.1\r\n\r\n\r\n';
  const headers = { 'Content-Type': 'multipart/mixed; boundary=b', Prefer: 'odata.continue-on-error' };
  const text = await (
    await world.request('$batch', { method: 'POST', headers, body: `${part}${part}--b--\r\n` })
  ).text();
  expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 429']);
  expect(text.match(/"name":"crate 5"/g)?.length).toBe(2);
  const { parts } = world.sandbox.requestLog.entries().at(-1) ?? {};
  expect(parts?.map(one => [one.table, one.rows, one.status, one.fault])).toEqual([
    ['crate', 6, 200, 'repeat-row'],
    ['crate', null, 429, 'throttle'],
  ]);
});

test.each([
  [{ match: 'x', do: 'reset', ms: 5 }, "'reset' has no use for it"],
  [{ match: 'x', do: 'foreign-link' }, 'needs the host'],
  [{ match: '(', do: 'reset' }, 'no regular expression'],
  [{ match: 'x', do: 'throttle', limit: 'patience' }, 'limit'],
  [{ match: 'x', do: 'slow', ms: -1 }, 'ms'],
  [{ match: 'x', do: 'reset', colour: 'red' }, 'colour'],
])('a rule that makes no sense is refused with its place: %j', async (rule, reason) => {
  const body = JSON.stringify([{ match: 'fine', do: 'reset' }, rule]);
  const response = await fetch(`${world.sandbox.url}/__sandbox/faults`, { method: 'POST', body });
  const { error } = (await response.json()) as { error: string };
  expect([response.status, error]).toEqual([400, expect.stringContaining(reason)]);
  expect(error).toContain('[1]');
});

async function script(rules: readonly FaultRule[]): Promise<void> {
  const init = { method: 'POST', body: JSON.stringify(rules) };
  const response = await fetch(`${world.sandbox.url}/__sandbox/faults`, init);
  expect([response.status, await response.text()]).toEqual([204, '']);
}

function numbers({ value }: Answered): number[] {
  return value.map(row => Number(String(row.crateid).slice(-2)));
}

async function pages(start = 'crates'): Promise<number[][]> {
  const found: number[][] = [];
  for (let link: string | undefined = start; link !== undefined; ) {
    const page: Answered = await world.read(link, { prefer: tracked });
    found.push(numbers(page));
    link = page['@odata.nextLink'];
  }
  return found;
}

async function links(): Promise<{ readonly pages: number; readonly deltaLink: string | undefined }> {
  for (let link = 'crates', count = 1; ; count += 1) {
    const page = await world.read(link, { prefer: tracked });
    const next = page['@odata.nextLink'];
    if (next === undefined) return { pages: count, deltaLink: page['@odata.deltaLink'] };
    link = next;
  }
}

function rawAnswer(headers: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    world.token().then(token => {
      const socket = connect(Number(new URL(world.sandbox.url).port), '127.0.0.1');
      const pieces: Buffer[] = [];
      socket.on('data', piece => pieces.push(piece));
      socket.on('close', () => resolve(Buffer.concat(pieces)));
      socket.on('error', reject);
      socket.write(`GET /api/data/v9.2/crates HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n`);
    }, reject);
  });
}

/** The first bytes of an answer that never ends. */
async function rawBytesSoFar(): Promise<string> {
  const token = await world.token();
  const socket = connect(Number(new URL(world.sandbox.url).port), '127.0.0.1');
  socket.write(`GET /api/data/v9.2/crates HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const first = await new Promise<Buffer>(resolve => socket.once('data', resolve));
  socket.destroy();
  return first.toString();
}
