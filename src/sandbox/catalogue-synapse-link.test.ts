import { afterAll, beforeAll, expect, test } from 'vitest';
import { standardApplication } from './applications.ts';
import { installCatalogue } from './seed.ts';
import { openSandbox, type Sandbox } from './server.ts';
import { openSandboxDatabase } from './sqlite-database.ts';

const database = openSandboxDatabase({ path: ':memory:' });
let sandbox: Sandbox;
let headers: Record<string, string>;

beforeAll(async () => {
  installCatalogue(database, { seed: 1 });
  const clock = { nowMs: () => Date.parse('2024-01-02T03:04:05Z'), sleep: () => Promise.resolve() };
  sandbox = await openSandbox({ database, clock });
  const granted = await fetch(`${sandbox.authorityUrl}/${sandbox.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: standardApplication.clientId,
      client_secret: standardApplication.clientSecret,
      scope: `${sandbox.url}/.default`,
    }),
  });
  const { access_token: token } = (await granted.json()) as { readonly access_token: string };
  headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
});
afterAll(async () => {
  await sandbox.close();
  database.close();
});

async function call(path: string, body?: object): Promise<Record<string, unknown>> {
  const method = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const prefer = { prefer: 'return=representation' };
  const answer = await fetch(`${sandbox.url}/api/data/v9.2/${path}`, { ...method, headers: { ...headers, ...prefer } });
  expect(answer.status, await answer.clone().text()).toBeLessThan(300);
  return (await answer.json()) as Record<string, unknown>;
}

test("an environment's own profiles of Azure Synapse Link can be written and read over the Web API", async () => {
  const made = await call('synapselinkprofiles', {
    name: 'finance',
    profilestate: 1,
    profiletype: 0,
    snapshotstopersist: 5,
    copyfiles: false,
  });
  const id = String(made.synapselinkprofileid);
  const entity = await call('synapselinkprofileentities', {
    name: 'account',
    entityname: 'account',
    appendonlymode: false,
    partitionstrategy: 1,
    enabled: true,
    entitysource: 0,
    'profile@odata.bind': `/synapselinkprofiles(${id})`,
  });
  await call('synapselinkprofileentitystates', {
    name: 'account',
    entityname: 'account',
    initialsyncstate: 4,
    syncstate: 2,
    lakerecordcount: 12,
    'profile@odata.bind': `/synapselinkprofiles(${id})`,
    'profileentity@odata.bind': `/synapselinkprofileentities(${entity.synapselinkprofileentityid})`,
  });
  await call('synapselinkschedules', {
    name: 'hourly',
    type: 0,
    recurrenceunit: 2,
    recurrenceinterval: 1,
    'profile@odata.bind': `/synapselinkprofiles(${id})`,
  });
  const { value: entities } = await call(`synapselinkprofileentities?$filter=_profile_value eq ${id}`);
  expect(entities).toMatchObject([{ entityname: 'account', partitionstrategy: 1, enabled: true, _profile_value: id }]);
  const { value: states } = await call('synapselinkprofileentitystates');
  expect(states).toMatchObject([{ syncstate: 2, initialsyncstate: 4, lakerecordcount: 12 }]);
  const { value: schedules } = await call('synapselinkschedules');
  expect(schedules).toMatchObject([{ type: 0, recurrenceunit: 2, recurrenceinterval: 1, _profile_value: id }]);
});
