import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { SandboxAddress } from './sandbox-process.ts';

const tokenAnswer = z.object({ access_token: z.string() });

/** Saves a new account in the embedded environment over its Web API, as an application of its user would. */
export async function makeChange(
  address: SandboxAddress,
  options: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<{ readonly id: string; readonly name: string }> {
  const { signal } = options;
  const signedIn = await fetch(`${address.authorityUrl}/${address.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: address.clientId,
      client_secret: address.clientSecret,
      scope: `${address.url}/.default`,
    }),
    signal,
  });
  if (!signedIn.ok) throw new Fault('source/sign-in-refused', { url: address.authorityUrl, status: signedIn.status });
  const { access_token: token } = tokenAnswer.parse(await signedIn.json());
  const id = randomUUID();
  const name = `Lakelink demo ${new Date(options.nowMs).toISOString()}`;
  const saved = await fetch(`${address.url}/api/data/v9.2/accounts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ accountid: id, name }),
    signal,
  });
  if (!saved.ok) throw new Fault('source/refused', { url: address.url, table: 'account', status: saved.status });
  return { id, name };
}
