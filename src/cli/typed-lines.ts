import { createInterface, type Interface } from 'node:readline';

/** What a person did when a line was asked for. */
export type TypedLine =
  | { readonly is: 'line'; readonly text: string }
  /** Ctrl-C: what was typed is thrown away. */
  | { readonly is: 'interrupt' }
  /** Ctrl-D, or the terminal is gone. */
  | { readonly is: 'end' };

export interface LineInput {
  /** Shows the prompt and waits. Lines that came meanwhile, or were pasted together, are given out one by one. */
  next(prompt: string): Promise<TypedLine>;
  /** Takes Ctrl-C while nobody waits for a line; null: nobody takes it. */
  onInterrupt(listener: (() => void) | null): void;
  close(): void;
}

export interface LineOptions {
  /** Newest first. */
  readonly history: readonly string[];
  readonly historyMax: number;
  /** What the end of a line could become, and the part of it that these begin with. */
  readonly complete: (line: string) => readonly [readonly string[], string];
  /** A line was entered; it is not the same as the one before. */
  readonly onEntered: (line: string) => void;
}

/** Lines from the terminal of this process, with Node.js's own editing, history and completion. */
export function openTypedLines(options: LineOptions): LineInput {
  return new TypedLines(options);
}

class TypedLines implements LineInput {
  readonly #lines: Interface;
  /** Entered while nobody waited. */
  readonly #typed: TypedLine[] = [];
  #waiting: ((line: TypedLine) => void) | null = null;
  #interrupt: (() => void) | null = null;
  #last: string;
  #hasEnded = false;

  constructor({ history, historyMax, complete, onEntered }: LineOptions) {
    this.#last = history[0] ?? '';
    this.#lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      history: [...history],
      historySize: historyMax,
      tabSize: 4,
      completer: (line: string) => complete(line) as [string[], string],
    });
    this.#lines.on('line', text => {
      if (text.trim() !== '' && text !== this.#last) onEntered(text);
      if (text.trim() !== '') this.#last = text;
      this.#give({ is: 'line', text });
    });
    this.#lines.on('SIGINT', () => this.#interrupted());
    this.#lines.on('close', () => {
      this.#hasEnded = true;
      this.#give({ is: 'end' });
    });
  }

  next(prompt: string): Promise<TypedLine> {
    const first = this.#typed.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#hasEnded) return Promise.resolve({ is: 'end' });
    this.#lines.setPrompt(prompt);
    this.#lines.prompt();
    return new Promise(resolve => {
      this.#waiting = resolve;
    });
  }

  onInterrupt(listener: (() => void) | null): void {
    this.#interrupt = listener;
  }

  close(): void {
    this.#lines.close();
  }

  #interrupted(): void {
    if (this.#waiting === null) {
      this.#interrupt?.();
      return;
    }
    // What stands on the line is thrown away, behind the cursor too.
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
    process.stdout.write('^C\n');
    this.#give({ is: 'interrupt' });
  }

  #give(line: TypedLine): void {
    const wake = this.#waiting;
    this.#waiting = null;
    if (wake === null) this.#typed.push(line);
    else wake(line);
  }
}
