import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeControl } from '../../test/kit/fake-control.ts';
import { noAdministration } from '../../test/kit/no-administration.ts';
import { Fault } from '../core/fault.ts';
import { ApiClient } from './client.ts';
import type { CreateLinkBody, Problem } from './contract.ts';
import { type Api, openApi } from './server.ts';

const TOKEN = 'a'.repeat(43);
const SQL = { host: '127.0.0.1', port: 5_433, tls: false };
let api: Api;
let control: FakeControl;
let stops: number;
let failures: Fault[];

beforeEach(async () => {
  control = new FakeControl();
  stops = 0;
  failures = [];
  api = await openApi({
    control,
    administration: noAdministration,
    service: {
      info: () => ({ version: '0.1.0', pid: 1, startedAt: '2026-01-01T00:00:00.000Z', home: '/home', sql: SQL }),
      stop: () => {
        stops += 1;
      },
    },
    token: TOKEN,
    port: 0,
    nowMs: () => 1_767_225_600_000,
    onFailure: fault => failures.push(fault),
  });
});

afterEach(() => api.close());

function client(token = TOKEN): ApiClient {
  return new ApiClient({ port: api.port, token, fetch });
}

const body: CreateLinkBody = {
  name: 'sales',
  environmentUrl: 'https://contoso.crm.dynamics.com',
  tenantId: 'tenant',
  clientId: 'client',
  clientSecret: 'never-shown',
  lakePath: '/lakes/sales',
  tables: ['account'],
};

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Problem;
}

/** A request with headers of one's own, `Host` included. */
function raw(path: string, options: { headers?: Record<string, string>; method?: string; body?: string } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: api.port,
        path,
        method: options.method ?? 'GET',
        headers: { authorization: `Bearer ${TOKEN}`, ...options.headers },
      },
      answer => {
        const chunks: Buffer[] = [];
        answer.on('data', chunk => chunks.push(chunk));
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            type: (answer.headers['content-type'] ?? '').split(';')[0] ?? '',
            body: JSON.parse(Buffer.concat(chunks).toString() || 'null'),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(options.body);
  });
}

describe('who may call', () => {
  test('a request without the token, or with another one, is refused on every route', async () => {
    await expect(client('b'.repeat(43)).links()).rejects.toMatchObject({ code: 'service/unauthorized' });
    for (const path of ['/v1/links', '/v1/status', '/v1/service', '/nowhere']) {
      const answer = await raw(path, { headers: { authorization: '' } });
      expect(answer).toMatchObject({ status: 401, body: { code: 'service/unauthorized' } });
    }
  });

  test('a request addressed to another host is refused, whatever token it has (DNS rebinding)', async () => {
    for (const host of ['evil.example', `evil.example:${api.port}`, '127.0.0.1:1', '127.0.0.1.evil.example']) {
      expect(await raw('/v1/links', { headers: { host } }).then(answer => answer.status)).toBe(403);
    }
    for (const host of ['127.0.0.1', `localhost:${api.port}`, `[::1]:${api.port}`]) {
      expect(await raw('/v1/links', { headers: { host } }).then(answer => answer.status)).toBe(200);
    }
  });
});

