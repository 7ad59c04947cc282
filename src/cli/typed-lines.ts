import { createInterface } from 'node:readline';

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
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...options.history],
    historySize: options.historyMax,
    removeHistoryDuplicates: false,
    tabSize: 4,
    completer: (line: string) => options.complete(line) as [string[], string],
  });
  const typed: TypedLine[] = [];
  let waiting: ((line: TypedLine) => void) | null = null;
  let interrupt: (() => void) | null = null;
  let last = options.history[0] ?? '';
  let hasEnded = false;
  const give = (line: TypedLine) => {
    if (waiting === null) typed.push(line);
    else {
      const wake = waiting;
      waiting = null;
      wake(line);
    }
  };
  lines.on('line', text => {
    if (text.trim() !== '' && text !== last) options.onEntered(text);
    if (text.trim() !== '') last = text;
    give({ is: 'line', text });
  });
  lines.on('SIGINT', () => {
    if (waiting === null) {
      interrupt?.();
      return;
    }
    // What stands on the line is thrown away, behind the cursor too.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    process.stdout.write('^C\n');
    give({ is: 'interrupt' });
  });
  lines.on('close', () => {
    hasEnded = true;
    give({ is: 'end' });
  });
  return {
    next: prompt => {
      const first = typed.shift();
      if (first !== undefined) return Promise.resolve(first);
      if (hasEnded) return Promise.resolve({ is: 'end' });
      lines.setPrompt(prompt);
      lines.prompt();
      return new Promise(resolve => {
        waiting = resolve;
      });
    },
    onInterrupt: listener => {
      interrupt = listener;
    },
    close: () => lines.close(),
  };
}
