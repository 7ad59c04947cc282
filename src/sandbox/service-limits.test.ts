import { expect, test } from 'vitest';
import { openSandboxWorld, worldApplication } from '../../test/kit/sandbox-wire.ts';
import { WireError } from './errors.ts';
import { documentedLimits, type ServiceLimits, ServiceProtection } from './service-limits.ts';

const limits: ServiceLimits = { requestsPerWindow: 3, executionMsPerWindow: 1_000, concurrent: 2, windowMs: 10_000 };
const remaining = 'x-ms-ratelimit-burst-remaining-xrm-requests';
const remainingTime = 'x-ms-ratelimit-time-remaining-xrm-requests';

test('requests of a window are counted; who has waited as long as told is let in again', () => {
  const { ask } = meter();
  expect([ask(0), ask(1_000), ask(2_000)]).toEqual(['in', 'in', 'in']);
  expect(ask(3_000)).toBe('0x80072322 after 7');
  expect(ask(10_000)).toBe('in');
});

test('who keeps pushing is refused longer, to the length of the window at most', () => {
  const { ask } = meter();
  for (const atMs of [0, 0, 0]) ask(atMs);
  expect([9_000, 9_000, 9_000, 11_000].map(atMs => ask(atMs))).toEqual([
    '0x80072322 after 1',
    '0x80072322 after 2',
    '0x80072322 after 3',
    '0x80072322 after 4',
  ]);
  for (let push = 0; push < 20; push += 1) ask(11_500);
  expect(ask(11_500)).toBe('0x80072322 after 10');
  expect([ask(21_400), ask(31_400)]).toEqual(['0x80072322 after 10', 'in']);
});

test('the time of a window is counted, also that of one request that was long', () => {
  const { ask } = meter();
  expect([ask(0, 400), ask(5_000, 700), ask(6_000)]).toEqual(['in', 'in', '0x80072321 after 4']);
  expect(ask(10_000)).toBe('in');
});

test('a request that outlives its window takes nothing from the next', () => {
  const { protection } = meter();
  const long = protection.admit({ user: 'a', server: 0, limits, nowMs: 0 });
  protection.admit({ user: 'a', server: 0, limits, nowMs: 20_000 });
  long.worked(20_000);
  expect(long.headers()).toEqual({ [remaining]: '2', [remainingTime]: '1.00' });
});

test('requests at one time are refused at once, and let in as soon as one has ended', () => {
  const { protection, ask } = meter();
  const first = protection.admit({ user: 'a', server: 0, limits, nowMs: 0 });
  protection.admit({ user: 'a', server: 0, limits, nowMs: 0 });
  expect([ask(1), ask(2)]).toEqual(['0x80072326 after 1', '0x80072326 after 2']);
  first.left();
  expect(ask(3)).toBe('in');
});

test('each user and each web server has limits of its own', () => {
  const { ask } = meter();
  for (const atMs of [0, 1, 2]) ask(atMs);
  expect(ask(3)).toMatch('0x80072322');
  expect([ask(3, 0, { user: 'b' }), ask(3, 0, { server: 1 })]).toEqual(['in', 'in']);
});

test('a busy window is cut from time to time and keeps its counts', () => {
  const { protection } = meter();
  const many = { ...documentedLimits, requestsPerWindow: 2_000 };
  const ask = (nowMs: number) => {
    const admission = protection.admit({ user: 'a', server: 0, limits: many, nowMs });
    admission.worked(10);
    admission.left();
    return admission.headers();
  };
  for (let count = 0; count < 5_000; count += 1) ask(count * 200);
  expect(ask(5_000 * 200)).toEqual({ [remaining]: '500', [remainingTime]: '1,185.00' });
});

test('on the wire a refusal is told in full, a batch is one request, and every answer tells what is left', async () => {
  const world = await openSandboxWorld({ limits: { ...limits, requestsPerWindow: 3 } });
  const part = '--b\r\nContent-Type: application/http\r\n\r\nGET WhoAmI HTTP/1.1\r\n\r\n\r\n';
  const headers = { 'Content-Type': 'multipart/mixed; boundary=b' };
  const batch = await world.request('$batch', { method: 'POST', headers, body: `${part.repeat(5)}--b--\r\n` });
  expect([batch.status, batch.headers.get(remaining), batch.headers.get(remainingTime)]).toEqual([200, '2', '1.00']);
  expect((await world.request('nonsense')).headers.get(remaining)).toBe('1');
  await world.request('WhoAmI');
  const refused = await world.request('WhoAmI');
  expect([refused.status, refused.headers.get('retry-after'), refused.headers.get(remaining)]).toEqual([
    429,
    '10',
    '0',
  ]);
  expect(await refused.json()).toEqual({
    error: {
      code: '0x80072322',
      message: 'Number of requests exceeded the limit of 3 over time window of 10 seconds.',
    },
  });
  world.clock.nowMs += 10_000;
  expect((await world.request('WhoAmI')).status).toBe(200);
  await world.close();
});

test('a slow request counts with its time, and while it runs with its place', async () => {
  const clock = { nowMs: 0, wake: () => undefined as unknown };
  const world = await openSandboxWorld({
    accessTokenLifeMs: 3_600_000,
    limits: { ...limits, concurrent: 1 },
    clock: {
      nowMs: () => clock.nowMs,
      sleep: ms =>
        new Promise(resolve => {
          clock.wake = () => {
            clock.nowMs += ms;
            resolve();
          };
        }),
    },
  });
  world.sandbox.faults.set([{ match: 'crates', times: 1, do: 'slow', ms: 1_500 }]);
  const token = await world.token(worldApplication);
  const init = { headers: { authorization: `Bearer ${token}` } };
  const slow = world.request('crates', init);
  while (world.sandbox.faults.rest()[0]?.left !== 0) await new Promise(resolve => setImmediate(resolve));
  const refused: Response = await world.request('teams', init);
  expect(await refused.text()).toContain('0x80072326');
  clock.wake();
  expect((await slow).headers.get(remainingTime)).toBe('0.00');
  expect(await (await world.request('teams', init)).text()).toContain('0x80072321');
  await world.close();
});

function meter(): {
  readonly protection: ServiceProtection;
  readonly ask: (nowMs: number, tookMs?: number, who?: { readonly user?: string; readonly server?: number }) => string;
} {
  const protection = new ServiceProtection();
  return {
    protection,
    ask: (nowMs, tookMs = 0, { user = 'a', server = 0 } = {}) => {
      try {
        const admission = protection.admit({ user, server, limits, nowMs });
        admission.worked(tookMs);
        admission.left();
        return 'in';
      } catch (failure) {
        return failure instanceof WireError ? `${failure.code} after ${failure.headers['Retry-After']}` : 'broken';
      }
    },
  };
}
