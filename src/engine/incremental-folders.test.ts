import { beforeEach, describe, expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { FolderWorld } from '../../test/kit/folder-world.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { Died, type ScriptLine } from '../../test/kit/memory-store.ts';
import { CHANGELOG } from '../../test/kit/word-folders.ts';
import { emptyLinkState, LinkLog } from '../core/link-log.ts';
import { parseTableName } from '../core/names.ts';

const [ACCOUNT, CONTACT] = [parseTableName('account'), parseTableName('contact')];
const MINUTE = 60_000;

let world: FolderWorld;

beforeEach(() => {
  world = new FolderWorld();
});

describe('incremental folders', () => {
  test('a link begins with a folder in progress, which the changelog names and nobody has written to (facts 103)', async () => {
    const service = world.process([ACCOUNT]);
    expect(await service.look()).toBe(5 * MINUTE);
    expect(world.lake.text(CHANGELOG)).toBe('2026-01-01T00.00.00Z');
    expect(world.finished()).toEqual([]);
  });

  test('a folder at every interval, and only where something changed (facts 100)', async () => {
    const service = world.process([ACCOUNT, CONTACT]);
    await world.bring(ACCOUNT, ['a@1']);
    await world.bring(CONTACT, ['c@1']);
    await service.look();
    await world.clock.advance(4 * MINUTE);
    expect(await service.look()).toBe(MINUTE);
    await world.clock.advance(MINUTE);
    expect(await service.look()).toBe(5 * MINUTE);
    expect(world.finished()).toEqual(['2026-01-01T00.00.00Z']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    // Nothing changed: the name in progress stays.
    expect(world.lake.text(CHANGELOG)).toBe('2026-01-01T00.05.00Z');
    await world.bring(CONTACT, ['c@2']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.finished()).toEqual(['2026-01-01T00.00.00Z', '2026-01-01T00.05.00Z']);
    expect(world.lake.text(CHANGELOG)).toBe('2026-01-01T00.15.00Z');
    expect(world.allWords()).toEqual(['account a@1', 'contact c@1', 'contact c@2']);
    // Every folder lists all tables.
    expect(world.finished().map(name => world.lake.text(`${name}/model.json`))).toEqual([
      'account:1 contact:1',
      'account:1 contact:1',
    ]);
  });

  test('a downtime of any length is made up for by one folder', async () => {
    await world.bring(ACCOUNT, ['a@1']);
    await world.process([ACCOUNT]).look();
    await world.clock.advance(600 * MINUTE);
    await world.bring(ACCOUNT, ['a@2']);
    const later = world.process([ACCOUNT]);
    await later.look();
    await later.look();
    expect(world.finished()).toEqual(['2026-01-01T00.00.00Z']);
    expect(world.allWords()).toEqual(['account a@1', 'account a@2']);
  });

  test('what keeps a folder from being finished is said until it is', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, do: 'refuse', times: 2 }];
    const service = world.process([ACCOUNT], { store: world.lake.handle({ script }) });
    const { folders } = service;
    await world.bring(ACCOUNT, ['a@1']);
    service.states.set(ACCOUNT, await service.log(ACCOUNT).load(live));
    folders.start();
    await settle();
    for (let minute = 0; minute < 5; minute += 1) await world.clock.advance(MINUTE);
    expect(folders.fault).toMatchObject({ code: 'store/failed' });
    await world.clock.advance(MINUTE);
    expect(folders.fault).toBeNull();
    expect(world.allWords()).toEqual(['account a@1']);
    await folders.end();
  });

  test('with a clock that is set back names rise and folders come at the interval (I-3)', async () => {
    const service = world.process([ACCOUNT]);
    await service.look();
    await world.bring(ACCOUNT, ['a@1']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    world.clock = new FakeClock({ startMs: world.clock.nowMs() - 60 * MINUTE });
    const back = world.process([ACCOUNT]);
    await world.bring(ACCOUNT, ['a@2']);
    await back.look();
    await world.bring(ACCOUNT, ['a@3']);
    expect(await back.look()).toBe(5 * MINUTE);
    expect(world.lake.text(CHANGELOG)).toBe('2026-01-01T00.05.01Z');
    await world.clock.advance(5 * MINUTE);
    await back.look();
    expect(world.lake.text(CHANGELOG)).toBe('2026-01-01T00.05.02Z');
    expect(world.allWords()).toEqual(['account a@1', 'account a@2', 'account a@3']);
  });

  test('another interval counts from the last folder', async () => {
    const service = world.process([ACCOUNT]);
    await service.look();
    service.intervalMs = 15 * MINUTE;
    await world.bring(ACCOUNT, ['a@1']);
    await world.clock.advance(14 * MINUTE);
    expect(await service.look()).toBe(MINUTE);
    expect(world.finished()).toEqual([]);
    service.intervalMs = 10 * MINUTE;
    await service.look();
    expect(world.finished()).toHaveLength(1);
  });

  test('a table in its initial sync is left out, and its full copy is its first content (I-8)', async () => {
    const service = world.process([ACCOUNT, CONTACT]);
    await world.bring(ACCOUNT, ['a@1']);
    await world.bring(CONTACT, ['c@1'], { complete: false });
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.lake.text(`${world.finished()[0]}/model.json`)).toBe('account:1');
    await world.bring(CONTACT, ['c@2']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.wordsIn(world.finished()[1] ?? '', CONTACT)).toEqual(['c@1', 'c@2']);
    expect(world.allWords()).toHaveLength(3);
  });

  test('a table that cannot be folded goes into the next folder with all it has (I-8)', async () => {
    const service = world.process([ACCOUNT, CONTACT]);
    await world.bring(ACCOUNT, ['a@1']);
    await world.bring(CONTACT, ['c@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await service.look();
    await world.bring(ACCOUNT, ['a@2']);
    await world.bring(CONTACT, ['c@2']);
    service.broken.add(CONTACT);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.wordsIn(world.finished()[1] ?? '', ACCOUNT)).toEqual(['a@2']);
    expect(world.lake.text(`${world.finished()[1]}/model.json`)).toBe('account:1 contact:1');
    service.broken.clear();
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.wordsIn(world.finished()[2] ?? '', CONTACT)).toEqual(['c@2']);
  });

  test('changes in a finished folder free their files; where that fails the next look does it, also without a folder', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /account\/log\/0*5/, times: 5, do: 'refuse' }];
    const service = world.process([ACCOUNT], { store: world.lake.handle({ script }) });
    await world.bring(ACCOUNT, ['a@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    const looked = service.look();
    for (let n = 0; n < 6; n += 1) await world.clock.advance(MINUTE);
    await looked;
    expect(world.finished()).toHaveLength(1);
    expect((await service.log(ACCOUNT).load(live)).waiting).toHaveLength(1);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect((await service.log(ACCOUNT).load(live)).waiting).toEqual([]);
    await world.bring(ACCOUNT, ['a@2']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.allWords()).toEqual(['account a@1', 'account a@2']);
  });
});

