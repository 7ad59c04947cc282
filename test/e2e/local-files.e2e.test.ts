import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openSyncedWorld } from '../kit/world.ts';

test('files on their way to the lake go once they are there', async () => {
  const world = await openSyncedWorld({ rows: 300, tables: ['account', 'contact'] });
  try {
    const names = await readdir(join(world.settings.home, 'engine'), { recursive: true }).catch(() => []);
    expect(names.filter(name => name.endsWith('.parquet'))).toEqual([]);
  } finally {
    await world.stop();
  }
}, 60_000);
