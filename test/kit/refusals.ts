import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ApiClient } from '../../src/api/client.ts';
import { findService, homeLayout, readToken } from '../../src/app/home.ts';
import { type FaultCode, faults } from '../../src/core/fault.ts';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** That a command failed as it should: exit code, the fault's code, what, where (each of `says`), and what to do. */
export function expectRefusal(
  ended: Ended,
  expected: { readonly exit: number; readonly code: FaultCode; readonly says: readonly string[] },
): void {
  const { means, remedy } = faults[expected.code];
  expect(ended.err).toContain(`code: ${expected.code}`);
  expect(ended.code).toBe(expected.exit);
  expect(ended.err).toContain(`error: ${means}`);
  for (const text of expected.says) expect(ended.err).toContain(text);
  expect(ended.err).toContain(`what to do: ${remedy}`);
  // A refusal is no crash: no stack, and nothing on the output that a program reads.
  expect(ended.err).not.toMatch(/^ +at /m);
  expect(ended.out).toBe('');
}

/** Every file of a folder with the hash of its bytes, and every empty folder. */
export function contentsOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (below: string) => {
    const entries = readdirSync(join(folder, below), { withFileTypes: true });
    if (entries.length === 0 && below !== '') found[`${below}/`] = '';
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else
        found[path] = createHash('sha256')
          .update(readFileSync(join(folder, path)))
          .digest('hex');
    }
  };
  walk('');
  return found;
}

/** The API of the service that runs on a home. */
export function clientOf(homePath: string): ApiClient {
  const home = homeLayout(homePath);
  const address = findService(home);
  const token = readToken(home);
  if (address === null || token === null) throw new Error(`no service runs on ${homePath}`);
  return new ApiClient({ port: address.port, token, fetch });
}

/** A web server that answers what it is told. */
export async function openWebServer(
  answer: RequestListener,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A sign-in authority that gives everyone a token for anything. */
export function openEasyAuthority(): ReturnType<typeof openWebServer> {
  return openWebServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ token_type: 'Bearer', expires_in: 3_600, access_token: 'a.b.c' }));
  });
}

/** A small disk of its own, that can be filled and made read-only. */
export interface SmallDisk {
  readonly path: string;
  makeReadOnly(): void;
  makeWritable(): void;
  close(): void;
}

/** Null, with the reason printed, where this machine does not let us have one. */
export function openSmallDisk(path: string, { megabytes }: { readonly megabytes: number }): SmallDisk | null {
  mkdirSync(path, { recursive: true });
  try {
    if (process.platform !== 'linux') throw new Error('only Linux mounts a disk in memory');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path], { stdio: 'pipe' });
  } catch (failure) {
    const reason = failure instanceof Error ? failure.message.split('\n')[0] : String(failure);
    console.log(`skipped: a full and a read-only disk need a mount, which this account cannot make (${reason})`);
    rmSync(path, { recursive: true, force: true });
    return null;
  }
  const command = (name: string, ...args: string[]) => void execFileSync(name, [...args, path], { stdio: 'pipe' });
  return {
    path,
    // A read-only view is laid over it: the disk itself may have files open for writing.
    makeReadOnly: () => {
      command('mount', '--bind', path);
      command('mount', '-o', 'remount,ro,bind');
    },
    makeWritable: () => command('umount', '-l'),
    close: () => command('umount', '-l'),
  };
}
