import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { parseAuthority, parseEnvironmentUrl, pathOfLink } from './environment-url.ts';

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('no fault');
}

describe('the URL a person typed', () => {
  test.each([
    'https://contoso.crm.dynamics.com',
    '  https://contoso.crm.dynamics.com/  ',
    'contoso.crm.dynamics.com',
    'HTTPS://Contoso.CRM.dynamics.com:443/api/data/v9.2/',
    'https://contoso.crm.dynamics.com/api/data/v9.0',
    'https://contoso.crm.dynamics.com/api',
  ])('%s is the environment itself, asked by the Web API 9.2', text => {
    expect(parseEnvironmentUrl(text)).toEqual({
      origin: 'https://contoso.crm.dynamics.com',
      apiPath: '/api/data/v9.2',
    });
  });

  test.each(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080'])(
    'plain http is accepted on loopback: %s',
    text => expect(parseEnvironmentUrl(text).origin).toBe(text),
  );

  test.each([
    ['http://contoso.crm.dynamics.com', 'https is needed'],
    ['http://localhost.evil.example', 'https is needed'],
    ['http://127.0.0.1.evil.example', 'https is needed'],
    ['ftp://contoso.crm.dynamics.com', 'https is needed'],
    ['https://user:pa55@contoso.crm.dynamics.com', 'leave out the user name and password'],
    ['https://contoso.crm.dynamics.com/main.aspx?appid=1', 'leave out everything from ? or # on'],
    ['https://contoso.crm.dynamics.com/main.aspx', 'leave out the path /main.aspx'],
    ['https://', 'this is not a URL'],
    ['', 'this is not a URL'],
  ])('%s is refused with what to change', (text, reason) => {
    const fault = faultOf(() => parseEnvironmentUrl(text));
    expect(fault.code).toBe('input/invalid');
    expect(fault.message).toContain(reason);
    expect(fault.message).not.toContain('pa55');
  });

  test('the authority is over https too, and may stand behind a path', () => {
    expect(parseAuthority('https://login.microsoftonline.us/')).toEqual({
      origin: 'https://login.microsoftonline.us',
      path: '',
    });
    expect(parseAuthority('http://127.0.0.1:8080/sign-in/')).toEqual({
      origin: 'http://127.0.0.1:8080',
      path: '/sign-in',
    });
    expect(faultOf(() => parseAuthority('http://login.microsoftonline.com')).code).toBe('input/invalid');
  });
});

describe('a link in an answer', () => {
  const origin = 'https://org.crm.dynamics.com';

  test('is used character by character, whatever its encoding', () => {
    const path = `/api/data/v9.2/a?$select=b&$skiptoken=%3Ccookie%20page=%222%22%2f<x 'y'>%2F%21!&é`;
    expect(pathOfLink({ link: `${origin}${path}`, origin })).toBe(path);
    expect(pathOfLink({ link: `HTTPS://ORG.crm.dynamics.com:443${path}`, origin })).toBe(path);
    expect(pathOfLink({ link: `${origin}?$deltatoken=1`, origin })).toBe('/?$deltatoken=1');
  });

  test.each([
    'https://org.api.crm.dynamics.com/api/data/v9.2/a?$deltatoken=secret-token',
    'https://evil.example/api?$deltatoken=secret-token',
    'http://org.crm.dynamics.com/api?$deltatoken=secret-token',
    'https://org.crm.dynamics.com:8443/api?$deltatoken=secret-token',
    'https://org.crm.dynamics.com@evil.example/api?$deltatoken=secret-token',
    'https://evil.example\\@org.crm.dynamics.com/api?$deltatoken=secret-token',
    'https://org.crm.dynamics.com\\@evil.example/api?$deltatoken=secret-token',
    'https://user@org.crm.dynamics.com/api?$deltatoken=secret-token',
  ])('to another scheme, host or port is foreign: %s', link => {
    const fault = faultOf(() => pathOfLink({ link, origin }));
    expect(fault.code).toBe('source/foreign-link');
    expect(fault.message).not.toContain('secret-token');
  });

  test.each(['/api/data/v9.2/a', '//evil.example/a', 'a?$skiptoken=1', ''])(
    'that is not absolute is broken: %s',
    link => {
      expect(faultOf(() => pathOfLink({ link, origin })).code).toBe('source/answer-broken');
    },
  );
});
