import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseTableName } from '../core/names.ts';
import type { ChangeAnswer } from '../core/source.ts';
import {
  attribute,
  type Canned,
  type CannedEnvironment,
  CRATE,
  startEnvironment,
} from './canned-environment.test-kit.ts';
import { shapeFromMetadata } from './shape.ts';

const table = parseTableName('crate');
const shape = shapeFromMetadata({
  json: { ...CRATE, Attributes: [attribute('crateid', 'UniqueidentifierType')] },
  table,
  primaryIdOf: () => null,
});
const never = () => new AbortController().signal;
const changed: ChangeAnswer = { is: 'changed' };

interface PartAnswer {
  readonly status?: number;
  readonly page?: unknown;
  readonly lineEnd?: string;
}

/** A batch's answer as the service writes it, one part for each answer. */
function batchAnswer(parts: readonly PartAnswer[], { lineEnd = '\r\n', end = '--' } = {}): Canned {
  const lines = parts.flatMap(({ status = 200, page }) => [
    '--batchresponse_1',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Bad Request'}`,
    'Content-Type: application/json; odata.metadata=minimal; odata.streaming=true',
    'OData-Version: 4.0',
    '',
    JSON.stringify(page),
  ]);
  return {
    headers: { 'content-type': 'multipart/mixed; boundary=batchresponse_1' },
    body: [...lines, `--batchresponse_1${end}`, ''].join(lineEnd),
  };
}

/** Asks by the links `/crates0?...`, `/crates1?...` and so on, and answers as told; paths are the environment's own. */
async function ask(answer: (world: CannedEnvironment) => Canned, count = 2) {
  await using world: CannedEnvironment = await startEnvironment(() => answer(world), { timeouts: { headersMs: 200 } });
  const api = `${world.server.origin}/api/data/v9.2`;
  const questions = Array.from({ length: count }, (_, n) => ({ shape, link: `${api}/crates${n}?$deltatoken=old` }));
  const answers = await world.source.changes(questions, never());
  return { answers, requests: world.apiRequests(), api };
}

const linkOf = (world: CannedEnvironment, n: number) =>
  `${world.server.origin}/api/data/v9.2/crates${n}?$deltatoken=new`;
const emptyPage = (world: CannedEnvironment, n: number) => ({ value: [], '@odata.deltaLink': linkOf(world, n) });

describe('whether many tables changed', () => {
  test('is asked in one batch, each by its own link, continued after a failure', async () => {
    const { answers, requests, api } = await ask(world =>
      batchAnswer([{ page: emptyPage(world, 0) }, { page: emptyPage(world, 1) }]),
    );
    expect(answers).toEqual([
      { is: 'quiet', delta: `${api}/crates0?$deltatoken=new` },
      { is: 'quiet', delta: `${api}/crates1?$deltatoken=new` },
    ]);
    expect(requests).toHaveLength(1);
    const [request] = requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/data/v9.2/$batch',
      headers: { prefer: 'odata.continue-on-error', 'content-type': 'multipart/mixed; boundary="batch_1"' },
    });
    const part = (n: number) =>
      [
        '--batch_1',
        'Content-Type: application/http',
        'Content-Transfer-Encoding: binary',
        '',
        `GET /api/data/v9.2/crates${n}?$deltatoken=old HTTP/1.1`,
        'Accept: application/json;odata.metadata=minimal;IEEE754Compatible=true',
        'Prefer: odata.track-changes,odata.maxpagesize=1',
        '',
        '',
      ].join('\r\n');
    expect(request?.body).toBe(`${part(0)}\r\n${part(1)}\r\n--batch_1--\r\n`);
  });

  test('is asked by links character by character, but none can break out of its line', async () => {
    await using world: CannedEnvironment = await startEnvironment(() => batchAnswer([]));
    const link = `${world.server.origin}/api/data/v9.2/crates?$deltatoken=77%2101'<">(|)\r\nHost: x`;
    await world.source.changes([{ shape, link }], never());
    const line = `GET /api/data/v9.2/crates?$deltatoken=77%2101'<">(|)%0D%0AHost:%20x HTTP/1.1\r\n`;
    expect(world.apiRequests()[0]?.body).toContain(line);
  });

  test('goes a hundred tables a request', async () => {
    const { answers, requests } = await ask(() => batchAnswer([]), 250);
    expect(answers).toEqual(Array(250).fill(changed));
    expect(requests.map(({ body }) => body.split('GET ').length - 1)).toEqual([100, 100, 50]);
  });

  test('of no table costs nothing', async () => {
    const { answers, requests } = await ask(() => batchAnswer([]), 0);
    expect([answers, requests]).toEqual([[], []]);
  });
});

