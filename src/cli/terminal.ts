import { type LineInput, type LineOptions, openTypedLines } from './typed-lines.ts';

/** Where a command reads from and writes to: the process, or a test. */
export interface Terminal {
  /** Results. */
  out(text: string): void;
  /** Errors and progress. */
  err(text: string): void;
  /** Resolves when what was printed has been taken: a slow reader holds us, not the memory. */
  drained(): Promise<void>;
  /** Takes lines that a person types, with editing; null: no person types, or sees what is printed. */
  readonly openLines: ((options: LineOptions) => LineInput) | null;
  /** Whether results go to a screen that can be redrawn. */
  readonly isScreen: boolean;
  /** Characters in a line; where it is no screen, enough that nothing is left out. */
  columns(): number;
  /** Lines of the screen. */
  rows(): number;
  /** Whether colours may be used (a screen, and no NO_COLOR). */
  readonly colors: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The whole standard input, at most `bytesMax`. */
  readInput(bytesMax: number): Promise<string>;
  /** Aborted at the first SIGINT, SIGTERM or SIGHUP; the second ends the process at once. */
  readonly interrupted: AbortSignal;
}

/** The terminal of this process. Signals are watched from the first command on that asks for `interrupted`. */
export function processTerminal(): Terminal {
  const { env, stdout, stderr } = process;
  let interruption: AbortController | null = null;
  ignoreBrokenPipe(stdout);
  return {
    out: text => {
      stdout.write(text);
    },
    err: text => {
      stderr.write(text);
    },
    drained: () =>
      new Promise(resolve => {
        if (!stdout.writableNeedDrain) resolve();
        else stdout.once('drain', resolve);
      }),
    openLines: process.stdin.isTTY === true && stdout.isTTY === true ? openTypedLines : null,
    isScreen: stdout.isTTY === true && env.TERM !== 'dumb',
    columns: () => (stdout.isTTY ? Math.max(20, stdout.columns) : 1_000),
    rows: () => (stdout.isTTY ? Math.max(5, stdout.rows) : 24),
    colors: stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    environment: env,
    readInput,
    get interrupted() {
      interruption ??= watchSignals();
      return interruption.signal;
    },
  };
}

/**
 * What draws lines over the ones drawn last, `above` lines up: each is replaced where it stands, so nothing flickers.
 * The carriage return is for what was typed meanwhile (`^C`). Null: the whole screen, from its top.
 */
export function redrawn(lines: readonly string[], above: number | null): string {
  const start = above === null ? '\u001b[H' : above === 0 ? '\r' : `\r\u001b[${above}A`;
  return `${start}${lines.map(line => `${line}\u001b[K\n`).join('')}\u001b[J`;
}

function watchSignals(): AbortController {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(signal === 'SIGTERM' ? 143 : 130);
    controller.abort(new DOMException(signal, 'AbortError'));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  // Windows sends this where a Unix system sends SIGINT to a closed window.
  process.on('SIGBREAK', onSignal);
  return controller;
}

async function readInput(bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bytesMax) throw new Error(`more than ${bytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** `lakelink sql ... | head` ends quietly. */
function ignoreBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', failure => {
    const code = 'code' in failure ? failure.code : null;
    if (code === 'EPIPE') process.exit(0);
    // The window was closed: SIGHUP stops us in order.
    if (code !== 'EIO') throw failure;
  });
}
