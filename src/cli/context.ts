import type { Terminal } from './terminal.ts';

/** What every command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Sets the exit code of a command that ends without a failure (verify: different). */
  finish(exitCode: number): void;
}

/** Text for the end of a command's help. */
export function examplesText(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}\n`;
}

export const JSON_OPTION = ['--json', 'print JSON for programs'] as const;

/** Prints a value as JSON, or the lines a person reads. */
export function print(
  terminal: Terminal,
  options: { readonly json?: boolean },
  value: unknown,
  lines: () => readonly string[],
): void {
  if (options.json === true) terminal.out(`${JSON.stringify(value)}\n`);
  else for (const line of lines()) terminal.out(`${line}\n`);
}
