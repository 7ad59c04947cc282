import { describe, expect, test } from 'vitest';
import type { Fault } from '../core/fault.ts';
import { faultOfRefusal, retryAfterMs } from './refusal.ts';

const NOW_MS = Date.UTC(2026, 0, 1, 12);
const PATH = '/api/data/v9.2/crates?$deltatoken=919042%2108%2f22%2f2017';

interface Given {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly table?: string | null;
  readonly path?: string;
}

function fault({ status, body = '', headers = {}, table = 'crate', path = PATH }: Given): Fault {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const asked = { origin: 'https://org', path };
  return faultOfRefusal({
    refusal: { status, header: name => headers[name] ?? null, text },
    asked: table === null ? asked : { ...asked, table },
    nowMs: NOW_MS,
  });
}

const error = (code: string, message = 'Words that change with the language.') => ({ error: { code, message } });

describe('what a refusal means', () => {
  test.each([
    ['an expired delta token, whatever the status', { status: 400, body: error('0x80044352') }, 'source/token-expired'],
    ['an expired delta token as a decimal code', { status: 500, body: error('-2147204270') }, 'source/token-expired'],
    ['a delta link that is gone', { status: 410 }, 'source/token-expired'],
    ['a missing privilege', { status: 403, body: error('0x80040220') }, 'source/forbidden'],
    ['a missing privilege as the access check says it', { status: 403, body: error('0x80048306') }, 'source/forbidden'],
    ['a denied access', { status: 403, body: error('0x80048405') }, 'source/forbidden'],
    ['an address outside of the IP firewall', { status: 403, body: error('0x80095ffe') }, 'source/blocked'],
    ['an application that is not among those let in', { status: 403, body: error('0x80095FFC') }, 'source/blocked'],
    ['a gateway that forbids', { status: 403, body: '<html>Access Denied</html>' }, 'source/blocked'],
    ['a gateway that forbids without a word', { status: 403 }, 'source/blocked'],
    ['an unknown reason to forbid', { status: 403, body: error('0x80040203') }, 'source/refused'],
    ['administration mode', { status: 403, body: error('0x8004a104') }, 'source/disabled'],
    ['a disabled environment, under any status', { status: 500, body: error('-2147180284') }, 'source/disabled'],
    ['an expired token', { status: 401, body: error('0x8005F101') }, 'source/token-rejected'],
    ['a proxy that wants a password', { status: 407 }, 'source/proxy'],
    ['an address that is too long', { status: 414 }, 'source/refused'],
    ['a failed precondition', { status: 412, body: error('0x80060882') }, 'source/refused'],
    ['a request that is too large', { status: 413 }, 'source/refused'],
    ['a gateway without an environment behind it', { status: 502, body: '<html>' }, 'source/unavailable'],
    ['a user without roles', { status: 403, body: error('0x80042F09') }, 'source/forbidden'],
    ['an application that is no user there', { status: 403, body: error('0x80072560') }, 'source/token-rejected'],
    ['a token refused again', { status: 401 }, 'source/token-rejected'],
    ['an unknown entity set', { status: 404, body: error('0x8006088a') }, 'source/table-unknown'],
    ['a page that is no API', { status: 404, body: '<html>Not here</html>' }, 'source/not-dataverse'],
    ['no such function', { status: 404, body: error('0x8006088a'), table: null }, 'source/not-dataverse'],
    ['too many requests', { status: 429, body: error('0x80072322') }, 'source/throttled'],
    ['too much execution time', { status: 429, body: error('0x80072321') }, 'source/throttled'],
    ['too many at once, under another status', { status: 503, body: error('0x80072326') }, 'source/throttled'],
    ['a throttle without a body', { status: 429 }, 'source/throttled'],
    ['a maintenance page', { status: 503, body: '<html>Back soon</html>' }, 'source/unavailable'],
    ['a gateway that gave up', { status: 504 }, 'source/unavailable'],
    ['an SQL timeout', { status: 400, body: error('0x80044151') }, 'source/unavailable'],
    ['an unexpected error', { status: 500, body: error('0x80040216') }, 'source/unavailable'],
    ['a bad request', { status: 400, body: error('0x80060888') }, 'source/refused'],
    ['an error without a code', { status: 400, body: error('') }, 'source/refused'],
    ['an empty body', { status: 400 }, 'source/refused'],
    ['a broken body', { status: 400, body: '{"error":{"code":"0x8004' }, 'source/refused'],
    ['a body that is no error', { status: 400, body: '[1]' }, 'source/refused'],
    ['not implemented', { status: 501 }, 'source/refused'],
    [
      'a redirect to elsewhere',
      { status: 302, headers: { location: 'https://login.example/x' } },
      'source/foreign-link',
    ],
    ['a success without content', { status: 204 }, 'source/answer-broken'],
    ['a redirect without an aim', { status: 302 }, 'source/not-dataverse'],
  ] as const)('%s', (_, given, code) => {
    expect(fault(given).code).toBe(code);
  });

  test('the text names the place, the code and the request id, and holds no query and no token', () => {
    const message = 'Invalid token 919042!08/22/2017 (919042%2108%2f22%2f2017)\r\n for crate';
    const found = fault({
      status: 400,
      body: error('0x80040203', message),
      headers: { 'x-ms-service-request-id': 'request-77' },
    });
    expect(found.details).toEqual({
      table: 'crate',
      url: 'https://org/api/data/v9.2/crates',
      status: 400,
      code: '0x80040203',
      reason: 'Invalid token ... (...) for crate',
      requestId: 'request-77',
      host: undefined,
      waitMs: null,
    });
    expect(found.message).not.toContain('919042');
  });

  test('a page for an address beyond what web servers take is about the address, not about the environment', () => {
    const path = `/api/data/v9.2/crates?$select=${'a'.repeat(20_000)}`;
    const found = fault({ status: 404, body: '<html>Not here</html>', path });
    expect(found.code).toBe('source/refused');
    expect(found.details.reason).toContain(`${path.length} characters`);
    expect(found.message).not.toContain('aaaa');
    expect(fault({ status: 404, body: error('0x8006088a'), path }).code).toBe('source/table-unknown');
  });

  test('a long message is cut', () => {
    const found = fault({ status: 400, body: error('0x80040203', 'x'.repeat(5_000)) });
    expect(String(found.details.reason)).toHaveLength(300);
  });
});

