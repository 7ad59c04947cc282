import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld({ compression: 'offered' });
  const note = 'many words '.repeat(100);
  world.database.put(
    'crate',
    [1, 2, 3].map(number => ({ crateid: crateId(number), note })),
  );
});
afterEach(() => world.close());

test.each([
  ['gzip, deflate', 'gzip', gunzipSync],
  ['gzip, deflate, br', 'br', brotliDecompressSync],
  ['br;q=0.1, gzip', 'gzip', gunzipSync],
  ['*', 'br', brotliDecompressSync],
] as const)('an answer to `Accept-Encoding: %s` is packed with %s', async (accepted, encoding, unpack) => {
  const { headers, body } = await raw('crates', `Accept-Encoding: ${accepted}`);
  expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'Accept-Encoding']);
  expect(body.length).toBe(Number(headers['content-length']));
  expect(JSON.parse(unpack(body).toString())).toHaveProperty('value');
});

test.each(['', 'Accept-Encoding: identity', 'Accept-Encoding: gzip;q=0, br;q=0', 'Accept-Encoding: deflate'])(
  'an answer to `%s` is not packed',
  async header => {
    const { headers, body } = await raw('crates', header);
    expect([headers['content-encoding'], headers['content-length']]).toEqual([undefined, String(body.length)]);
  },
);

test('a small answer is not packed, nor any when compression is off', async () => {
  expect((await raw('WhoAmI', 'Accept-Encoding: gzip')).headers['content-encoding']).toBe(undefined);
  await behaviour({ compression: 'never' });
  expect((await raw('crates', 'Accept-Encoding: gzip')).headers['content-encoding']).toBe(undefined);
});

test('an address beyond 32 KB is refused by what stands in front, and not in JSON; inside a batch it may be twice as long', async () => {
  const long = (length: number) => `crates?$select=name&x=${'y'.repeat(length)}`;
  expect((await world.request(long(32_000))).status).toBe(200);
  const refused = await world.request(long(33_000));
  expect([refused.status, refused.headers.get('content-type')]).toEqual([414, 'text/html']);
  for (const [length, status] of [
    [60_000, 200],
    [66_000, 400],
  ] as const) {
    const body = `--b\r\nContent-Type: application/http\r\n\r\nGET ${long(length)} HTTP/1.1\r\n\r\n\r\n--b--\r\n`;
    const headers = { 'Content-Type': 'multipart/mixed; boundary=b' };
    expect(await (await world.request('$batch', { method: 'POST', headers, body })).text()).toContain(
      `HTTP/1.1 ${status}`,
    );
  }
});

test('a connection may end after some requests, with the last answer saying so', async () => {
  await behaviour({ requestsPerConnection: 2 });
  const request = `GET /__sandbox/behaviour HTTP/1.1\r\nHost: ${new URL(world.sandbox.url).host}\r\n\r\n`;
  const socket = connect(Number(new URL(world.sandbox.url).port), '127.0.0.1');
  let text = '';
  const ended = new Promise(resolve => socket.once('close', resolve));
  socket.on('data', piece => {
    text += piece;
    if (text.indexOf('\r\n0\r\n\r\n') === text.length - 7) socket.write(request);
  });
  socket.write(request);
  await ended;
  expect(text.match(/Connection: [\w-]+/g)).toEqual(['Connection: keep-alive', 'Connection: close']);
});

test('a caller with the cookie stays with its web server, one without is passed around, and each server counts for itself', async () => {
  const limits = { requestsPerWindow: 2, executionMsPerWindow: 1_000, concurrent: 2, windowMs: 10_000 };
  await behaviour({ webServers: 3, limits });
  const statuses: number[] = [];
  for (let count = 0; count < 7; count += 1) statuses.push((await world.request('WhoAmI')).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
  expect(world.sandbox.requestLog.entries().map(entry => entry.server)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  world.clock.nowMs += 60_000;
  const cookie = (await world.request('WhoAmI')).headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(cookie).toMatch(/^ARRAffinity=[0-9a-f]{64}$/);
  const again = await world.request('WhoAmI', { headers: { cookie: `a=b; ${cookie}` } });
  expect([again.status, again.headers.get('set-cookie')]).toEqual([200, null]);
  expect((await world.request('WhoAmI', { headers: { cookie } })).status).toBe(429);
});

test('options are shown and changed while it runs; one that is none, or a wrong value, changes nothing', async () => {
  const url = `${world.sandbox.url}/__sandbox/behaviour`;
  await behaviour({ ieee754: 'ignored', limits: null });
  expect(await (await fetch(url)).json()).toMatchObject({ ieee754: 'ignored', limits: null, pages: 'keyset' });
  for (const wrong of [{ ieee754: 'sometimes' }, { colour: 1 }, { webServers: 0, ieee754: 'honoured' }, []]) {
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(wrong) });
    expect([response.status, await response.json()]).toEqual([400, { error: expect.any(String) }]);
  }
  expect(await (await fetch(url)).json()).toMatchObject({ ieee754: 'ignored' });
});

async function behaviour(changes: object): Promise<void> {
  const response = await fetch(`${world.sandbox.url}/__sandbox/behaviour`, {
    method: 'POST',
    body: JSON.stringify(changes),
  });
  expect([response.status, await response.text()]).toEqual([204, '']);
}

/** An answer with its body as it came. */
async function raw(
  path: string,
  header: string,
): Promise<{ readonly headers: Record<string, string>; readonly body: Buffer }> {
  const token = await world.token();
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const socket = connect(Number(new URL(world.sandbox.url).port), '127.0.0.1');
    const pieces: Buffer[] = [];
    socket.on('data', piece => pieces.push(piece));
    socket.on('close', () => resolve(Buffer.concat(pieces)));
    socket.on('error', reject);
    const lines = ['Host: x', `Authorization: Bearer ${token}`, 'Connection: close', header].filter(
      line => line !== '',
    );
    socket.write(`GET /api/data/v9.2/${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  });
  const end = bytes.indexOf('\r\n\r\n');
  const headers: Record<string, string> = {};
  for (const line of bytes.subarray(0, end).toString('latin1').split('\r\n').slice(1)) {
    const at = line.indexOf(': ');
    headers[line.slice(0, at).toLowerCase()] = line.slice(at + 2);
  }
  return { headers, body: bytes.subarray(end + 4) };
}
