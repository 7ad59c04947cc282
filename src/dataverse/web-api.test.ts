import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { type Canned, FakeClock, readAll, startEnvironment, startServer } from './canned-environment.test-kit.ts';
import { Pacer, type PacingLimits, usualPacing } from './pacing.ts';
import { Patience, usualPatience } from './patience.ts';
import { Transport, usualTimeouts } from './transport.ts';
import { type ApiRequest, WebApi } from './web-api.ts';

const never = () => new AbortController().signal;

/** A Web API over a server that answers by script; tokens are `token` for ever. */
async function openApi(answer: (position: number) => Canned, limits: Partial<PacingLimits> = {}) {
  let position = 0;
  const server = await startServer(() => {
    position += 1;
    return answer(position);
  });
  const clock = new FakeClock();
  const transport = new Transport({ origin: server.origin, timeouts: usualTimeouts });
  const pacer = new Pacer({ clock, limits: { ...usualPacing, ...limits } });
  const api = new WebApi({
    environment: { origin: server.origin, apiPath: '/api/data/v9.2' },
    transport,
    tokens: { token: async () => 'token', reject: () => undefined },
    patience: new Patience({ clock, limits: usualPatience }),
    pacer,
    clock,
  });
  return {
    server,
    clock,
    pacer,
    api,
    async [Symbol.asyncDispose]() {
      await transport.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const batch = (signal = never()): ApiRequest => ({
  target: { resource: '$batch' },
  method: 'POST',
  body: '--b\r\n\r\nGET /x HTTP/1.1\r\n\r\n--b--',
  headers: { 'content-type': 'multipart/mixed;boundary=b', accept: 'multipart/mixed' },
  kind: 'poll',
  weight: 20,
  signal,
});

describe('a batch of reads', () => {
  const parts: Canned = { headers: { 'content-type': 'multipart/mixed; boundary=r' }, body: '--r--' };

  test('is posted with the token and its own headers, and answered in parts', async () => {
    await using world = await openApi(() => parts);
    const answer = await world.api.open(batch());
    expect(await readAll(answer.body)).toBe('--r--');
    expect(world.server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/api/data/v9.2/$batch',
      headers: {
        authorization: 'Bearer token',
        accept: 'multipart/mixed',
        'content-type': 'multipart/mixed;boundary=b',
      },
      body: batch().body,
    });
  });

  test('waits and is sent again after a 429, as a read is', async () => {
    const busy: Canned = { status: 429, headers: { 'retry-after': '7' } };
    await using world = await openApi(position => (position === 1 ? busy : parts));
    await readAll((await world.api.open(batch())).body);
    expect(world.clock.sleptMs).toEqual([7_000]);
    expect(world.server.seen.map(({ body }) => body)).toEqual([batch().body, batch().body]);
    expect(world.pacer.figures).toMatchObject({ requests: 2, throttled: 1, running: 0 });
  });

  test('is sent again on a connection that the server closed meanwhile', async () => {
    const closed: Canned = { raw: response => response.socket?.destroy() };
    await using world = await openApi(position => (position === 1 ? closed : parts));
    expect(await readAll((await world.api.open(batch())).body)).toBe('--r--');
  });

  test('is the only thing that may be answered in parts; a page for people never is', async () => {
    const page: Canned = { headers: { 'content-type': 'text/html' }, body: '<html>' };
    await using world = await openApi(position => (position === 1 ? page : parts));
    await expect(world.api.open(batch())).rejects.toMatchObject({ code: 'source/not-dataverse' });
    await expect(world.api.open({ target: { resource: 'crates' }, signal: never() })).rejects.toMatchObject({
      code: 'source/not-dataverse',
    });
  });
});

describe('the places of requests at once', () => {
  test('are given back whatever becomes of a request', async () => {
    const answers: Canned[] = [
      { body: { value: [] } },
      { status: 403, body: { error: { code: '0x80040220', message: 'No.' } } },
      { headers: { 'content-type': 'text/html' }, body: '<html>' },
      { raw: response => response.writeHead(200, { 'content-length': 100 }).write('{', () => response.destroy()) },
      { status: 401 },
      { status: 401 },
    ];
    await using world = await openApi(position => answers[position - 1] ?? { body: {} });
    for (let number = 0; number < 5; number += 1) {
      const asked = world.api.json({ target: { resource: 'crates' }, signal: never() });
      await asked.catch((error: unknown) => expect(error).toBeInstanceOf(Fault));
    }
    const stopped = AbortSignal.abort(new Error('stopped'));
    await expect(world.api.open({ target: { resource: 'crates' }, signal: stopped })).rejects.toThrow('stopped');
    await expect.poll(() => world.pacer.figures).toMatchObject({ requests: 6, running: 0, waiting: 0 });
  });

  test('are never more than allowed, however many ask', async () => {
    let atOnce = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const slow: Canned = {
      raw: response => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        held.push(() => {
          atOnce -= 1;
          response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
        });
      },
    };
    await using world = await openApi(() => slow, { concurrentMax: 5 });
    const all = Promise.all(
      Array.from({ length: 12 }, () =>
        world.api.json({ target: { resource: 'crates' }, kind: 'poll', signal: never() }),
      ),
    );
    for (let served = 0; served < 12; served += 1) {
      await expect.poll(() => held.length).toBeGreaterThan(0);
      held.shift()?.();
    }
    await all;
    expect(most).toBe(5);
  });
});

test('a source shows how its requests were paced', async () => {
  const throttled: Canned = { status: 429, headers: { 'retry-after': '3' } };
  let asked = 0;
  await using world = await startEnvironment(() => {
    asked += 1;
    return asked === 1 ? throttled : { body: { value: [] } };
  });
  await world.source.tables(never());
  expect(world.source.pacing).toMatchObject({ throttled: 1, running: 0, waiting: 0 });
  expect(world.source.pacing.requests).toBe(world.apiRequests().length);
});
