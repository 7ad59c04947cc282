import { afterEach, beforeEach, expect, test } from 'vitest';
import { crateId, openSandboxWorld, readAll, type SandboxWorld } from '../../test/kit/sandbox-wire.ts';

let world: SandboxWorld;
beforeEach(async () => {
  world = await openSandboxWorld();
  world.database.put('crate', [{ crateid: crateId(1), name: 'one' }]);
  world.database.put('box', [{ boxid: crateId(5), name: 'box' }]);
});
afterEach(() => world.close());

const one = `crates(${crateId(1)})`;
const select = '?$select=name';

test('reads of relative, rooted and whole URLs are answered in order, each with status, headers and body', async () => {
  const prefer = 'Prefer: odata.include-annotations="*",odata.maxpagesize=1';
  const { status, parts, boundary } = await batch([
    get(`${one}${select}`),
    get(`/api/data/v9.2/crates${select}`, prefer),
    get(`${world.api}/crates/$count`),
  ]);
  expect([status, boundary.startsWith('batchresponse_')]).toEqual([200, true]);
  expect(parts.map(part => part.status)).toEqual([200, 200, 200]);
  expect(parts[0]?.headers).toMatchObject({ 'odata-version': '4.0', etag: expect.stringMatching(/^W/) });
  expect(parts[0]?.body).toMatchObject({ name: 'one' });
  expect(parts[1]?.headers['preference-applied']).toContain('odata.maxpagesize=1');
  expect(parts[1]?.body).toMatchObject({ value: [{ name: 'one' }] });
  expect([parts[2]?.headers['content-type'], parts[2]?.text]).toEqual(['text/plain', '1']);
});

test('delta links are answered inside a batch, so that many tables are asked in one request', async () => {
  const { deltaLink } = await readAll(world, `crates${select}`, 'odata.track-changes');
  world.database.put('crate', [{ crateid: crateId(2), name: 'two' }]);
  world.sandbox.requestLog.clear();
  const { parts } = await batch([get(deltaLink ?? ''), get(`${one}${select}`)]);
  expect(parts[0]?.body).toMatchObject({ value: [{ name: 'two' }], '@odata.deltaLink': expect.any(String) });
  expect(world.sandbox.requestLog.entries()).toMatchObject([
    { method: 'POST', path: '/$batch', operations: 2, rows: 2, status: 200 },
  ]);
});

test('a change set is one transaction: made, referred to and linked, or nothing at all', async () => {
  const set = (name: string) =>
    changeSet([
      post('crates', '{"name":"a","weight":12345678901.0000000001}', 1),
      post('boxes', `{"name":"${name}"}`, 2),
      request('PATCH', '$1', '{"ParentId_box@odata.bind":"$2","pieces":3}', 3),
      request('PUT', '$1/ParentId_box/$ref', `{"@odata.id":"$2"}`, 4),
    ]);
  const refused = await batch([set('x'.repeat(101)), get('crates/$count')]);
  expect([refused.status, refused.parts.length]).toEqual([400, 1]);
  expect(refused.parts[0]).toMatchObject({ status: 400, contentId: '2', body: { error: { code: '0x80044331' } } });
  expect(world.database.count('crate')).toBe(1);

  const { status, parts } = await batch([set('b')]);
  expect([status, parts.map(part => `${part.contentId} ${part.status}`)]).toEqual([
    200,
    ['1 204', '2 204', '3 204', '4 204'],
  ]);
  const made = parts.map(part => idOf(part.headers['odata-entityid']));
  expect(world.database.get('crate', made[0] ?? '')?.row).toMatchObject({
    weight: '12345678901.0000000001',
    pieces: 3,
    parentid: { table: 'box', id: made[1] },
  });
});

test('a request line may hold spaces and quotes, as Microsoft’s own Python client writes them', async () => {
  const { parts } = await batch([get("crates?$select=name&$filter=name eq 'one'")]);
  expect(parts).toMatchObject([{ status: 200, body: { value: [{ name: 'one' }] } }]);
});

test('a version given out in a change set that failed is given out again', async () => {
  const before = world.database.version();
  await batch([changeSet([post('crates', '{}', 1), request('DELETE', `crates(${crateId(99)})`, '', 2)])]);
  expect(world.database.version()).toBe(before);
  expect((await batch([changeSet([post('crates', '{}', 1)])])).status).toBe(200);
  expect(world.database.version()).toBe(before + 1n);
});

test('the first failure ends a batch, unless it is told to go on', async () => {
  const parts = [get(`crates(${crateId(99)})`), changeSet([post('crates', '{"nope":1}', 1)]), post('crates', '{}')];
  const stopped = await batch(parts);
  expect([stopped.status, stopped.parts.map(part => part.status)]).toEqual([400, [404]]);
  const whole = await batch(parts, { prefer: 'odata.continue-on-error' });
  expect([whole.status, whole.parts.map(part => part.status)]).toEqual([200, [404, 400, 204]]);
  expect(world.database.count('crate')).toBe(2);
});

