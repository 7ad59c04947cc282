import type { Terminal } from '../../src/cli/terminal.ts';
import type { LineInput, TypedLine } from '../../src/cli/typed-lines.ts';

/** A terminal of 120 columns that is no screen; what is printed goes nowhere unless `changes` takes it. */
export function quietTerminal(changes: Partial<Terminal>): Terminal {
  return {
    out: () => {},
    err: () => {},
    drained: async () => {},
    openLines: null,
    isScreen: false,
    columns: () => 120,
    rows: () => 24,
    colors: false,
    environment: {},
    readInput: async () => '',
    interrupted: new AbortController().signal,
    ...changes,
  };
}

/** Lines that a person types, one for each time a line is asked for; `^C` interrupts, and the end of the script is Ctrl-D. */
export class ScriptedLines implements LineInput {
  readonly prompts: string[] = [];
  readonly #script: string[];
  #interrupt: (() => void) | null = null;

  constructor(script: readonly string[]) {
    this.#script = [...script];
  }

  async next(prompt: string): Promise<TypedLine> {
    this.prompts.push(prompt);
    const text = this.#script.shift();
    if (text === undefined) return { is: 'end' };
    return text === '^C' ? { is: 'interrupt' } : { is: 'line', text };
  }

  onInterrupt(listener: (() => void) | null): void {
    this.#interrupt = listener;
  }

  /** Ctrl-C while something runs. */
  interrupt(): void {
    this.#interrupt?.();
  }

  close(): void {
    this.#script.length = 0;
  }
}
