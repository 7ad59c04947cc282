import { type ChildProcess, fork } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../core/fault.ts';
import type { SandboxAddress, SandboxMessage } from './sandbox-process.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/lakelink.js', import.meta.url));
/** Filling a large environment takes a while; it tells about itself all the time. */
const SILENCE_MS_MAX = 60_000;
const STOP_MS_MAX = 5_000;

/** The embedded environment as a process of its own. */
export interface SandboxProcess {
  readonly address: SandboxAddress;
  /** Resolves with the reason when the process ends before it was stopped. */
  readonly died: Promise<Fault>;
  stop(): Promise<void>;
}

export interface DemoSandboxRequest {
  readonly folder: string;
  readonly rows: number;
  readonly seed: number;
  readonly changesPerSecond: number;
  readonly onSeeding: (progress: { readonly done: number; readonly total: number }) => void;
  readonly signal: AbortSignal;
}

/**
 * Starts `lakelink sandbox` as a child: it ends when this process ends, however that ends. The port is kept, since the
 * environment's own links carry it.
 */
export async function startSandboxProcess(request: DemoSandboxRequest): Promise<SandboxProcess> {
  mkdirSync(request.folder, { recursive: true, mode: 0o700 });
  const output = openSync(join(request.folder, 'sandbox.log'), 'a', 0o600);
  const child = fork(PROGRAM, argumentsOf(request), {
    stdio: ['ignore', output, output, 'ipc'],
    execArgv: [],
  });
  closeSync(output);
  const died = new Promise<Fault>(resolve => {
    child.once('exit', code => resolve(new Fault('internal/bug', { reason: `the sandbox ended with code ${code}` })));
    child.once('error', cause =>
      resolve(new Fault('internal/bug', { reason: 'the sandbox did not start' }, { cause })),
    );
  });
  const stop = () => stopChild(child);
  try {
    const address = await waitUntilReady(child, { ...request, died });
    return { address, died, stop };
  } catch (failure) {
    await stop();
    throw failure;
  }
}

function argumentsOf(request: DemoSandboxRequest): string[] {
  return [
    'sandbox',
    ...['--data', request.folder],
    ...['--rows', String(request.rows)],
    ...['--seed', String(request.seed)],
    ...['--changes-per-second', String(request.changesPerSecond)],
  ];
}

function waitUntilReady(
  child: ChildProcess,
  options: Pick<DemoSandboxRequest, 'onSeeding' | 'signal'> & { readonly died: Promise<Fault> },
): Promise<SandboxAddress> {
  return new Promise((resolve, reject) => {
    const silence = setTimeout(
      () => settle(() => reject(new Fault('internal/bug', { reason: 'the sandbox does not answer' }))),
      SILENCE_MS_MAX,
    );
    const onAbort = () => settle(() => reject(options.signal.reason));
    const onMessage = (message: unknown) => {
      silence.refresh();
      const told = message as SandboxMessage;
      if (told.kind === 'seeding') options.onSeeding(told);
      if (told.kind === 'ready') settle(() => resolve(told.address));
      if (told.kind === 'failed') settle(() => reject(new Fault(told.code, told.details)));
    };
    const settle = (end: () => void) => {
      clearTimeout(silence);
      child.off('message', onMessage);
      options.signal.removeEventListener('abort', onAbort);
      end();
    };
    child.on('message', onMessage);
    options.signal.addEventListener('abort', onAbort, { once: true });
    void options.died.then(fault => settle(() => reject(fault)));
    if (options.signal.aborted) onAbort();
  });
}

/** Asks by closing the channel, then insists. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  if (child.connected) child.disconnect();
  const insist = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
  await ended;
  clearTimeout(insist);
}
