import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { standardApplication } from '../../src/sandbox/applications.ts';
import { openSmallDisk } from '../kit/refusals.ts';
import { differences, openSyncedWorld, openWorld, type World } from '../kit/world.ts';

/** Renames one account and waits until SQL shows it: the other tables work. */
async function accountsGoOn(world: World, name: string): Promise<void> {
  const [row] = world.database.page('account', { after: null, limit: 1 });
  if (row === undefined) throw new Error('no accounts');
  world.database.patch('account', row.id, { name });
  await world.until('the account is renamed in the lake', async () => {
    const { rows } = await world.query(`SELECT name FROM account WHERE accountid = '${row.id}'`);
    return rows[0]?.[0] === name;
  });
}

function contactFails(world: World, code: string): () => boolean {
  return () => world.status('contact').error?.code === code;
}

describe('rights that are taken away while the link works', () => {
  let world: World;
  beforeAll(async () => {
    world = await openSyncedWorld({ rows: 400, tables: ['account', 'contact', 'task'] });
  });
  afterAll(() => world?.stop());

  test.each(['none', 'user'] as const)(
    '(it then reads %s) pause that table by name; the others go on, and so does it when they are back (I-8)',
    async level => {
      world.sandbox.applications.put({ ...standardApplication, readLevels: { contact: level } });
      await world.until('the table pauses', contactFails(world, 'source/forbidden'));
      const { label, error } = world.status('contact');
      expect(label).toBe('Paused');
      expect(error?.message).toContain('contact');
      expect(error?.remedy).toMatch(/Read at organization level/);
      await accountsGoOn(world, `renamed under ${level}`);
      expect(world.status('account').error).toBeNull();
      const [gone] = world.database.page('contact', { after: null, limit: 1 });
      if (gone === undefined) throw new Error('no contacts');
      world.database.remove('contact', gone.id);
      const before = (await world.query('SELECT count(*) FROM contact')).rows;
      expect(before).toEqual([[String(world.database.count('contact') + 1)]]);

      world.sandbox.applications.put(standardApplication);
      await world.caughtUp();
      expect(differences(await world.verify())).toEqual([]);
    },
  );
});

describe('a lake whose disk', () => {
  test('fills, or turns read-only, pauses with that reason, loses nothing and goes on by itself', async context => {
    const world = await openWorld({ rows: 400, tables: ['account', 'contact'] });
    const disk = openSmallDisk(world.lakePath, { megabytes: 96 });
    try {
      if (disk === null) return context.skip();
      await world.service.links.createLink(await world.request());
      await world.caughtUp();
      const renameAll = (name: string) => {
        for (const table of ['account', 'contact'])
          for (const { id } of world.database.page(table, { after: null, limit: 20 }))
            world.database.patch(table, id, table === 'account' ? { name } : { lastname: name });
      };
      disk.makeReadOnly();
      renameAll('while it was read-only');
      await world.until('a table pauses', contactFails(world, 'store/read-only'));
      expect(world.status('contact').label).toBe('Paused');
      disk.makeWritable();
      await world.caughtUp();
      fill(disk.path);
      renameAll('while it was full');
      await world.until('a table pauses', contactFails(world, 'store/full'));
      expect(world.status('contact').error?.remedy).toMatch(/Free space/);
      rmSync(join(disk.path, 'ballast'), { recursive: true });
      await world.caughtUp();
      expect(differences(await world.verify())).toEqual([]);
      expect((await world.query(`SELECT count(*) FROM contact WHERE lastname = 'while it was full'`)).rows).toEqual([
        ['20'],
      ]);
    } finally {
      await world.service.stop();
      disk?.close();
      await world.stop();
    }
  });
});

/** Writes until nothing more fits, in ever smaller files. */
function fill(disk: string): void {
  mkdirSync(join(disk, 'ballast'));
  for (let bytes = 1 << 24, files = 0; bytes >= 1; files += 1) {
    try {
      writeFileSync(join(disk, 'ballast', String(files)), Buffer.alloc(bytes));
    } catch {
      bytes = Math.floor(bytes / 4);
    }
  }
}