describe('routes', () => {
  test('a link is made, shown, listed and deleted; its secret never comes back', async () => {
    const made = await client().createLink(body);
    expect(made).toMatchObject({ name: 'sales', partitionStrategy: 'year', tables: [{ table: 'account' }] });
    expect(control.calls[0]).toMatchObject(['createLink', { clientSecret: 'never-shown', pollSeconds: null }]);
    expect(await client().link('sales')).toEqual(made);
    expect(await client().links()).toEqual({ links: [made] });
    expect(JSON.stringify(made)).not.toContain('never-shown');
    await client().replaceSecret('sales', 'newer');
    expect(control.calls.at(-1)).toEqual(['replaceSecret', 'sales', 'newer']);
    await client().acceptEnvironment('sales');
    expect(control.calls.at(-1)).toEqual(['acceptEnvironment', 'sales']);
    const taken = await client().takeSnapshots('sales', {});
    expect(taken).toEqual({ snapshots: [{ table: 'account', outcome: 'taken', error: null }] });
    await client().takeSnapshots('sales', { tables: ['account'] });
    expect(control.calls.slice(-2)).toEqual([
      ['takeSnapshots', 'sales', null],
      ['takeSnapshots', 'sales', ['account']],
    ]);
    await client().deleteLink('sales', { deleteData: true, deleteForeign: false });
    expect(control.calls.at(-1)).toEqual(['deleteLink', 'sales', { deleteData: true, deleteForeign: false }]);
    expect(await client().links()).toEqual({ links: [] });
  });

  test('tables are offered with what is chosen, added, looked at again, and removed', async () => {
    await client().createLink(body);
    const { tables } = await client().tables('sales');
    expect(tables.map(table => [table.table, table.chosen, table.refusal?.reason ?? null])).toEqual([
      ['account', true, null],
      ['lead', false, null],
      ['audit', false, 'Track changes is off'],
    ]);
    await client().addTables('sales', { tables: ['lead'] });
    await client().retryTable('sales', 'lead');
    await client().backfillTable('sales', 'lead');
    await client().confirmDeletes('sales', 'lead');
    await client().removeTables('sales', { tables: ['account'], deleteData: true });
    expect(control.calls.slice(1)).toEqual([
      ['addTables', 'sales', ['lead'], { partitionStrategy: null, appendOnly: false }],
      ['retryTable', 'sales', 'lead'],
      ['backfillTable', 'sales', 'lead'],
      ['confirmDeletes', 'sales', 'lead'],
      ['removeTables', 'sales', ['account'], { deleteData: true }],
    ]);
  });

  test('status answers for all links or for one', async () => {
    await client().createLink(body);
    await client().createLink({ ...body, name: 'other' });
    expect((await client().status()).tables.map(table => table.link)).toEqual(['sales', 'other']);
    expect((await client().status('other')).tables.map(table => table.link)).toEqual(['other']);
  });

  test('the service tells about itself and is asked to stop once the answer was sent', async () => {
    expect(await client().service()).toMatchObject({ version: '0.1.0', pid: 1, links: 0, sql: SQL });
    expect((await client().status()).sql).toEqual(SQL);
    await client().stopService();
    expect(stops).toBe(1);
  });
});

describe('failures', () => {
  test('a fault arrives as problem+json, and at the client as the same fault', async () => {
    const answer = await raw('/v1/links/none');
    expect(answer).toEqual({
      status: 404,
      type: 'application/problem+json',
      body: {
        type: 'urn:lakelink:fault:link/unknown',
        title: 'There is no such link',
        status: 404,
        code: 'link/unknown',
        detail: 'There is no such link (link: none)',
        remedy: 'See: lakelink link list.',
        details: { link: 'none' },
      },
    });
    const fault = await client()
      .link('none')
      .catch(failure => failure);
    expect(fault).toEqual(new Fault('link/unknown', { link: 'none' }));
  });

  test.each([
    ['a field that is missing', JSON.stringify({ ...body, tenantId: undefined })],
    ['a field that is unknown', JSON.stringify({ ...body, password: 'x' })],
    ['a name that is none', JSON.stringify({ ...body, name: '../etc' })],
    ['a table that is none', JSON.stringify({ ...body, tables: ['Account; DROP'] })],
    ['what is not JSON', '{"name":'],
    ['nothing', ''],
  ])('%s is refused with 400', async (_what, text) => {
    const answer = await raw('/v1/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json' });
    expect(answer.body.code).toMatch(/^input\//);
    expect(control.calls).toEqual([]);
  });

  test('a body above the limit is refused before it is read', async () => {
    const answer = await raw('/v1/links', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': String(1024 * 1024) },
    });
    expect(answer).toMatchObject({ status: 413, body: { code: 'input/invalid' } });
  });

  test('what was not a mistake of the caller is reported to the service', async () => {
    control.createLink = async () => {
      throw new TypeError('boom');
    };
    await expect(client().createLink(body)).rejects.toMatchObject({ code: 'internal/bug' });
    expect(failures.map(fault => fault.code)).toEqual(['internal/bug']);
  });

  test('a client that finds nobody says so', async () => {
    const { port } = api;
    await api.close();
    const lonely = new ApiClient({ port, token: TOKEN, fetch });
    await expect(lonely.links()).rejects.toMatchObject({ code: 'service/not-running' });
  });

  test('a port in use is named', async () => {
    const again = openApi({
      control,
      administration: noAdministration,
      service: { info: () => ({ version: '', pid: 1, startedAt: '', home: '', sql: null }), stop: () => {} },
      token: TOKEN,
      port: api.port,
      nowMs: () => 0,
      onFailure: () => {},
    });
    await expect(again).rejects.toMatchObject({ code: 'input/invalid', details: { setting: 'LAKELINK_PORT' } });
  });
});