/** Everything that happens to the link; every look is asked by whoever lives. */
async function story(look: () => Promise<unknown>): Promise<void> {
  await world.bring(ACCOUNT, ['a@1', 'b@1']);
  await world.bring(CONTACT, ['c@1']);
  await look();
  await world.clock.advance(5 * MINUTE);
  await look();
  await world.bring(ACCOUNT, ['a@2']);
  await look();
  await world.bring(ACCOUNT, ['b@2!']);
  await world.clock.advance(5 * MINUTE);
  await look();
  await world.bring(CONTACT, ['c@3']);
  await world.bring(CONTACT, ['d@4']);
  await world.clock.advance(7 * MINUTE);
  await look();
  await world.clock.advance(7 * MINUTE);
  await look();
}

const EVERYTHING = ['a@1', 'b@1', 'a@2', 'b@2!']
  .map(word => `account ${word}`)
  .concat(['c@1', 'c@3', 'd@4'].map(word => `contact ${word}`));

function expectReadersCanRely(): void {
  for (const name of world.finished()) expect(world.lake.text(`${name}/model.json`), name).toBeTruthy();
  expect(world.lake.paths.filter(path => world.lake.text(path) === '')).toEqual([]);
  expect(world.allWords()).toHaveLength(new Set(world.allWords()).size);
}

describe('deaths', () => {
  test('whoever dies at any store call, after a restart every change is in exactly one finished folder (I-1, I-2)', async () => {
    const whole = world.lake.handle();
    const first = world.process([ACCOUNT, CONTACT], { store: whole });
    await story(() => first.look());
    expect(world.allWords().sort()).toEqual([...EVERYTHING].sort());
    const calls = whole.calls.length;
    expect(calls).toBeGreaterThan(50);
    for (let call = 1; call <= calls; call += 1) {
      // Whoever dies after a read has done nothing by it.
      const isWrite = ['putIfAbsent', 'publish', 'remove'].includes(whole.calls[call - 1]?.operation ?? '');
      for (const fault of isWrite ? (['die', 'apply-then-die'] as const) : (['die'] as const)) {
        world = new FolderWorld({ auto: true });
        let service = world.process([ACCOUNT, CONTACT], {
          store: world.lake.handle({ script: [{ call, do: fault }] }),
        });
        const survive = async () => {
          try {
            await service.look();
          } catch (failure) {
            expect(failure).toBeInstanceOf(Died);
            expectReadersCanRely();
            service = world.process([ACCOUNT, CONTACT], { name: 'next' });
            await service.look();
          }
          expectReadersCanRely();
        };
        await story(survive);
        expect(world.allWords().sort(), `${fault} at call ${call}`).toEqual([...EVERYTHING].sort());
      }
    }
  }, 60_000);

  test('two workers that close at once decide one folder, and write it once (I-3)', async () => {
    const workers = [1, 2, 3].map(n => world.process([ACCOUNT, CONTACT], { name: `worker-${n}` }));
    await story(() => Promise.all(workers.map(worker => worker.look())));
    expect(world.allWords().sort()).toEqual([...EVERYTHING].sort());
    expectReadersCanRely();
    const linkLog = new LinkLog({ store: world.lake.handle(), clock: world.clock, newNonce: counter('reader') });
    expect(await linkLog.refresh(emptyLinkState(), live)).toMatchObject({ closing: null });
  });

  test('a folder that another worker decided holds all of it, also where this one’s table is behind (I-3)', async () => {
    await world.bring(ACCOUNT, ['a@1']);
    const script = [{ on: 'putIfAbsent', path: /^2.*\/account\//, do: 'die' }] as const;
    const decides = world.process([ACCOUNT], { store: world.lake.handle({ script }), name: 'decides' });
    const behind = world.process([ACCOUNT], { name: 'behind' });
    await behind.folders.look();
    behind.states.set(ACCOUNT, await behind.log(ACCOUNT).load(live));
    await world.clock.advance(5 * MINUTE);
    await expect(decides.look()).rejects.toThrow(Died);
    expect(await behind.folders.look().then(() => world.allWords())).toEqual(['account a@1']);
  });
});
