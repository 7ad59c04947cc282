import { fitText, textWidth } from './text-width.ts';

export interface TextColumn {
  readonly title: string;
  /** Numbers stand right. */
  readonly right?: boolean;
  /** Left out first where the line is too narrow: the highest number goes first; 0 (default) never goes. */
  readonly dropOrder?: number;
}

/**
 * Lays rows out in columns of at most `width` characters a line. Too wide: columns with a `dropOrder` go, then the
 * widest text is cut with an ellipsis.
 */
export function textTable(options: {
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly string[])[];
  readonly width: number;
}): string[] {
  const line = textLine(options);
  return [line(options.columns.map(column => column.title)), ...options.rows.map(line)];
}

/** The same for rows that are not all here yet: what makes a line of one, in columns as these rows need them. */
export function textLine(options: {
  readonly columns: readonly TextColumn[];
  readonly rows: readonly (readonly string[])[];
  readonly width: number;
  /** Called for each cell of a line that is cut. */
  readonly onCut?: () => void;
}): (cells: readonly string[]) => string {
  const shown = options.columns.map((column, index) => ({ column, index, width: naturalWidth(options, index) }));
  const total = () => shown.reduce((sum, one) => sum + one.width, 0) + 2 * Math.max(0, shown.length - 1);
  while (total() > options.width) {
    const drop = shown.reduce<(typeof shown)[number] | null>(
      (worst, one) => ((one.column.dropOrder ?? 0) > (worst?.column.dropOrder ?? 0) ? one : worst),
      null,
    );
    if (drop === null) break;
    shown.splice(shown.indexOf(drop), 1);
  }
  while (total() > options.width) {
    const widest = shown.reduce((most, one) => (one.width > most.width ? one : most));
    if (widest.width <= 4) break;
    widest.width -= 1;
  }
  return cells =>
    shown
      .map(({ column, index, width }) => {
        const cell = cells[index] ?? '';
        const fitting = cut(cell, width);
        if (fitting !== cell) options.onCut?.();
        return pad(fitting, width, column.right === true);
      })
      .join('  ')
      .trimEnd();
}

function naturalWidth(
  options: { readonly columns: readonly TextColumn[]; readonly rows: readonly (readonly string[])[] },
  index: number,
): number {
  const texts = [options.columns[index]?.title ?? '', ...options.rows.map(row => row[index] ?? '')];
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
}

export function cut(text: string, width: number): string {
  return textWidth(text) <= width ? text : `${fitText(text, width - 1)}…`;
}

/** Lines of at most `width` characters, `indent` of them spaces; a word that is longer stands alone and whole. */
export function wrapWords(text: string, { width, indent = 0 }: { readonly width: number; readonly indent?: number }) {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > width - indent) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map(one => `${' '.repeat(indent)}${one}`);
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - textWidth(text)));
  return right ? space + text : text + space;
}

const CONTROLS = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Control characters of a value, and those that turn the direction of writing, would move the cursor, colour the screen or reorder a line: they are shown as their escapes. */
export function printable(text: string): string {
  return text.replace(CONTROLS, character => {
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    if (character === '\t') return '\\t';
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** `12345` as `12,345`. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** A size in the largest unit that it fills. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const amount = bytes / 1_000 ** step;
  return `${step === 0 ? amount : amount.toFixed(1)} ${units[step]}`;
}

/** How long ago, in words a status line has room for. */
export function ago(isoTime: string | null, nowMs: number): string {
  if (isoTime === null) return '-';
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(isoTime)) / 1_000));
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`;
  if (seconds < 100 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
