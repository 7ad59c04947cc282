/**
 * Runs suites one after the other, each with a time limit, and ends with one line: `N passed, N failed`, with
 * `, N skipped` where some were. Exits 1 when a test or a command failed, and when a suite ran no test: a suite that
 * finds nothing to run is broken. Names of suites as arguments; without any, all.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addUp, type Counts, closingLine, countsOf, NOTHING } from './suite-counts.ts';

interface Suite {
  readonly name: string;
  /** Arguments after `npm run`; the reporter of a vitest suite is added behind `--`. */
  readonly script: readonly string[];
  /** Whether it is a vitest suite, whose tests are counted; else it is one command that passes or fails. */
  readonly isCounted: boolean;
  readonly minutesMax: number;
  /** Suites that need material which may be absent: all of their tests may be skipped. */
  readonly maySkipAll?: boolean;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const SUITES: readonly Suite[] = [
  { name: 'check', script: ['check'], isCounted: false, minutesMax: 10 },
  { name: 'test', script: ['test'], isCounted: true, minutesMax: 20 },
  { name: 'real', script: ['test:real'], isCounted: true, minutesMax: 15, maySkipAll: true },
  { name: 'sql', script: ['test:sql'], isCounted: true, minutesMax: 10 },
  { name: 'interop', script: ['test:interop'], isCounted: true, minutesMax: 10 },
  { name: 'crash', script: ['test:crash'], isCounted: true, minutesMax: 20 },
];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter(name => !SUITES.some(suite => suite.name === name));
  if (unknown.length > 0) {
    console.error(`no such suite: ${unknown.join(', ')}; there are ${SUITES.map(suite => suite.name).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  let total: Counts = NOTHING;
  for (const suite of SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    total = addUp(total, await run(suite));
  }
  console.log(closingLine(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

async function run(suite: Suite): Promise<Counts> {
  console.log(`\n== ${suite.name}`);
  const folder = mkdtempSync(join(tmpdir(), 'lakelink-suite-'));
  const report = join(folder, 'report.json');
  const reporters = ['--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const exit = await finished(start([...suite.script, ...(suite.isCounted ? reporters : [])]), suite);
    if (!suite.isCounted)
      return exit === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
    const counts = countsOf({ report: readText(report), exit, maySkipAll: suite.maySkipAll === true });
    if (counts.complaint !== null) console.error(`${suite.name}: ${counts.complaint}`);
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** npm's own program, run by this Node.js: no shell, and no `npm.cmd`, which Windows starts only through one. */
function start(script: readonly string[]): ChildProcess {
  const npm = process.env.npm_execpath;
  const options = { cwd: ROOT, stdio: 'inherit', detached: process.platform !== 'win32' } as const;
  if (npm !== undefined) return spawn(process.execPath, [npm, 'run', ...script], options);
  const onWindows = process.platform === 'win32';
  return spawn(onWindows ? 'npm.cmd' : 'npm', ['run', ...script], { ...options, shell: onWindows });
}

/** The exit code; 1 when the suite took too long or was ended by a signal. */
async function finished(child: ChildProcess, { name, minutesMax }: Suite): Promise<number> {
  const limit = setTimeout(() => {
    console.error(`${name}: stopped after ${minutesMax} minutes`);
    endTree(child);
  }, minutesMax * 60_000);
  // The suite has a group of its own, so it does not hear of these by itself.
  const onSignal = () => endTree(child);
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', code => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(limit);
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Ends the suite with everything it started. */
function endTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/t', '/f']);
  else process.kill(-child.pid, 'SIGKILL');
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

await main();