test('lines may end in LF, bodies stay as they are, and conditions are those of the part', async () => {
  const parts = [
    request('PATCH', one, '{"note":"a\\r\\n--b"}', undefined, 'If-Match: W/"1"'),
    request('PATCH', one, '{"note":"a\\r\\n--b"}', undefined, 'If-Match: *', 'Prefer: return=representation'),
  ];
  const lf = await batch(parts, { lineEnd: '\n', prefer: 'odata.continue-on-error' });
  expect(lf.parts.map(part => part.status)).toEqual([412, 200]);
  expect(lf.parts[1]?.body).toMatchObject({ note: 'a\r\n--b' });
});

test.each([
  ['a request that asks, in a change set', () => changeSet([get(one)])],
  ['a batch', () => request('POST', '$batch', '{}')],
  ['another host', () => get('https://elsewhere.example/api/data/v9.2/crates')],
  ['another service', () => get('/api/other/crates')],
  ['no request line', () => 'Content-Type: application/http\n\nhello\n'],
  ['no part type', () => 'Content-Type: text/plain\n\nGET crates HTTP/1.1\n'],
  ['an unknown reference', () => changeSet([request('PATCH', '$7', '{}', 1)])],
])('a batch with %s is refused', async (_what, part) => {
  expect((await batch([part()])).status).toBe(400);
});

test('more operations than allowed, and boundaries that do not hold, are refused and nothing is done', async () => {
  const full = await batch(Array.from({ length: 1_000 }, () => get('crates/$count')));
  expect([full.status, full.parts.length]).toEqual([200, 1_000]);
  expect((await batch(Array.from({ length: 1_001 }, () => post('crates', '{}')))).status).toBe(400);
  for (const contentType of ['multipart/mixed', 'application/json', `multipart/mixed; boundary=${'x'.repeat(71)}`]) {
    const sent = await world.request('$batch', { method: 'POST', headers: { 'content-type': contentType }, body: '' });
    expect(sent.status).toBe(400);
  }
  const headers = { 'content-type': 'multipart/mixed; boundary=b' };
  const cut = await world.request('$batch', { method: 'POST', headers, body: `--b\r\n${post('crates', '{}')}` });
  expect([cut.status, world.database.count('crate')]).toEqual([400, 1]);
  expect((await world.request('$batch')).status).toBe(405);
});

interface Part {
  readonly status: number;
  readonly contentId: string | undefined;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly body: unknown;
}

function get(target: string, ...headers: string[]): string {
  return request('GET', target, '', undefined, ...headers);
}

function post(target: string, body: string, contentId?: number): string {
  return request('POST', target, body, contentId);
}

function request(method: string, target: string, body: string, contentId?: number, ...headers: string[]): string {
  const named = contentId === undefined ? [] : [`Content-ID: ${contentId}`];
  const start = ['Content-Type: application/http', 'Content-Transfer-Encoding: binary', ...named, ''];
  return [...start, `${method} ${target} HTTP/1.1`, 'Content-Type: application/json', ...headers, '', body, ''].join(
    '\n',
  );
}

function changeSet(parts: readonly string[]): string {
  const inner = parts.map(part => `--set\n${part}`).join('');
  return `Content-Type: multipart/mixed; boundary="set"\n\n${inner}--set--\n`;
}

async function batch(
  parts: readonly string[],
  { lineEnd = '\r\n', prefer }: { readonly lineEnd?: string; readonly prefer?: string } = {},
): Promise<{ readonly status: number; readonly boundary: string; readonly parts: readonly Part[] }> {
  const text = `${parts.map(part => `--outer\n${part}`).join('')}--outer--\n`.replaceAll('\n', lineEnd);
  const headers = { 'content-type': 'multipart/mixed;boundary=outer', ...(prefer === undefined ? {} : { prefer }) };
  const response = await world.request('$batch', { method: 'POST', headers, body: text });
  const boundary = /boundary=(\S+)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
  const answer = await response.text();
  return { status: response.status, boundary, parts: boundary === '' ? [] : partsOf(answer, boundary) };
}

function partsOf(text: string, boundary: string): Part[] {
  expect(text.endsWith(`--${boundary}--\r\n`)).toBe(true);
  return text
    .split(`--${boundary}`)
    .slice(1, -1)
    .flatMap(part => {
      const inner = /^\r\nContent-Type: multipart\/mixed; boundary=(\S+)/.exec(part)?.[1];
      if (inner !== undefined) return partsOf(`${part.split('\r\n\r\n').slice(1).join('\r\n\r\n')}`, inner);
      const [mime = '', head = '', ...rest] = part.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n').trim();
      const headers = Object.fromEntries(
        head
          .split('\r\n')
          .slice(1)
          .map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
      );
      return [
        {
          status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]),
          contentId: /Content-ID: (\S+)/.exec(mime)?.[1],
          headers,
          text: body,
          body: body.startsWith('{') ? JSON.parse(body) : null,
        },
      ];
    });
}

function idOf(url: string | undefined): string {
  return /\(([0-9a-f-]{36})\)$/.exec(url ?? '')?.[1] ?? '';
}
