import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseTableName } from '../core/names.ts';
import type { TableShape } from '../core/shape.ts';
import type { PageRequest } from '../core/source.ts';
import {
  attribute,
  type Canned,
  CRATE,
  readAll,
  SECRET,
  type SeenRequest,
  startEnvironment,
  startServer,
} from './canned-environment.test-kit.ts';
import { shapeFromMetadata } from './shape.ts';

const table = parseTableName('crate');
const id = '11111111-1111-1111-1111-111111111111';

function shapeWith(names: readonly string[]): TableShape {
  const Attributes = [
    attribute('crateid', 'UniqueidentifierType'),
    ...names.map(name => attribute(name, 'BigIntType')),
  ];
  return shapeFromMetadata({ json: { ...CRATE, Attributes }, table, primaryIdOf: () => null });
}

const shape = shapeWith(['versionnumber']);
const full = (link: string | null = null): PageRequest => ({ read: 'full', shape, link });
const never = () => new AbortController().signal;
const emptyPage = { body: { value: [] } };

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Fault) return error;
  throw error;
}

async function pageFault(answer: Canned): Promise<Fault> {
  await using world = await startEnvironment(() => answer, { timeouts: { headersMs: 200, bodyMs: 200 } });
  return await faultOf(world.source.page(full(), never()).then(readAll));
}

describe('a page', () => {
  test('of a full read asks for tracked changes, the page size and lookup types, without $select', async () => {
    await using world = await startEnvironment(() => ({ ...emptyPage, gzip: true }));
    expect(await readAll(await world.source.page(full(), never()))).toBe('{"value":[]}');
    const [request] = world.apiRequests();
    expect(request?.path).toBe('/api/data/v9.2/crates');
    expect(request?.headers).toMatchObject({
      accept: 'application/json;odata.metadata=minimal;IEEE754Compatible=true',
      authorization: 'Bearer token-1',
      'odata-version': '4.0',
      'odata-maxversion': '4.0',
      'if-none-match': 'null',
      prefer:
        'odata.track-changes,odata.maxpagesize=5000,odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"',
    });
  });

  test('behind a link is asked by that link, character by character, with the same preferences', async () => {
    await using world = await startEnvironment(() => emptyPage, { rowsPerPage: 3 });
    const path = `/api/data/v9.2/crates?$skiptoken=%3Ccookie%20n=%222%22%2f%253c'a'"b"<c>!%21|{}^&$x=(1)`;
    const link = `${world.server.origin}${path}`;
    await readAll(await world.source.page(full(link), never()));
    await readAll(await world.source.page({ read: 'delta', shape, link }, never()));
    expect(world.apiRequests().map(request => request.path)).toEqual([path, path]);
    for (const request of world.apiRequests()) {
      expect(request.headers.prefer).toContain('odata.track-changes,odata.maxpagesize=3,');
    }
  });

  test('asked plainly, because its delta link was missing, carries no annotations but is tracked still', async () => {
    await using world = await startEnvironment(() => emptyPage);
    await readAll(await world.source.page({ read: 'full', shape, link: null, plain: true }, never()));
    expect(world.apiRequests()[0]?.headers.prefer).toBe('odata.track-changes,odata.maxpagesize=5000');
  });

  test('of a narrow read asks for id and version alone, untracked; for the id where there is no version', async () => {
    await using world = await startEnvironment(() => emptyPage);
    await readAll(await world.source.page({ read: 'narrow', shape, link: null }, never()));
    await readAll(await world.source.page({ read: 'narrow', shape: shapeWith([]), link: null }, never()));
    expect(world.apiRequests().map(({ path, headers }) => [path, headers.prefer])).toEqual([
      ['/api/data/v9.2/crates?$select=crateid,versionnumber', 'odata.maxpagesize=5000'],
      ['/api/data/v9.2/crates?$select=crateid', 'odata.maxpagesize=5000'],
    ]);
  });
});

