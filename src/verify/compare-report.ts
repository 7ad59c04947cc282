import type { Age, RowCounts, RowSample } from './compare-classes.ts';
import type { LoneColumn, TypeDifference } from './compare-columns.ts';

/** What one lake has of a table. */
export interface SideSummary {
  readonly rows: number;
  /** Lines of its files; more than rows where it is append only. */
  readonly lines: number;
  readonly files: number;
  readonly partitions: readonly string[];
  readonly granularity: string | null;
  readonly appendOnly: boolean;
}

export interface ColumnSummary {
  /** Columns whose cells were compared. */
  readonly compared: number;
  readonly onlyOriginal: readonly LoneColumn[];
  readonly onlyOurs: readonly LoneColumn[];
  readonly firstOutOfOrder: string | null;
  readonly types: readonly TypeDifference[];
  readonly lengths: readonly { readonly name: string; readonly original: number; readonly ours: number }[];
  /** In which columns rows of the same version differ, and in how many rows. */
  readonly differing: readonly { readonly name: string; readonly rows: number }[];
}

/** A table of one or both lakes. Ids and names of columns only: a report never carries a value. */
export interface TableComparison {
  readonly table: string;
  readonly presentIn: 'both' | 'original' | 'ours' | 'neither';
  /** No difference is left unexplained. */
  readonly ready: boolean;
  readonly original: SideSummary | null;
  readonly ours: SideSummary | null;
  readonly columns: ColumnSummary | null;
  /** Rows of both lakes that are equal, and those that are not by what they are. */
  readonly rows: (RowCounts & { readonly equal: number }) | null;
  readonly age: Age | null;
  /** At most 20 of each kind. */
  readonly samples: readonly RowSample[];
  /** Why readers should not be switched, in words. */
  readonly unexplained: readonly string[];
  /** What differs and is no fault, in words. */
  readonly explained: readonly string[];
}

export interface CompareReport {
  /** Readers can be switched: every table is ready. */
  readonly ready: boolean;
  /** Folders. */
  readonly original: string;
  readonly ours: string;
  readonly layouts: { readonly original: string; readonly ours: string };
  readonly tables: readonly TableComparison[];
  /** What holds for all tables, in words. */
  readonly notes: readonly string[];
}

/** The report for a person: one line a table, then details, then the verdict. Ends with a line feed. */
export function renderComparison(report: CompareReport): string {
  const lines = [
    `original: ${report.original} (${report.layouts.original})`,
    `ours:     ${report.ours} (${report.layouts.ours})`,
    '',
    ...summary(report.tables),
    ...report.tables.flatMap(details),
    ...(report.notes.length === 0 ? [] : ['', ...report.notes]),
    '',
    verdict(report),
  ];
  return `${lines.join('\n')}\n`;
}

function verdict({ ready, tables }: CompareReport): string {
  if (ready) return 'readers can be switched: no difference is left unexplained';
  const open = tables.filter(table => !table.ready).map(({ table }) => table);
  return open.length === 0
    ? 'readers CANNOT be switched: no table was compared'
    : `readers CANNOT be switched yet: ${open.join(', ')}`;
}

const HEAD = [
  'table',
  'original',
  'ours',
  'equal',
  'only there',
  'only here',
  'different',
  'newer there',
  'newer here',
  '',
];

function summary(tables: readonly TableComparison[]): string[] {
  const body = tables.map(({ table, original, ours, rows, ready }) => [
    table,
    original === null ? '-' : String(original.rows),
    ours === null ? '-' : String(ours.rows),
    ...(rows === null
      ? ['-', '-', '-', '-', '-', '-']
      : [
          rows.equal + rows.ragged,
          rows['only-original'],
          rows['only-ours'],
          rows.different,
          rows['newer-there'],
          rows['newer-here'] + rows['deleted-here'],
        ].map(String)),
    ready ? 'ok' : 'NOT READY',
  ]);
  const widths = HEAD.map((_, at) => Math.max(...[HEAD, ...body].map(cells => (cells[at] ?? '').length)));
  return [HEAD, ...body].map(cells =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return at === 0 || at === cells.length - 1 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

function details({ table, columns, unexplained, explained, samples }: TableComparison): string[] {
  const lines = [
    ...unexplained.map(reason => `  ! ${reason}`),
    ...sampleLines(samples),
    ...explained.map(reason => `  - ${reason}`),
  ];
  if (lines.length === 0) return [];
  const compared = columns === null ? '' : `: ${columns.compared} columns compared`;
  return ['', `${table}${compared}`, ...lines];
}

/** Some of each kind are enough for a person; programs get more. */
const SAMPLES_SHOWN = 5;

function sampleLines(samples: readonly RowSample[]): string[] {
  const kinds = [...new Set(samples.map(({ is }) => is))];
  return kinds.flatMap(kind => {
    const some = samples.filter(({ is }) => is === kind).slice(0, SAMPLES_SHOWN);
    return some.map(({ id, is, columns }) => `    ${is} ${id}${columns.length === 0 ? '' : `: ${columns.join(', ')}`}`);
  });
}
