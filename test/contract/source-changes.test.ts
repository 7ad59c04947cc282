import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseTableName } from '../../src/core/names.ts';
import type { ChangeQuestion } from '../../src/core/source.ts';
import { type OpenSource, openSource } from '../../src/dataverse/source.ts';
import { crateId, openSandboxWorld, type SandboxWorld, worldApplication } from '../kit/sandbox-wire.ts';

const never = () => new AbortController().signal;
const DAY_MS = 24 * 3_600_000;

let world: SandboxWorld;
let source: OpenSource;

beforeEach(async () => {
  world = await openSandboxWorld();
  world.database.put('crate', [{ crateid: crateId(1), name: 'one' }]);
  const { url, authorityUrl, tenantId } = world.sandbox;
  const clock = { nowMs: () => world.clock.nowMs, sleep: async () => undefined };
  source = openSource({ url, authority: authorityUrl, tenantId, ...worldApplication, clock });
});
afterEach(async () => {
  await source.close();
  await world.close();
});

/** Reads a table whole; what to ask next is its delta link. */
async function caughtUp(name: string): Promise<ChangeQuestion> {
  const shape = await source.shape(parseTableName(name), never());
  const chunks: Uint8Array[] = [];
  for await (const chunk of await source.page({ read: 'full', shape, link: null }, never())) chunks.push(chunk);
  const page = JSON.parse(Buffer.concat(chunks).toString()) as { readonly '@odata.deltaLink': string };
  return { shape, link: page['@odata.deltaLink'] };
}

async function answers(questions: readonly ChangeQuestion[]): Promise<string[]> {
  return (await source.changes(questions, never())).map(({ is }) => is);
}

describe('the embedded environment, asked by the source whether many tables changed', () => {
  test('answers in one request, and the link of a quiet answer goes on from there', async () => {
    const questions = [await caughtUp('crate'), await caughtUp('team'), await caughtUp('systemuser')];
    world.sandbox.requestLog.clear();
    const quiet = await source.changes(questions, never());
    expect(quiet.map(({ is }) => is)).toEqual(['quiet', 'quiet', 'quiet']);
    expect(world.sandbox.requestLog.entries()).toMatchObject([{ method: 'POST', path: '/$batch', operations: 3 }]);
    const later = quiet.map((answer, n) => {
      const question = questions[n];
      return answer.is === 'quiet' && question !== undefined ? [{ ...question, link: answer.delta }] : [];
    });
    world.database.put('crate', [{ crateid: crateId(2), name: 'two' }]);
    world.database.remove('team', crateId(920));
    expect(await answers(later.flat())).toEqual(['changed', 'changed', 'quiet']);
    expect(await answers(questions)).toEqual(['changed', 'changed', 'quiet']);
  });

  test('answers one table’s trouble for that table alone', async () => {
    const [crate, team] = [await caughtUp('crate'), await caughtUp('team')];
    const gone = { ...team, link: team.link.replace('/teams?', '/nothings?') };
    expect(await answers([gone, crate])).toEqual(['changed', 'quiet']);
    world.clock.nowMs += 30 * DAY_MS;
    const fresh = await caughtUp('systemuser');
    expect(await answers([crate, fresh, team])).toEqual(['changed', 'quiet', 'changed']);
  });

  test('answers for more tables than go into a batch', async () => {
    const crate = await caughtUp('crate');
    world.sandbox.requestLog.clear();
    expect(await answers(Array(250).fill(crate))).toEqual(Array(250).fill('quiet'));
    expect(world.sandbox.requestLog.entries().map(({ operations }) => operations)).toEqual([100, 100, 50]);
  });
});