describe('the bearer token', () => {
  test('never goes to another host: a foreign link is refused before anything is sent (design, section 7)', async () => {
    await using stranger = await startServer(() => emptyPage);
    await using world = await startEnvironment(() => emptyPage);
    const link = `${stranger.origin}/api/data/v9.2/crates?$deltatoken=secret`;
    const fault = await faultOf(world.source.page({ read: 'delta', shape, link }, never()));
    expect(fault.code).toBe('source/foreign-link');
    expect(fault.message).not.toContain('secret');
    expect(stranger.seen).toEqual([]);
    expect(world.server.seen).toEqual([]);
  });

  test('is not carried along a redirect', async () => {
    await using stranger = await startServer(() => emptyPage);
    const redirect = { status: 307, headers: { location: `${stranger.origin}/api/data/v9.2/crates` } };
    expect((await pageFault(redirect)).code).toBe('source/foreign-link');
    expect(stranger.seen).toEqual([]);
  });

  test('is renewed once when it is refused in the middle of a read, and the page is asked again', async () => {
    await using world = await startEnvironment(({ headers }) =>
      headers.authorization === 'Bearer token-1' ? { status: 401 } : emptyPage,
    );
    await readAll(await world.source.page(full(), never()));
    await readAll(await world.source.page(full(), never()));
    expect(world.apiRequests().map(request => request.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-2',
    ]);
  });

  test('that stays refused ends the request after one renewal', async () => {
    await using world = await startEnvironment(() => ({ status: 401 }));
    expect((await faultOf(world.source.page(full(), never()))).code).toBe('source/token-rejected');
    expect(world.apiRequests()).toHaveLength(2);
    expect(world.tokenRequests()).toHaveLength(2);
  });
});

