import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { readSettings, settingTable } from './settings.ts';

describe('settings', () => {
  test('an empty environment gives every setting its default', () => {
    const settings = readSettings({});
    expect(settings.home).toBe(resolve('.lakelink'));
    expect(settings.linksMax).toBe(limits.linksPerEnvironment);
    expect(settings.secretKey).toBeNull();
    expect(settings.engineThreads).toBeGreaterThan(0);
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test.each([
    ['LAKELINK_PORT', '70000'],
    ['LAKELINK_LINKS_MAX', '0'],
    ['LAKELINK_POLL_SECONDS', 'often'],
    ['LAKELINK_LOG_LEVEL', 'loud'],
    ['LAKELINK_ENGINE_MEMORY_MB', '1'],
    ['LAKELINK_HOME', ' '],
    ['LAKELINK_SQL_PORT', 'on'],
    ['LAKELINK_SQL_PORT', '65536'],
    ['LAKELINK_SQL_HOST', 'a b'],
    ['LAKELINK_SQL_CONNECTIONS', '0'],
    ['LAKELINK_SQL_ROWS', '-1'],
  ])('%s=%s is refused and the setting is named', (name, text) => {
    expect(() => readSettings({ [name]: text })).toThrow(
      expect.objectContaining({ code: 'input/invalid', details: expect.objectContaining({ setting: name }) }),
    );
  });

  test('a home may be named from the home folder of the user', () => {
    expect(readSettings({ LAKELINK_HOME: '~/lakes' }).home).toBe(join(homedir(), 'lakes'));
  });

  test('a value that is set is used', () => {
    expect(readSettings({ LAKELINK_POLL_SECONDS: '0.5', LAKELINK_LINKS_MAX: '2' })).toMatchObject({
      pollSeconds: 0.5,
      linksMax: 2,
    });
  });

  test('the SQL endpoint is on this machine alone unless told, and can be off', () => {
    expect(readSettings({})).toMatchObject({ sqlPort: 5_433, sqlHost: '127.0.0.1', sqlCertFile: null });
    expect(readSettings({ LAKELINK_SQL_PORT: 'off' }).sqlPort).toBeNull();
    expect(readSettings({ LAKELINK_SQL_PORT: '0', LAKELINK_SQL_HOST: '::' })).toMatchObject({
      sqlPort: 0,
      sqlHost: '::',
    });
  });

  test('what the table says holds when nothing is set is what holds', () => {
    const given = Object.fromEntries(
      Object.values(settingTable).flatMap(({ env, initial }) => (initial === null ? [] : [[env, initial]])),
    );
    expect(readSettings(given)).toEqual(readSettings({}));
  });

  test('every setting has its own name and a sentence', () => {
    const all = Object.values(settingTable);
    expect(new Set(all.map(setting => setting.env)).size).toBe(all.length);
    for (const setting of all) expect(setting.about).toMatch(/^[A-Z].*\.$/s);
  });
});
