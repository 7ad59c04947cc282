import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lakelink-lock-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Starts a process that holds the lock and says so. */
async function holder(): Promise<{ kill(): Promise<void> }> {
  const lockModule = new URL('./folder-lock.ts', import.meta.url).href;
  const program = `
    const { lockFolder } = await import(${JSON.stringify(lockModule)});
    await lockFolder({ path: ${JSON.stringify(root)}, purpose: 'service' });
    globalThis.gc?.();
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return {
    async kill() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

test('two services on one folder: the second is refused until the first let go (I-3)', async () => {
  const first = await lockFolder({ path: root, purpose: 'service' });
  await expect(lockFolder({ path: root, purpose: 'service' })).rejects.toMatchObject({ code: 'store/busy' });
  const other = await lockFolder({ path: root, purpose: 'upgrade' });
  first.release();
  first.release();
  const second = await lockFolder({ path: root, purpose: 'service' });
  second.release();
  other.release();
});

test('a process killed without warning leaves no lock behind, and while it lives it keeps it (I-3)', async () => {
  const child = await holder();
  await expect(lockFolder({ path: root, purpose: 'service' })).rejects.toMatchObject({ code: 'store/busy' });
  await child.kill();
  const lock = await lockFolder({ path: root, purpose: 'service' });
  lock.release();
});

test('a folder that is not there is store/missing', async () => {
  await expect(lockFolder({ path: join(root, 'none'), purpose: 'service' })).rejects.toMatchObject({
    code: 'store/missing',
  });
});
