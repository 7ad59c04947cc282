import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

export const program = join(import.meta.dirname, '..', '..', 'bin', 'lakelink.js');
const run = promisify(execFile);

/** `lakelink start` as its own process, to be killed. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  /** SIGKILL, and until it is gone. */
  kill(): Promise<void>;
}

/** Unless a test wants it: many services run at once here, and there is one port of that number. */
const WITHOUT_SQL = { LAKELINK_SQL_PORT: 'off' } as const;

/** Starts a service and resolves once it answers. */
export async function startServiceProcess(environment: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [program, 'start', '--json'], {
    env: { ...process.env, ...WITHOUT_SQL, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', chunk => errors.push(String(chunk)));
  const exited = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => Promise.reject(new Error(`the service did not start: ${errors.join('')}`))),
  ]);
  JSON.parse(String(line));
  return {
    child,
    async kill() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await exited;
    },
  };
}

/** Runs a command of the program to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [program, ...args], {
      env: { ...process.env, ...WITHOUT_SQL, ...environment },
      maxBuffer: 1 << 26,
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (failure) {
    const { code, stdout, stderr } = failure as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, out: stdout ?? '', err: stderr ?? String(failure) };
  }
}
