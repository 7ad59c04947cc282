import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Ask, LastWords } from './sweep-words.ts';

/** The process died while it was asked, or before. */
export class Died extends Error {}

/** The service refused what it was asked. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, text: string) {
    super(`${code}: ${text}`);
    this.code = code;
  }
}

interface Reply {
  readonly id: number;
  readonly value?: unknown;
  /** The code of a fault. */
  readonly failure?: string;
  readonly text?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (failure: unknown) => void;
}

/** One process of the service, from its start to its death. */
export class SweepLife {
  /** What it wrote at its end; null when it ended in order. Rejects when it ended by a fault of its own. */
  readonly ended: Promise<LastWords | null>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #isOver = false;

  constructor({ program, lastWords }: { readonly program: string; readonly lastWords: string }) {
    const child = spawn(process.execPath, [program, lastWords], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child = child;
    const errors: string[] = [];
    child.stderr?.on('data', chunk => errors.push(String(chunk)));
    child.on('message', message => this.#hear(message as Reply));
    // Not `close`: helpers of the dead process may hold its output open.
    this.ended = once(child, 'exit').then(async ([code, killedBy]) => {
      this.#isOver = true;
      for (const { reject } of this.#waiting.values()) reject(new Died());
      this.#waiting.clear();
      const text = await readFile(lastWords, 'utf8').catch(() => null);
      if (text !== null) return JSON.parse(text) as LastWords;
      if (code === 0) return null;
      throw new Error(`the service ended by itself (${code ?? killedBy}): ${errors.join('').slice(-4_000)}`);
    });
    // Looked at by who asks.
    this.ended.catch(() => undefined);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  ask(ask: Ask): Promise<unknown> {
    if (this.#isOver) return Promise.reject(new Died());
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, ask }, failure => {
        // A channel that is closed: its process is ending, and `ended` tells how.
        if (failure !== null) this.ended.then(() => reject(new Died()), reject);
      });
    });
  }

  #hear({ id, failure, text, value }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(new Refused(failure, text ?? ''));
  }

  /** It ends without having been told where: for one that was never started, or in order. */
  async end(): Promise<void> {
    if (!this.#isOver) this.#child.disconnect();
    await this.ended;
  }
}