describe('waiting', () => {
  const throttled = (seconds: string): Canned => ({
    status: 429,
    headers: { 'retry-after': seconds },
    body: { error: { code: '0x80072322', message: 'Number of requests exceeded the limit of 6000.' } },
  });

  test('is as long as Retry-After says, then the page arrives', async () => {
    const answers = [throttled('17'), throttled('4'), emptyPage];
    await using world = await startEnvironment(() => answers.shift() ?? emptyPage);
    await readAll(await world.source.page(full(), never()));
    expect(world.clock.sleptMs).toEqual([17_000, 4_000]);
  });

  test('doubles from one second on when a 503 page of HTML names no time', async () => {
    const maintenance = { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Back soon</html>' };
    const answers: Canned[] = [maintenance, maintenance, maintenance, emptyPage];
    await using world = await startEnvironment(() => answers.shift() ?? emptyPage);
    await readAll(await world.source.page(full(), never()));
    expect(world.clock.sleptMs).toEqual([1_000, 2_000, 4_000]);
  });

  test('has a limit: what lasts longer is a fault that says how long', async () => {
    await using world = await startEnvironment(() => throttled('100'));
    const fault = await faultOf(world.source.page(full(), never()));
    expect(fault).toMatchObject({ code: 'source/throttled', details: { table: 'crate', waitMs: 100_000 } });
    expect(world.clock.sleptMs).toEqual([100_000]);
  });

  test('is shared: a second request holds back until the time the first was told', async () => {
    let isThrottled = true;
    await using world = await startEnvironment(() => (isThrottled ? throttled('600') : emptyPage));
    expect((await faultOf(world.source.page(full(), never()))).details.waitMs).toBe(600_000);
    isThrottled = false;
    const second = await faultOf(world.source.row(shape, id, never()));
    expect(second).toMatchObject({ code: 'source/throttled', details: { waitMs: 600_000 } });
    expect(world.apiRequests()).toHaveLength(1);
    world.clock.advance(600_000);
    await readAll(await world.source.page(full(), never()));
  });

  test('ends at once when the caller stops', async () => {
    await using world = await startEnvironment(() => throttled('17'));
    const stop = new AbortController();
    world.clock.sleep = async () => {
      stop.abort(new Error('stopped'));
      stop.signal.throwIfAborted();
    };
    await expect(world.source.page(full(), stop.signal)).rejects.toThrow('stopped');
  });
});

describe('faults of a page', () => {
  const apiError = (status: number, code: string): Canned => ({ status, body: { error: { code, message: 'Words.' } } });

  test.each([
    [400, '0x80044352', 'source/token-expired'],
    [403, '0x80040220', 'source/forbidden'],
    [404, '0x8006088a', 'source/table-unknown'],
    [500, '0x80040216', 'source/unavailable'],
    [400, '0x80060888', 'source/refused'],
  ])('status %i with code %s is %s', async (status, code, expected) => {
    const fault = await pageFault(apiError(status, code));
    expect(fault).toMatchObject({ code: expected, details: { table: 'crate', code } });
    expect(fault.message).not.toContain('token-1');
  });

  test('a page for people is no Web API', async () => {
    const html = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>Sign in</html>' };
    expect((await pageFault(html)).code).toBe('source/not-dataverse');
  });

  test.each([
    ['a body shorter than promised', { 'content-length': '1000' }, Buffer.from('{"value":[')],
    ['a chunked body without its end', {}, Buffer.from('{"value":[')],
    ['gzip cut off', { 'content-encoding': 'gzip' }, Buffer.from('1f8b0800000000000003ab56', 'hex')],
    ['gzip that is none', { 'content-encoding': 'gzip' }, Buffer.from('plain text')],
    ['an encoding nobody asked for', { 'content-encoding': 'br' }, Buffer.from('x')],
  ])('%s is a broken answer', async (_, headers, bytes) => {
    const fault = await pageFault({
      raw: response => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        response.write(bytes, () => response.socket?.end());
      },
    });
    expect(fault.code).toBe('source/answer-broken');
  });

  test('headers that never come, and a body that stops coming, are timeouts', async () => {
    expect((await pageFault({ raw: () => undefined })).code).toBe('source/timeout');
    const stalled: Canned = {
      raw: response => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"value":[');
      },
    };
    expect((await pageFault(stalled)).code).toBe('source/timeout');
  });

  test('a whole exchange has its limit, even while bytes go on dripping', async () => {
    let drip: NodeJS.Timeout | undefined;
    const dripping: Canned = {
      raw: response => {
        response.writeHead(200, { 'content-type': 'application/json' });
        drip = setInterval(() => response.write(' '), 10);
      },
    };
    await using world = await startEnvironment(() => dripping, { timeouts: { wholeMs: 150 } });
    const fault = await faultOf(world.source.page(full(), never()).then(readAll));
    clearInterval(drip);
    expect(fault.code).toBe('source/timeout');
  });

  test('nobody there is unreachable, and a connection the server dropped is tried once more', async () => {
    const world = await startEnvironment(() => emptyPage);
    await readAll(await world.source.page(full(), never()));
    await world.server[Symbol.asyncDispose]();
    expect((await faultOf(world.source.page(full(), never()))).code).toBe('source/unreachable');
    await world.source.close();

    let drops = 1;
    const dropOnce = (): Canned => {
      drops -= 1;
      return drops < 0 ? emptyPage : { raw: response => response.socket?.destroy() };
    };
    await using second = await startEnvironment(dropOnce);
    await readAll(await second.source.page(full(), never()));
    expect(second.apiRequests()).toHaveLength(2);
  });

  test('an abort in mid-body throws the reason it was given', async () => {
    await using world = await startEnvironment(() => ({
      raw: response => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"value":[');
      },
    }));
    const stop = new AbortController();
    const body = await world.source.page(full(), stop.signal);
    const reading = (async () => {
      for await (const _ of body) stop.abort(new Error('stopped'));
    })();
    await expect(reading).rejects.toThrow('stopped');
  });
});

