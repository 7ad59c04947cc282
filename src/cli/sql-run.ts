import type { ResultSink, SqlClient } from '../app/sql-client.ts';
import { takeApart } from '../app/sql-statements.ts';
import { Fault } from '../core/fault.ts';
import { cut, printable } from './text-table.ts';
import { textWidth } from './text-width.ts';

/**
 * Runs the statements of a text one after the other and stops at the first error; its `position` is then one in the
 * whole text. The last statement needs no semicolon.
 */
export async function runStatements(
  source: string,
  { client, sink, signal }: { readonly client: SqlClient; readonly sink: ResultSink; readonly signal: AbortSignal },
): Promise<void> {
  const { statements, rest } = takeApart(source);
  for (const { text, start } of rest === null ? statements : [...statements, rest]) {
    signal.throwIfAborted();
    try {
      await client.run(text, { sink, signal });
    } catch (failure) {
      throw failure instanceof Fault ? placed(failure, start) : failure;
    }
  }
}

function placed(fault: Fault, start: number): Fault {
  const { position } = fault.details;
  if (typeof position !== 'number' || start === 0) return fault;
  return new Fault(fault.code, { ...fault.details, position: position + start }, { cause: fault.cause ?? fault });
}

/** The line that an error is in, and a caret below the place; none where no place is known. */
export function caretLines(
  fault: Fault,
  { source, width }: { readonly source: string; readonly width: number },
): string[] {
  const { position } = fault.details;
  if (typeof position !== 'number' || position < 1 || position > source.length + 1) return [];
  const before = source.slice(0, position - 1);
  const lineStart = before.lastIndexOf('\n') + 1;
  const [line = ''] = source.slice(lineStart).split(/\r?\n/, 1);
  const head = `LINE ${before.split('\n').length}: `;
  const room = Math.max(20, width - head.length);
  const left = printable(before.slice(lineStart));
  // Of a long line, what stands around the place.
  const dropped = textWidth(left) > room / 2 ? left.length - Math.floor(room / 2) : 0;
  const shown = `${dropped > 0 ? '…' : ''}${(left + printable(line.slice(before.length - lineStart))).slice(dropped)}`;
  const indent = textWidth(`${dropped > 0 ? '…' : ''}${left.slice(dropped)}`);
  return [`${head}${cut(shown, room)}`, `${' '.repeat(head.length + indent)}^`];
}

/** An error for somebody who just typed it: the reason first, then where, then what to do. */
export function typedErrorText(fault: Fault, options: { readonly source: string; readonly width: number }): string {
  const { reason, detail, hint, sqlstate } = fault.details;
  const isOfText = fault.code === 'input/sql' && typeof reason === 'string';
  const lines = [`error: ${isOfText ? reason : fault.message}`, ...caretLines(fault, options)];
  if (isOfText && typeof detail === 'string') lines.push(`  ${detail}`);
  if (isOfText && typeof hint === 'string') lines.push(`  what to do: ${hint}`);
  if (!isOfText && fault.entry.remedy !== null) lines.push(`  what to do: ${fault.entry.remedy}`);
  lines.push(`  code: ${isOfText && typeof sqlstate === 'string' ? sqlstate : fault.code}`);
  return `${lines.join('\n')}\n`;
}
