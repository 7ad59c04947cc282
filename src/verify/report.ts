/** What was found of one row. `columns` are names only: a report never carries a value. */
export interface RowFinding {
  readonly id: string;
  readonly is: 'missing' | 'extra' | 'different';
  /** Columns that differ, at most 20; empty for missing and extra rows. `(version)` is the row's version. */
  readonly columns: readonly string[];
  /** True when time or rounds ran out before it was proven: the environment or the lake was still moving, or the lake rests. */
  readonly unsettled: boolean;
}

/** Columns that were compared, and each that was not, with its reason. */
export interface ColumnReport {
  readonly compared: number;
  /** Null for this identity because of column security; compared as null. */
  readonly unreadable: readonly string[];
  /** Not in the lake, and why. */
  readonly omitted: readonly { readonly name: string; readonly reason: string }[];
  /** In the lake but no longer in the environment: old values stay and cannot be compared. */
  readonly removed: readonly string[];
  /** In the environment's definition or rows, and neither in the lake nor named as omitted. Never clean. */
  readonly unnamed: readonly string[];
  /** Columns whose kind in the lake does not fit the environment's definition. Never clean. */
  readonly mistyped: readonly string[];
}

/** The proof of one table. Counts are rows. */
export interface TableReport {
  readonly table: string;
  readonly clean: boolean;
  readonly environmentRows: number;
  readonly lakeRows: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** How many of missing, extra and different could not be proven in time. */
  readonly unsettled: number;
  /** Environment rows newer than everything the lake has committed, as far as they are among the findings. */
  readonly behind: number;
  /** At most 20. */
  readonly samples: readonly RowFinding[];
  readonly columns: ColumnReport;
  /** Cells of the environment with NUL or broken text, which are U+FFFD in the lake; each is compared as such. */
  readonly repairedCells: number;
  /** Rounds in which rows were read again. */
  readonly rereadRounds: number;
  readonly initialSyncCompleted: boolean;
  /** The last sequence of the table's log that was compared. */
  readonly sequence: number;
}

/** The proof of the published files: what model.json names against the committed image, or against the layout's rules. */
export interface LayoutReport {
  /** Which layout was found; only when the rules were checked. */
  readonly kind?: 'replicas' | 'incremental';
  readonly files: number;
  readonly rows: number;
  readonly problems: readonly {
    readonly table: string | null;
    readonly path: string;
    readonly problem: string;
    /** The rule that is broken, as docs/layout-rules.md names it; only when the rules were checked. */
    readonly rule?: string;
  }[];
}

export interface VerifyReport {
  readonly clean: boolean;
  /** Null when it was not asked: then `tables` is empty, and only the layout was checked. */
  readonly environment: string | null;
  readonly lake: string;
  /** ISO. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly tables: readonly TableReport[];
  readonly layout: LayoutReport;
}

/** The report for a person: one line a table, then details. Ends with a line feed. */
export function renderReport(report: VerifyReport): string {
  const proof = report.environment === null ? [] : [...summary(report.tables), ...report.tables.flatMap(details), ''];
  const lines = [...proof, ...layoutLines(report.layout)];
  const clean = report.environment === null ? 'the layout keeps every rule' : 'the lake equals the environment';
  lines.push(report.clean ? `clean: ${clean}` : 'NOT CLEAN: see above');
  return `${lines.join('\n')}\n`;
}

function summary(tables: readonly TableReport[]): string[] {
  const head = ['table', 'environment', 'lake', 'missing', 'extra', 'different', ''];
  const body = tables.map(table => [
    table.table,
    String(table.environmentRows),
    String(table.lakeRows),
    String(table.missing),
    String(table.extra),
    String(table.different),
    table.clean ? 'ok' : 'NOT CLEAN',
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...body].map(cells => (cells[at] ?? '').length)));
  return [head, ...body].map(cells =>
    cells
      .map((cell, at) =>
        at === 0 || at === cells.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function details(table: TableReport): string[] {
  const { columns } = table;
  const notes: string[] = [];
  if (!table.initialSyncCompleted) notes.push('the initial sync is not complete');
  if (table.behind > 0) notes.push(`the lake is ${table.behind} ${plural(table.behind, 'change')} behind`);
  if (table.unsettled > 0)
    notes.push(`${table.unsettled} ${plural(table.unsettled, 'row')} could not be settled in time`);
  if (table.rereadRounds > 0)
    notes.push(`rows were read again in ${table.rereadRounds} ${plural(table.rereadRounds, 'round')}`);
  if (table.repairedCells > 0) {
    notes.push(
      `${table.repairedCells} ${plural(table.repairedCells, 'cell')} with NUL or broken text, U+FFFD in the lake`,
    );
  }
  if (columns.unreadable.length > 0) notes.push(`null because of column security: ${columns.unreadable.join(', ')}`);
  if (columns.removed.length > 0)
    notes.push(`no longer in the environment, not compared: ${columns.removed.join(', ')}`);
  if (columns.unnamed.length > 0) notes.push(`in the environment but not in the lake: ${columns.unnamed.join(', ')}`);
  if (columns.mistyped.length > 0) notes.push(`type does not fit the environment: ${columns.mistyped.join(', ')}`);
  for (const [reason, names] of byReason(columns.omitted)) notes.push(`not exported: ${someOf(names)}. ${reason}`);
  for (const row of table.samples) notes.push(sampleLine(row));
  return notes.length === 0
    ? []
    : ['', `${table.table}: ${columns.compared} columns compared`, ...notes.map(note => `  ${note}`)];
}

/** Columns of a table named in a line for a person. */
const NAMED_MAX = 5;

function someOf(names: readonly string[]): string {
  if (names.length <= NAMED_MAX + 1) return names.join(', ');
  return `${names.slice(0, NAMED_MAX).join(', ')} and ${names.length - NAMED_MAX} more (--json names all)`;
}

function byReason(omitted: ColumnReport['omitted']): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, reason } of omitted) groups.set(reason, [...(groups.get(reason) ?? []), name]);
  return groups;
}

function sampleLine(row: RowFinding): string {
  const where = row.columns.length === 0 ? '' : `: ${row.columns.join(', ')}`;
  return `${row.is} ${row.id}${where}${row.unsettled ? ' (unsettled)' : ''}`;
}

function layoutLines(layout: LayoutReport): string[] {
  const { kind, files, rows, problems } = layout;
  const what = kind === undefined ? 'layout' : `layout (${kind})`;
  const head = `${what}: ${files} ${plural(files, 'file')}, ${rows} ${plural(rows, 'row')}, ${problems.length} ${plural(problems.length, 'problem')}`;
  return [
    head,
    ...problems.map(({ path, problem, rule }) => `  ${path}: ${problem}${rule === undefined ? '' : ` [${rule}]`}`),
  ];
}

function plural(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`;
}
