import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createNetServer } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { settle } from '../../test/kit/clock.ts';
import { expiredCertificate, otherHostCertificate, testCertificate } from '../../test/kit/fixed-certificates.ts';
import { started, startProxy, startTlsServer } from '../../test/kit/network.ts';
import { Fault } from '../core/fault.ts';
import { type Exchange, type NetworkOptions, readBytes, type Timeouts, Transport, usualTimeouts } from './transport.ts';

const ca = [testCertificate, otherHostCertificate, expiredCertificate];
const hello: RequestListener = (_, response) => response.end('hello');

function open(origin: string, network: NetworkOptions = { ca }, timeouts: Partial<Timeouts> = {}): Transport {
  return new Transport({ origin, network, timeouts: { ...usualTimeouts, ...timeouts } });
}

async function ask(transport: Transport, exchange: Partial<Exchange> = {}): Promise<string> {
  const { signal } = new AbortController();
  const answer = await transport.send({ method: 'GET', path: '/page', headers: {}, signal, ...exchange });
  return new TextDecoder().decode(await readBytes(answer.body, { maxBytes: 1_000_000 }));
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  const thrown: unknown = await promise.then(
    () => new Error('it succeeded'),
    (error: unknown) => error,
  );
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

/** The fault and all its causes, as a log would show them at most. */
function wholeText(fault: Fault): string {
  const texts: string[] = [];
  for (let error: unknown = fault; error instanceof Error; error = error.cause) {
    texts.push(error.message, JSON.stringify(error));
  }
  return texts.join('\n');
}

describe('a secure connection', () => {
  test('trusts the certificates that were given', async () => {
    await using server = await startTlsServer(hello);
    await using transport = open(`https://localhost:${server.port}`);
    expect(await ask(transport)).toBe('hello');
  });

  test.each([
    ['self-signed', testCertificate, {}, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['for another host', otherHostCertificate, { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['has expired', expiredCertificate, { ca }, 'CERT_HAS_EXPIRED'],
  ])(
    'to a certificate that is %s is refused before a byte is sent, and the fault says so',
    async (words, cert, network, code) => {
      let requests = 0;
      await using server = await startTlsServer(() => (requests += 1), { cert });
      await using transport = open(`https://localhost:${server.port}`, network);
      const fault = await faultOf(ask(transport));
      expect(fault.code).toBe('source/certificate');
      expect(fault.message).toContain(words);
      expect(fault.message).toContain(code);
      expect(fault.entry.remedy).toContain('LAKELINK_CA_FILE');
      expect(requests).toBe(0);
    },
  );

  test('is of TLS 1.2 at least', async () => {
    // Such an old protocol is only to be had at OpenSSL's lowest security level.
    await using old = await startTlsServer(hello, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await using transport = open(`https://localhost:${old.port}`);
    const fault = await faultOf(ask(transport));
    expect(fault.code).toBe('source/certificate');
    expect(fault.message).toContain('no TLS 1.2');
    await using newer = await startTlsServer(hello, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    await using second = open(`https://localhost:${newer.port}`);
    expect(await ask(second)).toBe('hello');
  });

  test('to something that speaks no TLS is no secure connection', async () => {
    await using server = await started(createHttpServer(hello));
    await using transport = open(`https://localhost:${server.port}`);
    expect((await faultOf(ask(transport))).code).toBe('source/certificate');
  });
});

describe('through a proxy', () => {
  test.each([false, true])(
    'only host and port are shown to it, with its user and password (proxy over TLS: %s)',
    async isTls => {
      await using server = await startTlsServer((request, response) => response.end(request.headers.authorization));
      await using proxy = await startProxy({ isTls });
      const httpsProxy = `${isTls ? 'https' : 'http'}://alice:p%40ss@localhost:${proxy.port}`;
      await using transport = open(`https://localhost:${server.port}`, { ca, httpsProxy, proxyLoopback: true });
      expect(await ask(transport, { headers: { authorization: 'Bearer secret' } })).toBe('Bearer secret');
      await settle();
      expect(await ask(transport)).toBe('');
      expect(proxy.asked).toHaveLength(1);
      expect(proxy.asked[0]).toMatchObject({
        target: `localhost:${server.port}`,
        headers: { host: `localhost:${server.port}`, 'proxy-authorization': `Basic ${btoa('alice:p@ss')}` },
      });
      expect(proxy.passed().length).toBeGreaterThan(0);
      expect(proxy.passed().includes('secret')).toBe(false);
    },
  );

  test('what is wrong with the certificate behind it is told as without it', async () => {
    await using server = await startTlsServer(hello, { cert: expiredCertificate });
    await using proxy = await startProxy();
    const httpsProxy = `http://127.0.0.1:${proxy.port}`;
    await using transport = open(`https://localhost:${server.port}`, { ca, httpsProxy, proxyLoopback: true });
    const fault = await faultOf(ask(transport));
    expect(fault.code).toBe('source/certificate');
    expect(fault.message).toContain('has expired');
  });

  test.each([
    [407, 'source/proxy', 'user name and password'],
    [403, 'source/proxy', 'refuses this host'],
    [502, 'source/unreachable', 'the proxy answered 502'],
    [0, 'source/unreachable', 'the proxy cannot be reached'],
  ] as const)('that answers %i is %s, names the proxy, and never its password', async (status, code, words) => {
    await using server = await startTlsServer(hello);
    await using proxy = await startProxy({ status });
    const httpsProxy = `http://alice:hush-hush@127.0.0.1:${proxy.port}`;
    const network = { ca, httpsProxy, proxyLoopback: true };
    await using transport = open(`https://localhost:${server.port}`, network, { connectMs: 200 });
    const fault = await faultOf(ask(transport));
    expect(fault).toMatchObject({ code, details: { proxy: `127.0.0.1:${proxy.port}` } });
    expect(fault.message).toContain(words);
    expect(wholeText(fault)).not.toMatch(/hush|alice|Basic|YWxpY2/);
    expect(server.connections).toBe(0);
  });

  test('that is not there is named', async () => {
    const gone = await startProxy();
    await gone[Symbol.asyncDispose]();
    const network = { ca, httpsProxy: `127.0.0.1:${gone.port}`, proxyLoopback: true };
    await using transport = open('https://localhost:1', network);
    const fault = await faultOf(ask(transport));
    expect(fault).toMatchObject({ code: 'source/unreachable', details: { proxy: `127.0.0.1:${gone.port}` } });
    expect(fault.message).toContain('nobody listens there (ECONNREFUSED)');
  });

  test('with a certificate of its own that is not trusted is told apart from the environment', async () => {
    await using proxy = await startProxy({ isTls: true });
    const network = { httpsProxy: `https://localhost:${proxy.port}`, proxyLoopback: true };
    await using transport = open('https://localhost:1', network);
    expect(await faultOf(ask(transport))).toMatchObject({
      code: 'source/certificate',
      details: { proxy: `localhost:${proxy.port}` },
    });
  });

  test('loopback does not go unless told', async () => {
    await using server = await startTlsServer(hello);
    await using proxy = await startProxy();
    const httpsProxy = `http://127.0.0.1:${proxy.port}`;
    await using transport = open(`https://localhost:${server.port}`, { ca, httpsProxy });
    expect(await ask(transport)).toBe('hello');
    expect(proxy.connections).toBe(0);
  });
});

describe.each(['plain', 'over TLS', 'through a proxy'])('the time limits, %s', way => {
  /** Asks a server by this way, with short limits. */
  async function within(listener: RequestListener, timeouts: Partial<Timeouts>): Promise<Fault> {
    await using server = way === 'plain' ? await started(createHttpServer(listener)) : await startTlsServer(listener);
    await using proxy = await startProxy();
    const throughProxy = { httpsProxy: `http://127.0.0.1:${proxy.port}`, proxyLoopback: true };
    const network = { ca, ...(way === 'through a proxy' ? throughProxy : {}) };
    await using transport = open(`${way === 'plain' ? 'http' : 'https'}://localhost:${server.port}`, network, timeouts);
    const fault = await faultOf(ask(transport));
    expect(proxy.connections).toBe(way === 'through a proxy' ? 1 : 0);
    return fault;
  }

  test('end an exchange whose headers never come', async () => {
    const fault = await within(() => undefined, { headersMs: 100 });
    expect(fault).toMatchObject({ code: 'source/timeout', details: { reason: 'no headers in time' } });
  });

  test('end an exchange whose body stops coming', async () => {
    const fault = await within((_, response) => void response.write('['), { bodyMs: 100 });
    expect(fault).toMatchObject({ code: 'source/timeout', details: { reason: 'no body in time' } });
  });

  test('end an exchange that drips for ever below the limit of the body', async () => {
    let drip: NodeJS.Timeout | undefined;
    const dripping: RequestListener = (_, response) => {
      drip = setInterval(() => response.write(' '), 20);
    };
    const fault = await within(dripping, { bodyMs: 10_000, wholeMs: 200 });
    clearInterval(drip);
    expect(fault).toMatchObject({ code: 'source/timeout', details: { reason: 'the whole exchange took too long' } });
  });
});

test('a host that takes the connection and never answers the handshake is given up in time', async () => {
  await using silent = await started(createNetServer());
  await using transport = open(`https://localhost:${silent.port}`, { ca }, { connectMs: 150 });
  expect(await faultOf(ask(transport))).toMatchObject({ code: 'source/unreachable' });
});

test('a host name that is not there is said to be unknown, as after renaming an environment', async () => {
  await using transport = open('https://environment.invalid');
  const fault = await faultOf(ask(transport));
  expect(fault.code).toBe('source/unreachable');
  expect(fault.message).toMatch(/ENOTFOUND|EAI_AGAIN/);
});

describe('a kept connection that the server closes while a request is on its way', () => {
  /** Each connection answers once; its second request is met by a closed door. */
  const once: RequestListener = (request, response) => {
    const socket = request.socket as typeof request.socket & { wasUsed?: boolean };
    if (socket.wasUsed === true) socket.destroy();
    else response.end(request.method);
    socket.wasUsed = true;
  };

  test.each([
    ['a GET', {}],
    ['a POST of reads', { method: 'POST', body: 'batch', repeatable: true }],
  ] as const)('is no trouble for %s: it is sent once more', async (_, exchange) => {
    await using server = await startTlsServer(once);
    await using transport = open(`https://localhost:${server.port}`);
    await ask(transport);
    // A request sent in the same moment would open a second connection.
    await settle();
    expect(await ask(transport, exchange)).toBe('method' in exchange ? 'POST' : 'GET');
    expect(server.connections).toBe(2);
  });

  test('fails a POST that may have changed something', async () => {
    await using server = await startTlsServer(once);
    await using transport = open(`https://localhost:${server.port}`);
    await ask(transport);
    await settle();
    expect((await faultOf(ask(transport, { method: 'POST', body: 'x' }))).code).toBe('source/unreachable');
  });
});

describe('a body', () => {
  const coded =
    (encoding: string, bytes: Uint8Array): RequestListener =>
    (_, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(bytes);
    };

  test.each([
    ['gzip', gzipSync('{"value":[]}')],
    ['br', brotliCompressSync('{"value":[]}')],
  ])('comes decoded from %s', async (encoding, bytes) => {
    await using server = await started(createHttpServer(coded(encoding, bytes)));
    await using transport = open(`http://localhost:${server.port}`);
    expect(await ask(transport)).toBe('{"value":[]}');
  });

  test.each([
    ['gzip', gzipSync('x'.repeat(1_000)).subarray(0, 20)],
    ['br', brotliCompressSync(Buffer.from('x'.repeat(1_000))).subarray(0, 8)],
  ])('of %s that was cut, under a Content-Length that fits, is a broken answer', async (encoding, bytes) => {
    await using server = await started(createHttpServer(coded(encoding, bytes)));
    await using transport = open(`http://localhost:${server.port}`);
    expect((await faultOf(ask(transport))).code).toBe('source/answer-broken');
  });

  test('that is longer than its Content-Length ends where that says, and spoils no other answer', async () => {
    const text = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more';
    await using server = await started(createNetServer(socket => void socket.once('data', () => socket.write(text))));
    await using transport = open(`http://localhost:${server.port}`);
    expect(await ask(transport)).toBe('hello');
    expect(await ask(transport)).toBe('hello');
  });

  test('read, left, broken or never looked at: the end of the exchange is told', async () => {
    await using server = await started(
      createHttpServer((request, response) => {
        response.write('x'.repeat(100_000));
        if (request.url === '/whole') response.end();
        if (request.url === '/broken') setImmediate(() => response.destroy());
      }),
    );
    await using transport = open(`http://localhost:${server.port}`, {}, { wholeMs: 200 });
    const ended: string[] = [];
    const send = async (path: string) => {
      const { signal } = new AbortController();
      return await transport.send({ method: 'GET', path, headers: {}, signal, onEnd: () => ended.push(path) });
    };
    await readBytes((await send('/whole')).body, { maxBytes: 1_000_000 });
    for await (const _ of (await send('/left')).body) break;
    await faultOf(readBytes((await send('/broken')).body, { maxBytes: 1_000_000 }));
    await send('/unread');
    await expect.poll(() => new Set(ended)).toEqual(new Set(['/whole', '/left', '/broken', '/unread']));
  });
});
