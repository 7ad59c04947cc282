import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSandboxWorld, type SandboxWorld, worldApplication } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
});
afterEach(() => world.close());

test('a token opens the Web API until it expires, then the answer is a challenge that names the authority', async () => {
  expect((await world.request('WhoAmI')).status).toBe(200);
  world.clock.nowMs += 299_000;
  expect((await world.request('WhoAmI')).status).toBe(200);
  world.clock.nowMs += 2_000;
  const late = await world.request('WhoAmI');
  expect(late.status).toBe(401);
  expect(late.headers.get('www-authenticate')).toContain(
    `Bearer authorization_uri=${world.sandbox.authorityUrl}/${world.sandbox.tenantId}/oauth2/authorize, resource_id=${world.sandbox.url}/`,
  );
});

test('a missing, broken or foreign token is refused', async () => {
  for (const authorization of ['', 'Basic abc', 'Bearer abc', `Bearer ${await foreignToken()}`]) {
    expect((await fetch(`${world.api}/WhoAmI`, { headers: { authorization } })).status).toBe(401);
  }
});

test.each([
  ['an unknown tenant', { tenant: '00000000-0000-0000-0000-00000000dead' }, 400, 90002],
  ['an unknown client', { client_id: '22222222-0000-4000-8000-000000000002' }, 400, 700016],
  ['a wrong secret', { client_secret: 'wrong' }, 401, 7000215],
  ['another grant', { grant_type: 'password' }, 400, 70003],
  ['no grant', { grant_type: null }, 400, 900144],
  ['no client', { client_id: null }, 400, 900144],
  ['no secret', { client_secret: null }, 400, 900144],
  ['another environment', { scope: 'https://other.crm.dynamics.com/.default' }, 400, 500011],
  ['no scope', { scope: null }, 400, 1002012],
])('%s is refused in the words of the authority', async (_what, change, status, number) => {
  const response = await askToken({ world, change });
  const body = (await response.json()) as { error_codes: number[]; error_description: string };
  expect([response.status, body.error_codes]).toEqual([status, [number]]);
  expect(body.error_description).toMatch(new RegExp(`^AADSTS${number}: `));
});

test('the secret may come in a Basic header, and the token endpoint can be discovered', async () => {
  const { authorityUrl, tenantId, url } = world.sandbox;
  const found = await fetch(`${authorityUrl}/${tenantId}/v2.0/.well-known/openid-configuration`);
  const { token_endpoint: endpoint } = (await found.json()) as { token_endpoint: string };
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${worldApplication.clientId}:${worldApplication.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: `${url}/.default` }),
  });
  expect(await response.json()).toMatchObject({ token_type: 'Bearer', expires_in: 300 });
});

async function foreignToken(): Promise<string> {
  const other = await openSandboxWorld();
  try {
    return await other.token();
  } finally {
    await other.close();
  }
}

function askToken({ world, change }: { readonly world: SandboxWorld; readonly change: object }): Promise<Response> {
  const { tenant = world.sandbox.tenantId, ...form } = change as Record<string, string | null>;
  const body = new URLSearchParams();
  const standard = {
    grant_type: 'client_credentials',
    client_id: worldApplication.clientId,
    client_secret: worldApplication.clientSecret,
    scope: `${world.sandbox.url}/.default`,
  };
  for (const [name, value] of Object.entries({ ...standard, ...form })) if (value !== null) body.set(name, value);
  return fetch(`${world.sandbox.authorityUrl}/${tenant}/oauth2/v2.0/token`, { method: 'POST', body });
}