describe('Retry-After', () => {
  const waitOf = (headers: Readonly<Record<string, string>>) =>
    retryAfterMs({ header: name => headers[name] ?? null }, NOW_MS);

  test('is seconds, or a date held against the date of the answer, or else our own', () => {
    expect(waitOf({ 'retry-after': '17' })).toBe(17_000);
    expect(waitOf({ 'retry-after': '0.5' })).toBe(500);
    expect(waitOf({ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' })).toBe(30_000);
    const theirs = { 'retry-after': 'Thu, 01 Jan 2026 12:10:30 GMT', date: 'Thu, 01 Jan 2026 12:10:00 GMT' };
    expect(waitOf(theirs)).toBe(30_000);
  });

  test('of zero, less, or a time past is none, so that nobody asks in a busy loop', () => {
    expect(waitOf({ 'retry-after': '0' })).toBeNull();
    expect(waitOf({ 'retry-after': '-5' })).toBeNull();
    expect(waitOf({ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' })).toBeNull();
  });

  test('of hours is a quarter of one', () => {
    expect(waitOf({ 'retry-after': '36000' })).toBe(900_000);
    expect(waitOf({ 'retry-after': 'Fri, 02 Jan 2026 12:00:00 GMT' })).toBe(900_000);
    expect(waitOf({ 'retry-after': '9'.repeat(400) })).toBe(900_000);
  });

  test('is nothing when it is missing or makes no sense', () => {
    expect(waitOf({})).toBeNull();
    expect(waitOf({ 'retry-after': '' })).toBeNull();
    expect(waitOf({ 'retry-after': 'soon' })).toBeNull();
    expect(waitOf({ 'retry-after': '1.2.3' })).toBeNull();
  });
});
