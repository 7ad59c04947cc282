import { appendFileSync } from 'node:fs';
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
  /** The fault that was played, or null. */
  readonly fault: string | null;
  /** The requests a batch held outside its change sets. */
  readonly parts?: readonly NotedPart[];
}

/** The newest requests in memory, and all of them in a file of JSON lines when asked. */
export class RequestLog {
  readonly #entries: LoggedRequest[] = [];
  readonly #entriesMax: number;
  readonly #file: string | null;
  #sequence = 0;

  constructor({ entriesMax, file }: { readonly entriesMax: number; readonly file: string | null }) {
    this.#entriesMax = entriesMax;
    this.#file = file;
  }

  add(entry: Omit<LoggedRequest, 'sequence'>): void {
    this.#sequence += 1;
    const whole = { sequence: this.#sequence, ...entry };
    this.#entries.push(whole);
    if (this.#entries.length > this.#entriesMax * 1.25) {
      this.#entries.splice(0, this.#entries.length - this.#entriesMax);
    }
    if (this.#file !== null) appendFileSync(this.#file, `${JSON.stringify(whole)}\n`);
  }

  entries(): readonly LoggedRequest[] {
    return this.#entries.slice(-this.#entriesMax);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
