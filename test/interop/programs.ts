import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What a program said, and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/**
 * Whether a program that a test needs is on this machine. Where it is not, its tests are skipped and the reason is
 * printed; in CI, which installs all of them (`.ci/run`), that is a failure.
 */
export function isHere(what: string, isThere: boolean): boolean {
  if (isThere) return true;
  const reason = `${what} is not on this machine`;
  if (process.env.CI === 'true') throw new Error(`${reason}; CI has to have it`);
  console.warn(`skipped: ${reason}`);
  return false;
}

/** Whether a program can be started from the path. */
export function isOnPath(name: string, argument = '--version'): boolean {
  return spawnSync(name, [argument], { stdio: 'ignore' }).error === undefined;
}

export function firstThere(paths: readonly string[]): string | null {
  return paths.find(path => existsSync(path)) ?? null;
}

/** Runs a program to its end, whatever that is. `input`: what it reads. */
export function say(
  name: string,
  args: readonly string[],
  { env = {}, input }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Said> {
  return new Promise(resolve => {
    const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 28 };
    const child = execFile(name, [...args], options, (failure, out, err) => {
      const code = failure === null ? 0 : typeof failure.code === 'number' ? failure.code : -1;
      resolve({ code, out, err });
    });
    child.stdin?.end(input ?? '');
  });
}

/** The JSON lines that a program printed, by their member `of`. */
export function linesOf<T>(out: string): ReadonlyMap<string, T> {
  return new Map(
    out
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as { readonly of: string; readonly is: T })
      .map(({ of, is }) => [of, is]),
  );
}