describe('a row', () => {
  const gone = (code: string): Canned => ({ status: 404, body: { error: { code, message: 'Does Not Exist' } } });

  test('comes as bytes, digits untouched', async () => {
    const text = '{"crateid":"x","weight":922337203685477.5807}';
    await using world = await startEnvironment(() => ({ body: text }));
    const bytes = await world.source.row(shape, id, never());
    expect(new TextDecoder().decode(bytes ?? undefined)).toBe(text);
    expect(world.apiRequests()[0]).toMatchObject({
      path: `/api/data/v9.2/crates(${id})`,
      headers: { prefer: 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"' },
    });
  });

  test('is null only when the environment says that this row does not exist (I-6)', async () => {
    await using world = await startEnvironment(() => gone('0x80040217'));
    expect(await world.source.row(shape, id, never())).toBeNull();
    await using other = await startEnvironment(() => gone('0x8006088a'));
    expect((await faultOf(other.source.row(shape, id, never()))).code).toBe('source/table-unknown');
    await using broken = await startEnvironment(() => ({ status: 404, body: '<html>' }));
    expect((await faultOf(broken.source.row(shape, id, never()))).code).toBe('source/not-dataverse');
  });

  test('is asked by nothing but a GUID', async () => {
    await using world = await startEnvironment(() => emptyPage);
    const fault = await faultOf(world.source.row(shape, "x')/../accounts", never()));
    expect(fault.code).toBe('input/invalid');
    expect(world.server.seen).toEqual([]);
  });
});

describe('the environment', () => {
  const organizationId = '22222222-2222-2222-2222-222222222222';
  const answers = ({ path }: SeenRequest): Canned =>
    path.endsWith('/WhoAmI')
      ? { body: { BusinessUnitId: id, UserId: id, OrganizationId: organizationId } }
      : {
          body: {
            Detail: { FriendlyName: 'Contoso', UniqueName: 'org1', OrganizationVersion: '9.2.1', State: 'Enabled' },
          },
        };

  test('says who it is and who we are there (R 13)', async () => {
    await using world = await startEnvironment(answers);
    expect(await world.source.identity(never())).toEqual({
      url: world.server.origin,
      organizationId,
      friendlyName: 'Contoso',
      uniqueName: 'org1',
      version: '9.2.1',
      userId: id,
    });
    expect(world.apiRequests()[1]?.path).toBe(
      "/api/data/v9.2/RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')",
    );
  });

  test.each([
    ['JSON of another service', { body: { hello: 'world' } }],
    ['a 404 page', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('a URL that answers with %s is not a Dataverse environment', async (_, answer) => {
    await using world = await startEnvironment(() => answer);
    expect((await faultOf(world.source.identity(never()))).code).toBe('source/not-dataverse');
  });

  test('gives row counts where it has them, and a refusal is no trouble', async () => {
    const tables = [table, parseTableName('account')];
    await using world = await startEnvironment(() => ({
      body: { EntityRecordCountCollection: { Count: 1, IsReadOnly: false, Keys: ['Account'], Values: ['9000000000'] } },
    }));
    expect(await world.source.estimates(tables, never())).toEqual(new Map([['account', 9_000_000_000]]));
    const asked = decodeURIComponent(world.apiRequests()[0]?.path ?? '');
    expect(asked).toBe('/api/data/v9.2/RetrieveTotalRecordCount(EntityNames=@p1)?@p1=["crate","account"]');
    await using silent = await startEnvironment(() => ({ status: 400, body: {} }));
    expect(await silent.source.estimates(tables, never())).toEqual(new Map());
  });

  test('is asked for row counts in addresses below 32 KB, however many and long the names', async () => {
    const tables = Array.from({ length: 1_000 }, (_, n) => parseTableName(`t${n}_`.padEnd(128, 'x')));
    await using world = await startEnvironment(() => ({
      body: { EntityRecordCountCollection: { Keys: [], Values: [] } },
    }));
    await world.source.estimates(tables, never());
    const lengths = world.apiRequests().map(({ path }) => path.length);
    expect(lengths).toHaveLength(20);
    expect(Math.max(...lengths)).toBeLessThan(32_768);
  });

  test('nothing that a person reads ever holds the secret', async () => {
    await using world = await startEnvironment(() => emptyPage, {
      token: ({ body }) => ({ status: 401, body: { error: 'invalid_client', error_description: body } }),
    });
    const fault = await faultOf(world.source.identity(never()));
    expect(fault.code).toBe('source/sign-in-refused');
    expect(JSON.stringify([fault.message, fault.details])).not.toContain(SECRET);
  });
});
