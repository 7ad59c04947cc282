import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import {
  type Canned,
  type CannedEnvironment,
  SECRET,
  startEnvironment,
  startServer,
} from './canned-environment.test-kit.ts';
import { openSource } from './source.ts';

const never = () => new AbortController().signal;
const noTables = { body: { value: [] } };

function entraError(status: number, code: number, error = 'invalid_client'): Canned {
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: Words. Trace ID: 1 Correlation ID: 2 Timestamp: 3`,
      error_codes: [code],
    },
  };
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

async function signInFault(answer: Canned): Promise<Fault> {
  await using world = await startEnvironment(() => noTables, { token: () => answer });
  const fault = await faultOf(world.source.tables(never()));
  expect(world.apiRequests()).toEqual([]);
  return fault;
}

const listTables = (world: CannedEnvironment) => world.source.tables(never());

describe('signing in', () => {
  test('is one client-credentials request for the environment, and its token serves many requests', async () => {
    await using world = await startEnvironment(() => noTables);
    await Promise.all([listTables(world), listTables(world), listTables(world)]);
    await listTables(world);
    const [request, ...more] = world.tokenRequests();
    expect(more).toEqual([]);
    expect(request).toMatchObject({ method: 'POST', path: '/tenant-1/oauth2/v2.0/token' });
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: '11111111-2222-3333-4444-555555555555',
      client_secret: SECRET,
      scope: `${world.server.origin}/.default`,
    });
  });

  test('goes to an authority behind a path as well', async () => {
    await using authority = await startServer(() => ({ body: { access_token: 'token', expires_in: 3600 } }));
    await using world = await startEnvironment(() => noTables, { authority: `${authority.origin}/sign-in/` });
    await listTables(world);
    expect(authority.seen[0]?.path).toBe('/sign-in/tenant-1/oauth2/v2.0/token');
  });

  test('happens again five minutes before the end of a token, however the clocks differ', async () => {
    await using world = await startEnvironment(() => noTables, {
      token: (_, position) => ({ body: { access_token: `token-${position}`, expires_in: '3600' } }),
    });
    await listTables(world);
    world.clock.advance(3_299_000);
    await listTables(world);
    expect(world.tokenRequests()).toHaveLength(1);
    world.clock.advance(1_000);
    await listTables(world);
    expect(world.tokenRequests()).toHaveLength(2);
    expect(world.apiRequests().at(-1)?.headers.authorization).toBe('Bearer token-2');
  });

  test('a token of a short life is used for four fifths of it', async () => {
    await using world = await startEnvironment(() => noTables, {
      token: (_, position) => ({ body: { access_token: `token-${position}`, expires_in: 60 } }),
    });
    await listTables(world);
    world.clock.advance(47_000);
    await listTables(world);
    expect(world.tokenRequests()).toHaveLength(1);
    world.clock.advance(1_000);
    await listTables(world);
    expect(world.tokenRequests()).toHaveLength(2);
  });

  test('one refusal of a token that many requests carry leads to one renewal', async () => {
    await using world = await startEnvironment(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { status: 401 } : noTables,
    );
    await Promise.all([listTables(world), listTables(world), listTables(world)]);
    expect(world.tokenRequests()).toHaveLength(2);
  });

  test('one caller who stops does not spoil it for another (I-8)', async () => {
    let release: () => void = () => undefined;
    await using world = await startEnvironment(() => noTables, {
      token: () => ({
        raw: response => {
          release = () => {
            response.writeHead(200, { 'content-type': 'application/json' });
            response.end(JSON.stringify({ access_token: 'token-1', expires_in: 3600 }));
          };
          stop.abort(new Error('stopped'));
        },
      }),
    });
    const stop = new AbortController();
    const first = world.source.tables(stop.signal);
    const second = listTables(world);
    await expect(first).rejects.toThrow('stopped');
    release();
    expect(await second).toEqual([]);
  });

  test('a failed one is not remembered: the next request tries again', async () => {
    await using world = await startEnvironment(() => noTables, {
      token: (_, position) =>
        position === 1 ? entraError(401, 7000215) : { body: { access_token: 'fresh', expires_in: 3600 } },
    });
    expect((await faultOf(listTables(world))).code).toBe('source/sign-in-refused');
    expect(await listTables(world)).toEqual([]);
  });

  test('waits as told when the authority is busy', async () => {
    const busy: Canned = { status: 429, headers: { 'retry-after': '9' }, body: '' };
    await using world = await startEnvironment(() => noTables, {
      token: (_, position) => (position === 1 ? busy : { body: { access_token: 'token', expires_in: 3600 } }),
    });
    await listTables(world);
    expect(world.clock.sleptMs).toEqual([9_000]);
  });
});

describe('a sign-in that is refused', () => {
  test.each([
    [400, 90002, 'source/sign-in-tenant'],
    [400, 900023, 'source/sign-in-tenant'],
    [401, 7000215, 'source/sign-in-refused'],
    [401, 7000222, 'source/sign-in-refused'],
    [400, 700016, 'source/sign-in-refused'],
    [401, 99999, 'source/sign-in-refused'],
    [400, 500011, 'source/not-dataverse'],
  ] as const)('status %i with AADSTS%i is %s, and names the code', async (status, code, expected) => {
    const fault = await signInFault(entraError(status, code));
    expect(fault).toMatchObject({ code: expected, details: { aadsts: `AADSTS${code}` } });
    expect(fault.message).not.toContain(SECRET);
  });

  test('says in words what to change where the code tells', async () => {
    expect((await signInFault(entraError(401, 7000222))).message).toContain('the client secret has expired');
  });

  test('is known by the opening of its description when it has no code list', async () => {
    const fault = await signInFault({ status: 400, body: { error: 'x', error_description: 'AADSTS90002: Words.' } });
    expect(fault.code).toBe('source/sign-in-tenant');
  });

  test('without any reason, as HTML or empty, is refused all the same', async () => {
    expect((await signInFault({ status: 400, body: '<html>' })).code).toBe('source/sign-in-refused');
    expect((await signInFault({ status: 401 })).code).toBe('source/sign-in-refused');
  });

  test('by something on the way to it is not about the client secret', async () => {
    expect((await signInFault({ status: 403, body: '<html>Blocked</html>' })).code).toBe('source/blocked');
    expect((await signInFault({ status: 407 })).code).toBe('source/proxy');
    expect((await signInFault(entraError(403, 7000222))).code).toBe('source/sign-in-refused');
  });

  test.each([
    ['not JSON', 'hello'],
    ['no token', { expires_in: 3600 }],
    ['no life', { access_token: 'a' }],
    ['null', 'null'],
  ])('an answer with %s is broken', async (_, body) => {
    expect((await signInFault({ body })).code).toBe('source/answer-broken');
  });

  test('by a redirect sends the secret nowhere else', async () => {
    await using stranger = await startServer(() => noTables);
    const fault = await signInFault({ status: 307, headers: { location: stranger.origin } });
    expect(fault.code).toBe('source/sign-in-refused');
    expect(stranger.seen).toEqual([]);
  });
});

describe('what cannot be right is refused before anything is sent', () => {
  const right = {
    url: 'https://contoso.crm.dynamics.com',
    tenantId: 'contoso.onmicrosoft.com',
    clientId: '11111111-2222-3333-4444-555555555555',
    clientSecret: SECRET,
    clock: { nowMs: () => 0, sleep: async () => undefined },
  };

  test.each([
    ['tenantId', '../evil'],
    ['tenantId', ''],
    ['clientId', 'a b'],
    ['clientSecret', ' '],
    ['url', 'http://contoso.crm.dynamics.com'],
    ['authority', 'http://login.microsoftonline.com'],
  ])('%s: %j', async (option, value) => {
    await openSource(right).close();
    expect(() => openSource({ ...right, [option]: value })).toThrow(
      expect.objectContaining({ code: 'input/invalid', details: expect.objectContaining({ option }) }),
    );
  });
});