describe('only a plainly empty answer is quiet; another one is changed, and its neighbours are what they are', () => {
  const link = (world: CannedEnvironment) => linkOf(world, 0);
  const cases: Readonly<Record<string, (world: CannedEnvironment) => PartAnswer>> = {
    'a row': world => ({ page: { value: [{ crateid: 'x' }], '@odata.deltaLink': link(world) } }),
    'a delete': world => ({ page: { value: [{ id: 'x', reason: 'deleted' }], '@odata.deltaLink': link(world) } }),
    'no rows but a next link': world => ({
      page: { value: [], '@odata.nextLink': link(world), '@odata.deltaLink': link(world) },
    }),
    'no delta link': () => ({ page: { value: [] } }),
    'no value': world => ({ page: { '@odata.deltaLink': link(world) } }),
    'an expired token': () => ({ status: 400, page: { error: { code: '0x80044352', message: 'expired' } } }),
    'a missing privilege': () => ({ status: 403, page: { error: { code: '0x80040220', message: 'missing' } } }),
    throttling: () => ({ status: 429, page: { error: { code: '0x80072322', message: 'slow down' } } }),
    'an empty page with another status': world => ({ status: 206, page: emptyPage(world, 0) }),
    'a delta link to another host': () => ({
      page: { value: [], '@odata.deltaLink': 'https://stranger.example/api/data/v9.2/crates0?$deltatoken=new' },
    }),
    'a delta link of another table': world => ({ page: emptyPage(world, 1) }),
    'a huge row': world => ({ page: { value: [{ crateid: 'x'.repeat(1_000_000) }], '@odata.deltaLink': link(world) } }),
    'something that is no page': () => ({ page: 'soon' }),
  };

  test.each(Object.keys(cases))('%s', async name => {
    const { answers, api } = await ask(world =>
      batchAnswer([cases[name]?.(world) ?? {}, { page: emptyPage(world, 1) }], { lineEnd: '\n' }),
    );
    expect(answers).toEqual([changed, { is: 'quiet', delta: `${api}/crates1?$deltatoken=new` }]);
  });

  test('when fewer answers come than were asked for, nobody takes the answer of a neighbour', async () => {
    const { answers, api } = await ask(
      world => batchAnswer([{ page: emptyPage(world, 0) }, { page: emptyPage(world, 2) }]),
      3,
    );
    expect(answers).toEqual([{ is: 'quiet', delta: `${api}/crates0?$deltatoken=new` }, changed, changed]);
  });

  test('when more answers come than were asked for, none is believed', async () => {
    const { answers } = await ask(world => batchAnswer([0, 1, 1].map(n => ({ page: emptyPage(world, n) }))));
    expect(answers).toEqual([changed, changed]);
  });

  test('when the answer ends without its end, what came whole is believed', async () => {
    const { answers, api } = await ask(world =>
      batchAnswer([{ page: emptyPage(world, 0) }, { page: emptyPage(world, 1) }], { end: 'x' }),
    );
    expect(answers).toEqual([{ is: 'quiet', delta: `${api}/crates0?$deltatoken=new` }, changed]);
  });

  test('a link to another host is not sent', async () => {
    await using world: CannedEnvironment = await startEnvironment(() => batchAnswer([{ page: emptyPage(world, 1) }]));
    const questions = [
      { shape, link: 'https://stranger.example/api/data/v9.2/crates0?$deltatoken=secret' },
      { shape, link: linkOf(world, 1) },
    ];
    const answers = await world.source.changes(questions, never());
    expect(answers).toEqual([changed, { is: 'quiet', delta: linkOf(world, 1) }]);
    expect(world.apiRequests()[0]?.body).not.toContain('secret');
  });
});

describe('an environment without batches', () => {
  const html = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' };
  const json = { status: 200, body: { value: [] } };

  test.each<[string, Canned]>([
    ['400', { status: 400, body: { error: { code: '0x80060888', message: 'no' } } }],
    ['403 of a proxy', { status: 403, body: '<html>' }],
    ['404', { status: 404, body: '<html>' }],
    ['405', { status: 405, body: '' }],
    ['501', { status: 501, body: '' }],
    ['a page for people', html],
    ['something else than parts', json],
  ])('that answers %s is not asked again for an hour', async (_, refusal) => {
    await using world: CannedEnvironment = await startEnvironment(() => refusal);
    const questions = [{ shape, link: linkOf(world, 0) }];
    expect(await world.source.changes(questions, never())).toEqual([changed]);
    world.clock.advance(3_599_000);
    expect(await world.source.changes(questions, never())).toEqual([changed]);
    expect(world.apiRequests()).toHaveLength(1);
    world.clock.advance(1_000);
    await world.source.changes(questions, never());
    expect(world.apiRequests()).toHaveLength(2);
  });

  test('is another thing than one that is busy: that is waited for, then thrown', async () => {
    const busy = { status: 429, headers: { 'retry-after': '100' }, body: '' };
    await using world: CannedEnvironment = await startEnvironment(() => busy);
    const asked = world.source.changes([{ shape, link: linkOf(world, 0) }], never());
    await expect(asked).rejects.toSatisfy(error => error instanceof Fault && error.code === 'source/throttled');
    expect(world.apiRequests()).toHaveLength(2);
  });

  test('is another thing than an answer that breaks off: that is thrown', async () => {
    const cut: Canned = {
      raw: response => {
        response.writeHead(200, { 'content-type': 'multipart/mixed; boundary=x', 'content-length': '1000' });
        response.write('--x\r\n', () => response.socket?.end());
      },
    };
    await expect(ask(() => cut)).rejects.toThrow(expect.objectContaining({ code: 'source/answer-broken' }));
  });
});
