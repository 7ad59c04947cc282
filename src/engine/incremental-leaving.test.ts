import { beforeEach, describe, expect, test } from 'vitest';
import { FolderWorld } from '../../test/kit/folder-world.ts';
import { live } from '../../test/kit/log-values.ts';
import { Died, type ScriptLine } from '../../test/kit/memory-store.ts';
import { parseTableName } from '../core/names.ts';

const [ACCOUNT, CONTACT] = [parseTableName('account'), parseTableName('contact')];
const MINUTE = 60_000;

let world: FolderWorld;

beforeEach(() => {
  world = new FolderWorld();
});

describe('tables that leave', () => {
  test('a folder that is decided is finished before; the next one does not list the table; finished ones stay (facts 107)', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, times: 1, do: 'refuse' }];
    const service = world.process([ACCOUNT, CONTACT], { store: world.lake.handle({ script }) });
    await world.bring(ACCOUNT, ['a@1']);
    await world.bring(CONTACT, ['c@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await expect(service.look()).rejects.toThrow();
    expect(world.finished()).toEqual([]);
    service.states.delete(CONTACT);
    await service.folders.leave([CONTACT], {
      isKept: false,
      work: async () => {
        const log = service.log(CONTACT);
        await log.remove(await log.load(live), live);
      },
    });
    expect(world.allWords()).toEqual(['account a@1', 'contact c@1']);
    await world.bring(ACCOUNT, ['a@2']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.lake.text(`${world.finished()[1]}/model.json`)).toBe('account:1');
  });

  test('a table that went with its data from an unfinished folder holds nothing up', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /model\.json/, do: 'die' }];
    const service = world.process([ACCOUNT, CONTACT], { store: world.lake.handle({ script }) });
    await world.bring(ACCOUNT, ['a@1']);
    await world.bring(CONTACT, ['c@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await expect(service.look()).rejects.toThrow(Died);
    const next = world.process([ACCOUNT]);
    await next.log(CONTACT).remove(await next.log(CONTACT).load(live), live);
    await next.look();
    expect(world.lake.text(`${world.finished()[0]}/model.json`)).toBe('account:1');
  });

  test('a table that comes back brings its rows as a full copy again; what it brought before stays', async () => {
    const service = world.process([ACCOUNT]);
    await world.bring(ACCOUNT, ['a@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await service.look();
    await service.folders.leave([ACCOUNT], {
      isKept: false,
      work: async () => {
        const log = service.log(ACCOUNT);
        await log.remove(await log.load(live), live);
        await world.forget(ACCOUNT);
      },
    });
    await world.bring(ACCOUNT, ['a@1']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.finished().map(name => world.wordsIn(name, ACCOUNT))).toEqual([['a@1'], ['a@1']]);
  });

  test('a table whose data stays leaves only when its own log knows what folders have: added again it tells nothing twice (I-2)', async () => {
    const script: ScriptLine[] = [{ on: 'putIfAbsent', path: /account\/log\/0*5/, times: 10, do: 'refuse' }];
    const service = world.process([ACCOUNT], { store: world.lake.handle({ script }) });
    await world.bring(ACCOUNT, ['a@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    const advanced = async <T>(work: Promise<T>) => {
      const ended = work.catch(failure => failure);
      for (let n = 0; n < 6; n += 1) await world.clock.advance(MINUTE);
      return ended;
    };
    // The folder is finished, and the table's files are not freed: the link's log knows that they are in it.
    await advanced(service.look());
    expect((await service.log(ACCOUNT).load(live)).waiting).toHaveLength(1);
    let left = 0;
    const leave = () =>
      service.folders.leave([ACCOUNT], {
        isKept: true,
        work: async () => {
          left += 1;
          await world.forget(ACCOUNT);
        },
      });
    expect(await advanced(leave())).toBeInstanceOf(Error);
    expect(left).toBe(0);
    await leave();
    expect(left).toBe(1);
    await world.bring(ACCOUNT, ['a@2']);
    await world.clock.advance(5 * MINUTE);
    await service.look();
    expect(world.allWords()).toEqual(['account a@1', 'account a@2']);
  });

  test('a table whose log cannot be read leaves nevertheless', async () => {
    const service = world.process([ACCOUNT]);
    await world.bring(ACCOUNT, ['a@1']);
    await service.look();
    await world.clock.advance(5 * MINUTE);
    await service.look();
    service.states.delete(ACCOUNT);
    for (const path of world.lake.paths.filter(one => one.startsWith('.lakelink/account/log/')))
      world.lake.plant(path, '{');
    let left = 0;
    await service.folders.leave([ACCOUNT], {
      isKept: true,
      work: async () => {
        left += 1;
      },
    });
    expect(left).toBe(1);
  });
});
