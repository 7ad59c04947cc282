import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseProxy, proxyFor } from './proxy.ts';

const httpsProxy = 'http://secure.proxy:3128';
const httpProxy = 'http://plain.proxy:8080';
const environment = 'https://contoso.crm.dynamics.com';

describe('the proxy of an address', () => {
  test('is HTTPS_PROXY for https, HTTP_PROXY otherwise and where there is no other; none: directly', () => {
    expect(proxyFor(environment, { httpsProxy, httpProxy })?.shown).toBe('secure.proxy:3128');
    expect(proxyFor(environment, { httpProxy })?.shown).toBe('plain.proxy:8080');
    expect(proxyFor('http://contoso.example', { httpsProxy, httpProxy })?.shown).toBe('plain.proxy:8080');
    expect(proxyFor('http://contoso.example', { httpsProxy })).toBeNull();
    expect(proxyFor(environment, {})).toBeNull();
    expect(proxyFor(environment, { httpsProxy: '' })).toBeNull();
  });

  test.each([
    ['*', true],
    ['contoso.crm.dynamics.com', true],
    ['CONTOSO.crm.dynamics.com', true],
    ['dynamics.com', true],
    ['.dynamics.com', true],
    ['*.dynamics.com', true],
    ['other.example, dynamics.com', true],
    ['other.example dynamics.com:443', true],
    ['dynamics.com:8443', false],
    ['soft.com', false],
    ['ynamics.com', false],
    ['crm4.dynamics.com', false],
    [' , ', false],
  ])('is none where NO_PROXY is %j: %s', (noProxy, isExempt) => {
    expect(proxyFor(environment, { httpsProxy, noProxy }) === null).toBe(isExempt);
  });

  test('is none for an address that NO_PROXY names, of either version', () => {
    expect(proxyFor('https://10.1.2.3', { httpsProxy, noProxy: '10.1.2.3' })).toBeNull();
    expect(proxyFor('https://[2001:db8::1]', { httpsProxy, noProxy: '2001:db8::1' })).toBeNull();
    expect(proxyFor('https://[2001:db8::1]', { httpsProxy, noProxy: '[2001:db8::1]' })).toBeNull();
    expect(proxyFor('https://[2001:db8::1]:8443', { httpsProxy, noProxy: '[2001:db8::1]:8443' })).toBeNull();
    expect(proxyFor('https://[2001:db8::2]', { httpsProxy, noProxy: '2001:db8::1' })).not.toBeNull();
  });

  test.each(['http://localhost:1', 'http://127.0.0.1:1', 'https://127.9.9.9', 'http://[::1]:1'])(
    'is none for %s unless told',
    origin => {
      expect(proxyFor(origin, { httpsProxy, httpProxy })).toBeNull();
      expect(proxyFor(origin, { httpsProxy, httpProxy, proxyLoopback: true })).not.toBeNull();
    },
  );
});

describe('a proxy', () => {
  test('is written with or without scheme and port, user and password encoded or not', () => {
    expect(parseProxy('proxy.example:3128')).toEqual({
      protocol: 'http:',
      hostname: 'proxy.example',
      port: '3128',
      shown: 'proxy.example:3128',
      authorization: null,
    });
    expect(parseProxy('https://proxy.example')).toMatchObject({ protocol: 'https:', shown: 'proxy.example:443' });
    expect(parseProxy('http://a%3Ab:c%40d@proxy.example').authorization).toBe(`Basic ${btoa('a:b:c@d')}`);
    expect(parseProxy('http://only-user@proxy.example').authorization).toBe(`Basic ${btoa('only-user:')}`);
    expect(parseProxy('http://user:100%@proxy.example').authorization).toBe(`Basic ${btoa('user:100%')}`);
  });

  test.each(['socks5://user:hush@proxy.example', 'http://user:hush@', 'http://us er:hush@pro xy'])(
    'that is none is refused without showing it: %s',
    text => {
      let thrown: unknown;
      try {
        parseProxy(text);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(Fault);
      expect(thrown).toMatchObject({ code: 'input/invalid' });
      expect(`${thrown}`).not.toContain('hush');
    },
  );
});
