import type { ShapeEvent, ShapeHistory } from '../app/shape-history.ts';
import type { ShapeChange } from '../core/shape-change.ts';

const ABOUT: Readonly<Record<ShapeChange['change'], string>> = {
  added: 'added',
  removed: 'removed; its old values stay',
  'came-back': 'came back',
  'made-again': 'made again',
  retyped: 'another type',
  resized: 'another size',
  options: 'other options',
  renamed: 'the table has another name',
  other: 'changed',
};

/** The history of a table's definition as a person reads it, newest last. */
export function shapeLines({ events, goneBefore }: ShapeHistory): string[] {
  const gone = goneBefore === null ? [] : [`what came before commit ${goneBefore} is no longer in the log`];
  return [...gone, ...events.flatMap(event => [`${event.at}  commit ${event.sequence}`, ...linesOf(event)])];
}

function linesOf(event: ShapeEvent): string[] {
  switch (event.kind) {
    case 'defined':
      return [`  ${event.columns} columns`];
    case 'read-again':
      return [`  every row is read again: ${event.reason}`];
    case 'removed':
      return ['  the table left the link'];
    case 'changed':
      return [
        ...event.changes.map(changeLine),
        ...(event.changes.length === 0 ? ['  changed in what is not shown here'] : []),
        ...(event.rewrites ? ["  readers' files are written again"] : []),
      ];
  }
}

function changeLine({ column, change, from, to }: ShapeChange): string {
  const values = [from, to].filter(text => text !== null && text !== '');
  const detail = values.length === 0 ? '' : ` (${values.join(' -> ')})`;
  return `  ${column === null ? '' : `${column}: `}${ABOUT[change]}${detail}`;
}
