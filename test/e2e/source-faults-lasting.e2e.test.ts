import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseTableName } from '../../src/core/names.ts';
import { standardApplication } from '../../src/sandbox/applications.ts';
import {
  calm,
  contactId,
  FaultBench,
  type FaultWorld,
  type FaultWorldOptions,
  ROWS,
  troubled,
} from '../kit/fault-world.ts';
import { differences } from '../kit/world.ts';

let bench: FaultBench;
let world: FaultWorld | null = null;

beforeAll(async () => {
  bench = await FaultBench.open();
});

afterEach(async () => {
  await world?.close();
  world = null;
});

afterAll(() => bench?.close());

const PAGES = '^GET /contacts\\b';

async function open(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  world = await bench.world(options);
  return world;
}

/** A world that was read once. */
async function synced(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  const opened = await open(options);
  await opened.start();
  await opened.caughtUp();
  return opened;
}

async function clean(opened: FaultWorld): Promise<void> {
  await opened.caughtUp();
  expect(differences(await opened.verify())).toEqual([]);
}

/** The rows the lake shows, whatever the environment says. */
const liveRows = (opened: FaultWorld) => opened.status().count;

describe('an environment that asks for patience (R 24)', () => {
  test.each(['requests', 'time', 'concurrency'] as const)(
    '429 for %s, over and over: nothing is asked before its time, and then everything is there',
    async limit => {
      const opened = await synced();
      await opened.script({ match: PAGES, do: 'throttle', limit, retryAfterSeconds: 1, times: 4 });
      opened.change(3);
      await opened.until('it was throttled four times', () => opened.played('throttle') >= 4);
      await clean(opened);
      const asked = opened.sandbox.requestLog.entries().filter(({ table }) => table === troubled);
      const first = asked.findIndex(({ fault }) => fault === 'throttle');
      for (const [index, { fault, time }] of asked.entries()) {
        const next = asked[index + 1];
        if (index < first || fault !== 'throttle' || next === undefined) continue;
        expect(Date.parse(next.time) - Date.parse(time)).toBeGreaterThan(900);
      }
    },
  );
});

describe('rights', () => {
  test('403 for a while pauses the table with what to do; the other one goes on (I-8)', async () => {
    const opened = await synced();
    await opened.script({ match: PAGES, do: 'forbidden' });
    opened.change(3);
    const { error } = await opened.pausedFor('source/forbidden');
    expect(error?.remedy).toMatch(/Read at organization level/);
    await opened.caughtUp([calm]);
    await opened.script();
    await clean(opened);
  });

  test.each(['in a delta', 'in a full read'] as const)(
    'a role cut down to its business unit, noticed %s, deletes nothing: the table pauses (I-6, I-8)',
    async where => {
      const opened = await synced();
      const elsewhere = '00000000-0000-4000-8000-00000000b0b0';
      await opened.lever('applications', {
        clientId: standardApplication.clientId,
        readLevels: { [troubled]: 'business-unit' },
        businessUnitId: elsewhere,
      });
      if (where === 'in a full read') await opened.lever('expire-delta-tokens', { table: troubled });
      opened.change(3);
      const { error } = await opened.pausedFor('source/forbidden');
      expect(error?.remedy).toMatch(/organization level/);
      await opened.caughtUp([calm]);
      expect(liveRows(opened)).toBe(ROWS);
      await opened.lever('applications', { clientId: standardApplication.clientId, readLevels: {} });
      await clean(opened);
    },
  );
});

describe('links', () => {
  test('a nextLink to another host gets no token: the table pauses, and goes on by itself when links are right again (R 24)', async () => {
    const asked: IncomingHttpHeaders[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(request.headers);
      response.end('{"value":[]}');
    });
    await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve));
    try {
      const opened = await open();
      const host = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
      await opened.script({ match: PAGES, skip: 1, times: 1, do: 'foreign-link', host });
      await opened.start();
      const { error } = await opened.pausedFor('source/foreign-link');
      expect(error?.remedy).toMatch(/environment URL/);
      await opened.caughtUp([calm]);
      expect(asked).toEqual([]);
      await clean(opened);
    } finally {
      elsewhere.close();
    }
  });

  test.each(['full', 'narrow', 'delta'] as const)(
    'pages of a %s read that lead to each other in a circle end in a fault or go on, never for ever',
    async read => {
      const skip = { full: 1, narrow: 1, delta: 0 }[read];
      const match = { full: '^GET /contacts(\\?\\$skiptoken|$)', narrow: '\\$select=contactid,', delta: PAGES }[read];
      const opened = await open();
      const script = { match, skip, times: 2, do: 'repeat-cookie', cycle: 2 } as const;
      if (read !== 'delta') await opened.script(script);
      await opened.start();
      opened.change(3);
      await opened.caughtUp();
      if (read === 'delta') await opened.script(script);
      for (let number = 10; number < 100; number += 3) opened.change(number);
      await clean(opened);
      expect(opened.played('repeat-cookie')).toBeGreaterThan(0);
    },
  );
});

