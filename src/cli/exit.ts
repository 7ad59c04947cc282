import { CommanderError } from 'commander';
import { Fault, toFault } from '../core/fault.ts';
import type { Terminal } from './terminal.ts';

/** What a command ends with. docs/reference.md names them. */
export const exitCodes = {
  done: 0,
  /** It failed, or the two sides differ (verify), or differ without a reason (compare). */
  failed: 1,
  /** The command line or a value in it is not valid. */
  usage: 2,
  /** No service is running. */
  notRunning: 3,
  /** Ctrl-C before it was done. Commands that run until Ctrl-C (start, demo, sandbox, status --watch) end with 0. */
  interrupted: 130,
} as const;

/** Prints a failure for a person (what, where, what to do), or as JSON, and answers the exit code. */
export function reportFailure(
  thrown: unknown,
  options: { readonly terminal: Terminal; readonly json: boolean },
): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const fault = toFault(thrown);
  options.terminal.err(options.json ? jsonOf(fault) : textOf(fault));
  return exitCodeOf(fault);
}

export function exitCodeOf(fault: Fault): number {
  if (fault.code.startsWith('input/')) return exitCodes.usage;
  if (fault.code === 'service/not-running') return exitCodes.notRunning;
  return exitCodes.failed;
}

function textOf(fault: Fault): string {
  const lines = [`error: ${fault.message}`];
  if (fault.entry.remedy !== null) lines.push(`  what to do: ${fault.entry.remedy}`);
  lines.push(`  code: ${fault.code}`);
  if (fault.code === 'internal/bug' && fault.cause instanceof Error && fault.cause.stack !== undefined) {
    lines.push(...fault.cause.stack.split('\n').slice(1, 6));
  }
  return `${lines.join('\n')}\n`;
}

function jsonOf(fault: Fault): string {
  const { code, message, details } = fault;
  return `${JSON.stringify({ error: { code, message, remedy: fault.entry.remedy, details } })}\n`;
}

/** A mistake in the command line that only the command itself can see. */
export function usage(option: string, reason: string): Fault {
  return new Fault('input/invalid', { option, reason });
}
