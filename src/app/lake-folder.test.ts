import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkTables, NEAR_REAL_TIME } from '../../test/kit/choices.ts';
import type { LinkName } from '../core/names.ts';
import type { LinkSettings } from '../engine/control.ts';
import { systemClock } from './clock.ts';
import { FolderLakes } from './lake-folder.ts';

let lake: string;
let lakes: FolderLakes;

beforeEach(() => {
  lake = mkdtempSync(join(tmpdir(), 'lakelink-lake-'));
  let ids = 0;
  lakes = new FolderLakes({
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    clock: systemClock,
  });
});

afterEach(() => rmSync(lake, { recursive: true, force: true }));

function link(id: string, changes: Partial<LinkSettings> = {}): LinkSettings {
  return {
    id,
    name: `link-${id}` as LinkName,
    environmentUrl: 'https://contoso.crm.dynamics.com',
    tenantId: 't',
    clientId: 'c',
    authorityUrl: null,
    lakePath: lake,
    lakeName: 'dataverse-contoso-org1',
    partitionStrategy: 'year',
    pollSeconds: 5,
    publishSeconds: 15,
    createdAt: '2026-01-01T00:00:00.000Z',
    organizationId: 'org-1',
    ...NEAR_REAL_TIME,
    paused: null,
    tables: linkTables(['account']),
    ...changes,
  };
}

const mark = () => JSON.parse(readFileSync(join(lake, '.lakelink', 'link.json'), 'utf8'));

describe('a folder that is to become a lake', () => {
  test('may be empty, or hold what systems put there, and is not changed by the look', async () => {
    writeFileSync(join(lake, '.DS_Store'), '');
    await lakes.inspect(lake);
    expect(readdirSync(lake)).toEqual(['.DS_Store']);
  });

  test('must exist and be a folder', async () => {
    await expect(lakes.inspect(join(lake, 'nowhere'))).rejects.toMatchObject({ code: 'store/missing' });
    writeFileSync(join(lake, 'file'), '');
    await expect(lakes.inspect(join(lake, 'file'))).rejects.toMatchObject({ code: 'store/missing' });
  });

  test('must not hold files of others, which are left as they are', async () => {
    writeFileSync(join(lake, 'holiday.jpg'), 'x');
    await expect(lakes.inspect(lake)).rejects.toMatchObject({
      code: 'lake/not-empty',
      details: { example: 'holiday.jpg' },
    });
    await expect(lakes.open(link('1'))).rejects.toMatchObject({ code: 'lake/not-empty' });
    expect(readdirSync(lake)).toEqual(['holiday.jpg']);
  });

  test('must not be where a service has its home', async () => {
    mkdirSync(join(lake, '.lakelink'));
    writeFileSync(join(lake, '.lakelink', 'ledger.db'), '');
    await expect(lakes.inspect(lake)).rejects.toMatchObject({ code: 'lake/not-empty' });
  });

  test("must not be another link's lake, nor lie in one", async () => {
    const open = await lakes.open(link('1'));
    await open.close();
    const inside = join(lake, 'account');
    mkdirSync(inside);
    for (const path of [lake, inside]) {
      await expect(lakes.inspect(path)).rejects.toMatchObject({ code: 'lake/foreign', details: { link: 'link-1' } });
    }
    await expect(lakes.open(link('2'))).rejects.toMatchObject({ code: 'lake/foreign' });
    expect(mark()).toMatchObject({ linkId: '1' });
  });
});

describe('an open lake', () => {
  test('names its link, without a secret, and follows its tables (I-7)', async () => {
    const open = await lakes.open(link('1'));
    expect(mark()).toMatchObject({ linkId: '1', revision: 1, tables: ['account'] });
    await open.describe(link('1'));
    expect(mark()).toMatchObject({ revision: 1 });
    await open.describe(link('1', { tables: [] }));
    expect(mark()).toMatchObject({ revision: 2, tables: [] });
    await open.close();
  });

  test('is for one service at a time', async () => {
    const open = await lakes.open(link('1'));
    await expect(lakes.open(link('1'))).rejects.toMatchObject({ code: 'store/busy' });
    await open.close();
    await open.close();
    await (await lakes.open(link('1'))).close();
  });

  test('opened by two services at once when it was new: one has it, and the other takes nothing from it (I-3)', async () => {
    const outcomes = await Promise.allSettled([lakes.open(link('1')), lakes.open(link('2'))]);
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
    const [open] = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1 - won]).toMatchObject({ reason: { code: 'store/busy' } });
    expect(mark()).toMatchObject({ linkId: String(won + 1) });
    await expect(lakes.open(link('3'))).rejects.toMatchObject({ code: 'store/busy' });
    await open?.close();
    await expect(lakes.open(link('3'))).rejects.toMatchObject({ code: 'lake/foreign' });
  });

  test('whose mark is cut off says which file, and where that file was removed it is written again (I-7)', async () => {
    const first = await lakes.open(link('1'));
    await first.describe(link('1', { tables: [] }));
    await first.close();
    const path = join(lake, '.lakelink', 'link.json');
    writeFileSync(path, readFileSync(path).subarray(0, 40));
    await expect(lakes.open(link('1'))).rejects.toMatchObject({ code: 'lake/corrupt', details: { path } });
    expect(readFileSync(path)).toHaveLength(40);
    rmSync(path);
    const again = await lakes.open(link('1'));
    expect(mark()).toMatchObject({ linkId: '1', tables: ['account'] });
    await again.describe(link('1', { tables: [] }));
    expect(mark()).toMatchObject({ tables: [], revision: 3 });
    await again.close();
  });

  test('erased, keeps what others put there and nothing of ours', async () => {
    const open = await lakes.open(link('1'));
    writeFileSync(join(lake, 'model.json'), '{}');
    mkdirSync(join(lake, 'OptionsetMetadata'));
    writeFileSync(join(lake, 'OptionsetMetadata', 'StateMetadata.csv'), '');
    mkdirSync(join(lake, 'mine'));
    writeFileSync(join(lake, 'mine', 'notes.txt'), 'x');
    // A table of the link, and a copy that somebody made of one of its files.
    for (const folder of ['.lakelink/account', 'account']) mkdirSync(join(lake, folder));
    for (const name of ['2024.csv', '2024_001.csv', '2024 of last week.csv']) {
      writeFileSync(join(lake, 'account', name), '');
    }
    await open.erase({ foreign: false });
    await open.close();
    expect(readdirSync(lake)).toEqual(['account', 'mine']);
    expect(readdirSync(join(lake, 'account'))).toEqual(['2024 of last week.csv']);
    expect(existsSync(join(lake, 'mine', 'notes.txt'))).toBe(true);
  });
});