describe('change tokens', () => {
  test('an expired token: a new full read, and what changed and went in the gap is right (I-6)', async () => {
    const opened = await synced();
    // A question for many tables may meet it first, and then each asks for itself.
    await opened.script({ match: PAGES, do: 'expired-delta-token', times: 2 });
    opened.change(3);
    await opened.until('it is noticed', () => opened.met('source/token-expired'));
    await clean(opened);
  });

  test('tokens that a change of the definition ends: a new full read with the new column (I-6)', async () => {
    const opened = await synced({ sandbox: { metadataChangeExpiresTokens: true } });
    const [column] =
      opened.database.table(troubled)?.columns.filter(({ logicalName }) => logicalName === 'websiteurl') ?? [];
    if (column === undefined) throw new Error('no such column');
    const metadataId = '0d3f1c52-7a0b-4c43-9d0e-5a8f0a4d7e12';
    opened.database.addColumn(troubled, { ...column, logicalName: 'lake_motto', schemaName: 'lake_Motto', metadataId });
    await opened.lever('expire-delta-tokens', { table: troubled });
    opened.change(3);
    opened.database.patch(troubled, contactId(8), { lake_motto: 'festina lente' });
    await opened.until('it is noticed', () => opened.met('source/token-expired'));
    await clean(opened);
  });

  test.each(['first-page', 'last-page'] as const)(
    'minted at the %s: rows changed, made and removed in the middle of the read arrive (I-6)',
    async deltaTokenMintedAt => {
      const opened = await open({ sandbox: { deltaTokenMintedAt } });
      await opened.script({ match: PAGES, do: 'slow', ms: 120, times: 5 });
      await opened.start();
      await opened.until('pages were read', () => opened.played('slow') >= 2);
      for (const number of [1, 40, 60, 120, 180, 222]) opened.change(number);
      opened.database.put(troubled, [{ contactid: contactId(0), lastname: 'changed behind the reader' }]);
      await clean(opened);
      expect(liveRows(opened)).toBe(opened.database.count(troubled));
    },
  );

  test('last pages that carry no token when annotations are asked for, with changes at every moment (I-2)', async () => {
    const opened = await synced({ sandbox: { deltaLinkWithAnnotations: 'missing' } });
    for (let number = 0; number < 60; number += 3) {
      opened.change(number);
      await opened.until('a moment', () => opened.status().lastPolledOn !== null);
    }
    await clean(opened);
  });
});

describe('rows that a page does not show', () => {
  test('a row that slips between two pages of a full read is there, and none is deleted for it (I-6)', async () => {
    const opened = await open();
    await opened.script({ match: PAGES, skip: 1, times: 3, do: 'shift-page' });
    await opened.start();
    await clean(opened);
    expect(opened.played('shift-page')).toBe(3);
    await opened.script({ match: 'select=contactid', times: 2, do: 'shift-page' });
    await opened.lever('expire-delta-tokens', { table: troubled });
    opened.change(3);
    await opened.until('it is read again', () => opened.played('shift-page') === 5);
    await clean(opened);
  });

  test('pages that are counted, while rows before them go (I-6)', async () => {
    const opened = await open({ sandbox: { pages: 'offset' } });
    await opened.script({ match: PAGES, do: 'slow', ms: 120, times: 5 });
    await opened.start();
    await opened.until('pages were read', () => opened.played('slow') >= 2);
    for (let number = 0; number < 30; number += 2) opened.database.remove(troubled, contactId(number));
    await clean(opened);
  });
});

describe('the environment itself', () => {
  test('in administration mode everything pauses with what to do, and goes on after it', async () => {
    const opened = await synced();
    await opened.lever('admin-mode', { on: true });
    opened.change(3);
    expect((await opened.pausedFor('source/disabled')).error?.remedy).not.toBeNull();
    await opened.lever('admin-mode', { on: false });
    await clean(opened);
  });

  test('renamed, its old address is no environment any more: a pause until it is back, not a deletion', async () => {
    const opened = await synced();
    const before = opened.sandbox.url;
    await opened.lever('rename', { url: before.replace('127.0.0.1', 'localhost') });
    const { error } = await opened.pausedFor('source/not-dataverse');
    expect(error?.remedy).toMatch(/environment URL/);
    expect(liveRows(opened)).toBe(ROWS);
    opened.change(3);
    await opened.lever('rename', { url: before });
    await clean(opened);
  });

  test('another organization at its address pauses every table (I-9)', async () => {
    const opened = await synced();
    await opened.lever('restore-point', { name: 'before' });
    for (let number = 10; number < 40; number += 3) opened.change(number);
    await opened.caughtUp();
    const before = liveRows(opened);
    await opened.stop();
    const organizationId = opened.database.organization().organizationId;
    await opened.lever('restore', { name: 'before', newOrganizationId: '99999999-0000-4000-8000-000000000001' });
    await opened.start({ organizationId });
    await opened.pausedFor('source/changed');
    await opened.pausedFor('source/changed', calm);
    expect(liveRows(opened)).toBe(before);
  });

  test('restored to an earlier time: no live row goes without a word, a person is asked, then all is equal (I-9)', async () => {
    const opened = await synced();
    await opened.lever('restore-point', { name: 'before' });
    for (let number = 10; number < 40; number += 3) opened.change(number);
    await opened.caughtUp();
    const before = liveRows(opened);
    await opened.lever('restore', { name: 'before' });
    const table = parseTableName(troubled);
    await opened.stop();
    await opened.start();
    await opened.pausedFor('sync/restored-deletes');
    // Rows that the older environment has again are there, none is gone.
    expect(liveRows(opened)).toBeGreaterThanOrEqual(before);
    await opened.runner.confirmDeletes(table);
    await clean(opened);
  });

  test('numbers that come bare, since IEEE754Compatible is not known, are exact', async () => {
    const opened = await synced({ sandbox: { ieee754: 'ignored' } });
    opened.change(3);
    await clean(opened);
  });

  test('connections that are closed after two answers, or soon, lose no answer', async () => {
    const opened = await synced({ sandbox: { requestsPerConnection: 2, keepAliveMs: 5 } });
    for (let number = 10; number < 100; number += 3) opened.change(number);
    await clean(opened);
    expect(opened.reported).toEqual([]);
  });
});
