import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
const isWindows = process.platform === 'win32';

/**
 * A folder of programs of a virtual environment with the packages of `requirements.txt`, made at its first use (about
 * 20 seconds) and kept until that file changes. Needs Python 3.10 or later with its `venv` module.
 */
export async function pythonPrograms(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(cache, `interop-python-${digest}`);
  const programs = join(folder, isWindows ? 'Scripts' : 'bin');
  const done = join(programs, program('source-microsoft-dataverse'));
  if (existsSync(done)) return programs;
  rmSync(folder, { recursive: true, force: true });
  try {
    await run(isWindows ? 'python' : 'python3', ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await run(join(programs, program('python')), install, { maxBuffer: 1 << 24 });
  } catch (failure) {
    rmSync(folder, { recursive: true, force: true });
    throw failure;
  }
  return programs;
}

/** Runs a Python program to its end; answers what it printed. Rejects, with what it said, when it fails. */
export async function runPython(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const path = join(await pythonPrograms(), program(file));
  const { stdout } = await run(path, [...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 28 });
  return stdout;
}

function program(name: string): string {
  return isWindows ? `${name}.exe` : name;
}
