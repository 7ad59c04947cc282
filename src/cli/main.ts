import { CommanderError } from 'commander';
import { exitCodes, reportFailure } from './exit.ts';
import { buildProgram } from './program.ts';
import { processTerminal, type Terminal } from './terminal.ts';

/** Runs one command line and answers the exit code; it never ends the process itself. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const outcome = { exitCode: exitCodes.done as number };
  const program = buildProgram({ terminal, finish: code => (outcome.exitCode = code) });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.exitCode;
  } catch (failure) {
    if (!(failure instanceof CommanderError) && terminal.interrupted.aborted) return exitCodes.interrupted;
    return reportFailure(failure, { terminal, json: argv.includes('--json') });
  }
}
