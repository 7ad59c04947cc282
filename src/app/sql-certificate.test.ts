import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificates, type TestCertificates } from '../../test/kit/certificates.ts';
import { FakeClock } from '../../test/kit/clock.ts';
import { silentLog } from './log.ts';
import { isLoopback, openCertificate } from './sql-certificate.ts';

let first: TestCertificates;
let second: TestCertificates;
let folder: string;
let clock: FakeClock;
let warnings: string[];

beforeAll(async () => {
  [first, second] = await Promise.all([makeCertificates(['localhost']), makeCertificates(['localhost'])]);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lakelink-cert-'));
  clock = new FakeClock();
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const certFile = () => join(folder, 'cert.pem');
const keyFile = () => join(folder, 'key.pem');

function write({ certificate, key }: Pick<TestCertificates, 'certificate' | 'key'>): void {
  writeFileSync(certFile(), certificate);
  writeFileSync(keyFile(), key);
}

function open(
  changes: { readonly sqlHost?: string; readonly sqlKeyFile?: string | null; readonly sqlCertFile?: null } = {},
) {
  const settings = { sqlHost: '0.0.0.0', sqlCertFile: certFile(), sqlKeyFile: keyFile(), ...changes };
  return openCertificate(settings, { clock, log: { ...silentLog, warn: sentence => void warnings.push(sentence) } });
}

const refusal = (setting: string, reason: RegExp) =>
  expect.objectContaining({
    code: 'input/invalid',
    details: expect.objectContaining({ setting, reason: expect.stringMatching(reason) }),
  });

describe('the certificate of the SQL endpoint', () => {
  test.each(['0.0.0.0', '::', '10.1.2.3', 'lake.contoso.com', '128.0.0.1'])(
    'nobody listens on %s without one, and the refusal says what to do',
    sqlHost => {
      expect(isLoopback(sqlHost)).toBe(false);
      expect(() => open({ sqlHost, sqlCertFile: null, sqlKeyFile: null })).toThrow(
        refusal('LAKELINK_SQL_HOST', /LAKELINK_SQL_CERT_FILE.*127\.0\.0\.1/),
      );
    },
  );

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('%s needs none: it is this machine', sqlHost => {
    expect(open({ sqlHost, sqlCertFile: null, sqlKeyFile: null })).toBeNull();
  });

  test('half a pair, a missing file, a file that is none and a key of another are refused by name', () => {
    expect(() => open({ sqlKeyFile: null })).toThrow(refusal('LAKELINK_SQL_KEY_FILE', /goes with/));
    expect(() => open({ sqlCertFile: null })).toThrow(refusal('LAKELINK_SQL_CERT_FILE', /goes with/));
    expect(() => open()).toThrow(refusal('LAKELINK_SQL_CERT_FILE', /ENOENT/));
    write({ certificate: 'none', key: first.key });
    expect(() => open()).toThrow(refusal('LAKELINK_SQL_CERT_FILE', /no certificate/));
    write({ certificate: first.certificate, key: second.key });
    expect(() => open()).toThrow(refusal('LAKELINK_SQL_CERT_FILE', /mismatch/));
  });

  test('a renewed pair is in use within a minute, and files are looked at no more often', async () => {
    write(first);
    const files = open();
    const before = files?.current();
    expect(before?.cert).toBe(first.certificate);
    write({ certificate: `${second.certificate}\n`, key: second.key });
    await clock.advance(59_000);
    expect(files?.current()).toBe(before);
    await clock.advance(1_000);
    expect(files?.current()).toEqual({ cert: `${second.certificate}\n`, key: second.key });
  });

  test('a pair that is half renewed leaves the old one in use until the other half is there', async () => {
    write(first);
    const files = open();
    write({ certificate: `${second.certificate}\n`, key: first.key });
    await clock.advance(60_000);
    expect(files?.current().cert).toBe(first.certificate);
    expect(warnings).toEqual(['sql certificate cannot be read; the one before stays in use']);
    write({ certificate: `${second.certificate}\n`, key: second.key });
    await clock.advance(60_000);
    expect(files?.current().key).toBe(second.key);
  });
});
