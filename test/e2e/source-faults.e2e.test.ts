import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultCode } from '../../src/core/fault.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { FaultBench, type FaultWorld, type FaultWorldOptions, troubled } from '../kit/fault-world.ts';
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

async function open(options: FaultWorldOptions = {}): Promise<FaultWorld> {
  world = await bench.world(options);
  return world;
}

/** Every page and every question of the troubled table. */
const PAGES = '^GET /contacts\\b';

type Passing = Omit<FaultRule, 'match'> & {
  /** What the table shows while the fault lasts; null where the source gets over it by itself. */
  readonly met: FaultCode | null;
  readonly options?: FaultWorldOptions;
};

/**
 * In the middle of the first read, and again in the middle of a delta of several pages, with changes around both. The
 * faults end by themselves; then everything is there, and the other table never noticed (I-8).
 */
async function getsOver({ met, options, ...rule }: Passing): Promise<FaultWorld> {
  const opened = await open(options ?? {});
  await opened.script({ match: PAGES, skip: 2, ...rule });
  await opened.start();
  opened.change(3);
  await opened.caughtUp();
  const playedInFull = opened.played(rule.do);
  await opened.script({ match: PAGES, ...rule });
  for (let number = 10; number < 100; number += 3) opened.change(number);
  await opened.until('the fault is played', () => opened.played(rule.do) > playedInFull);
  opened.change(150);
  await opened.caughtUp();
  expect(playedInFull).toBeGreaterThan(0);
  if (met !== null) expect(opened.reported).toContainEqual({ table: troubled, code: met });
  else expect(opened.reported).toEqual([]);
  expect(opened.reported.filter(({ table }) => table !== troubled)).toEqual([]);
  expect(differences(await opened.verify())).toEqual([]);
  return opened;
}

const packed = { sandbox: { compression: 'offered' } } as const;

describe('faults that pass lose nothing and repeat nothing (I-1, I-2, R 24)', () => {
  test.each<[string, Passing]>([
    ['a refused access token is renewed unseen', { do: 'unauthorized', times: 1, met: null }],
    ['401 over and over', { do: 'unauthorized', times: 4, met: 'source/token-rejected' }],
    [
      'an access token that ends in the middle of a page',
      { do: 'expire-access-token', times: 1, bytes: 700, met: 'source/answer-broken' },
    ],
    ['503 with a page of HTML', { do: 'unavailable', times: 4, retryAfterSeconds: 1, met: 'source/unavailable' }],
    ['a body cut off', { do: 'truncate', times: 1, met: 'source/answer-broken' }],
    [
      'a body cut off that ends as if it were whole',
      { do: 'truncate', times: 1, clean: true, met: 'batch/page-invalid' },
    ],
    ['packed bytes cut off', { do: 'cut-gzip', times: 1, met: 'source/answer-broken', options: packed }],
    [
      'packed bytes cut off that end as if whole',
      { do: 'cut-gzip', times: 1, clean: true, met: 'source/answer-broken', options: packed },
    ],
    ['a connection that is reset', { do: 'reset', times: 3, met: 'source/unreachable' }],
    ['an answer that is lost on its way', { do: 'lost-answer', times: 3, met: 'source/unreachable' }],
    ['an exchange that stalls before its first byte', { do: 'stall', times: 1, at: 'start', met: 'source/timeout' }],
    ['an exchange that stalls in its headers', { do: 'stall', times: 1, at: 'headers', met: 'source/timeout' }],
    ['an exchange that stalls in its body', { do: 'stall', times: 1, bytes: 300, met: 'source/timeout' }],
    ['a page that is slower than the limit', { do: 'slow', times: 1, ms: 2_500, met: 'source/timeout' }],
    ['a slow page within the limit', { do: 'slow', times: 3, ms: 150, met: null }],
    ['a body that drips, each byte in time', { do: 'drip', times: 2, ms: 900, pieces: 10, met: null }],
  ])('%s', async (_name, passing) => {
    await getsOver(passing);
  });
});

describe('pages that are whole and wrong lose nothing and repeat nothing (I-2, I-4, I-6)', () => {
  test.each<[string, Passing]>([
    ['a row twice in a page', { do: 'repeat-row', times: 3, met: null }],
    ['a row again on the next page', { do: 'repeat-across', times: 3, met: null }],
    ['an empty page with a nextLink', { do: 'empty-page', times: 2, met: null }],
    ['a page without any link, in the middle and at the end', { do: 'no-links', times: 2, met: 'source/no-token' }],
    ['a nextLink that leads to its own page', { do: 'repeat-cookie', times: 1, cycle: 1, met: 'source/answer-broken' }],
  ])('%s', async (_name, passing) => {
    const opened = await getsOver(passing);
    expect(opened.status().count).toBe(opened.database.count(troubled));
  });
});
