import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { otherHostCertificate, testCertificate, testKey } from '../../test/kit/fixed-certificates.ts';
import { started, startProxy, startTlsServer } from '../../test/kit/network.ts';
import { fetchOver, networkOf } from './network.ts';
import { readSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'lakelink-network-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const networkWith = (environment: Readonly<Record<string, string>>) => networkOf(readSettings(environment));

describe('the proxy settings', () => {
  test('are those of other programs, lower case before upper, and nothing where they are empty', () => {
    expect(networkWith({})).toEqual({});
    expect(networkWith({ HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2', NO_PROXY: 'c' })).toEqual({
      httpsProxy: 'http://a:1',
      httpProxy: 'http://b:2',
      noProxy: 'c',
    });
    expect(networkWith({ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://d:4', no_proxy: '' })).toEqual({
      httpsProxy: 'http://d:4',
    });
    expect(networkWith({ HTTPS_PROXY: 'http://a:1', https_proxy: '' })).toEqual({});
  });
});

describe('LAKELINK_CA_FILE', () => {
  test('adds its certificates, however many, to those that are trusted anyway', () => {
    const path = fileOf('two.pem', `Ours:\n${testCertificate}\r\n# and\n${otherHostCertificate}`);
    const { ca = [] } = networkWith({ LAKELINK_CA_FILE: path });
    expect(ca.length).toBeGreaterThanOrEqual(rootCertificates.length + 2);
    expect(ca.at(-2)?.trim()).toBe(testCertificate.trim());
    expect(ca.at(-1)?.trim()).toBe(otherHostCertificate.trim());
  });

  test.each([
    ['missing', null, 'cannot be read'],
    ['empty', '', 'no certificate'],
    ['not PEM', 'hello', 'no certificate'],
    ['broken', testCertificate.replace('MII', 'MIA'), 'certificate 1 of 1 is broken'],
    ['cut', testCertificate.slice(0, -40), 'no certificate'],
    ['cut after a whole one', `${testCertificate}${otherHostCertificate.slice(0, -40)}`, 'broken certificate'],
    ['a private key as well', `${testCertificate}${testKey}`, 'something else'],
  ])('that is %s is refused at the start, with its name', (name, text, reason) => {
    const path = text === null ? join(folder, 'nowhere.pem') : fileOf(`${name}.pem`, text);
    expect(() => networkWith({ LAKELINK_CA_FILE: path })).toThrow(
      expect.objectContaining({
        code: 'input/invalid',
        details: { setting: 'LAKELINK_CA_FILE', path, reason: expect.stringContaining(reason) },
      }),
    );
  });
});

describe('fetch over the network', () => {
  test('is the usual one where nothing is set', () => {
    expect(fetchOver({})).toBe(fetch);
  });

  test('trusts the file and goes through the proxy, to both schemes', async () => {
    await using secure = await startTlsServer((_, response) => response.end('secure'));
    await using plain = await started(createServer((_, response) => response.end('plain')));
    await using proxy = await startProxy();
    const network = { ca: [testCertificate], httpsProxy: `http://127.0.0.1:${proxy.port}`, proxyLoopback: true };
    const send = fetchOver(network);
    expect(await (await send(`https://localhost:${secure.port}`)).text()).toBe('secure');
    expect(await (await send(`http://localhost:${plain.port}`)).text()).toBe('plain');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`localhost:${secure.port}`]);
  });
});
