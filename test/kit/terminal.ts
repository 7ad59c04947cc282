import type { Terminal } from '../../src/cli/terminal.ts';

/** A terminal of 120 columns that is no screen; what is printed goes nowhere unless `changes` takes it. */
export function quietTerminal(changes: Partial<Terminal>): Terminal {
  return {
    out: () => {},
    err: () => {},
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
