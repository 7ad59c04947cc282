import { appendFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { NotedPart } from './wire.ts';

/** One answered request; texts of queries hold no secrets here, since delta links are this environment's own. */
export interface LoggedRequest {
  readonly sequence: number;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly table: string | null;
  readonly rows: number | null;
  readonly page: string | null;
  /** How many a batch held; 1 for any other request. */
  readonly operations: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** Which of the web servers answered, from 0. */
  readonly server: number;
  /** The fault that was played, or null. */
  readonly fault: string | null;
  /** The requests a batch held outside its change sets. */
  readonly parts?: readonly NotedPart[];
}

/** How long a line may wait for its file. */
const flushMs = 250;
/** Lines that wait at most before they are handed to the file. */
const waitingMax = 20_000;

/**
 * The newest requests in memory, at once, and all of them in a file of JSON lines when asked: in their order, each within
 * a moment of its answer or when the log is closed. Writing each at once would slow the requests it tells of.
 */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];
  readonly #entriesMax: number;
  readonly #file: string | null;
  #sequence = 0;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor({ entriesMax, file }: { readonly entriesMax: number; readonly file: string | null }) {
    this.#entriesMax = entriesMax;
    this.#file = file;
    // A file that cannot be written is to be known at the start.
    if (file !== null) appendFileSync(file, '');
  }

  add(entry: Omit<LoggedRequest, 'sequence'>): void {
    this.#sequence += 1;
    const whole = { sequence: this.#sequence, ...entry };
    this.#entries.push(whole);
    if (this.#entries.length > this.#entriesMax * 1.25) {
      this.#entries.splice(0, this.#entries.length - this.#entriesMax);
    }
    if (this.#file === null) return;
    this.#waiting.push(`${JSON.stringify(whole)}\n`);
    if (this.#waiting.length >= waitingMax) this.#flushBehind();
    else this.#timer ??= setTimeout(() => this.#flushBehind(), flushMs).unref();
  }

  entries(): readonly LoggedRequest[] {
    return this.#entries.slice(-this.#entriesMax);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  /** Resolves when all lines so far are in the file. @throws when it cannot be written. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const text = this.#waiting.join('');
    this.#waiting = [];
    const file = this.#file;
    if (file !== null && text !== '') this.#writing = this.#writing.then(() => appendFile(file, text));
    return this.#writing;
  }

  /** A failure is kept for who flushes and waits. */
  #flushBehind(): void {
    this.flush().catch(() => undefined);
  }
}
