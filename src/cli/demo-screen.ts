import type { DemoScreen, DemoSignIn } from '../app/demo.ts';
import type { SqlAnswer } from '../app/sql-answer.ts';
import type { TableStatus } from '../core/status.ts';
import { resultText } from './result-text.ts';
import { fitRows, statusLines } from './status-text.ts';
import { redrawn, type Terminal } from './terminal.ts';
import { count, cut, wrapWords } from './text-table.ts';

const DRAW_MS_MIN = 200;
/** Without a screen, the live state is told this often. */
const TELL_MS = 10_000;

/** How a person repeats a command: as this process was started. */
export interface CommandName {
  readonly command: string;
}

/** The demo on a screen that is redrawn, or (a pipe, a file, a dumb terminal) as lines that say each thing once. */
export function demoScreen(terminal: Terminal, { command }: CommandName): DemoScreen {
  const area = new DrawnArea(terminal);
  const stages = new Stages(terminal);
  let told = 0;
  return {
    say: line => {
      area.end();
      terminal.out(`${wrapWords(line, { width: widthOf(terminal) }).join('\n')}\n`);
    },
    seeding: ({ done, total }) => {
      const line = `filling the embedded environment: ${count(done)} of ${count(total)} rows`;
      if (terminal.isScreen) area.draw([line]);
      else if (stages.isNew('seeding', 'begun')) terminal.out(`${line}\n`);
    },
    progress: tables => {
      if (terminal.isScreen) area.draw(progressLines(tables, terminal));
      else stages.tell(tables);
    },
    result: (sql, answer) => {
      area.end();
      terminal.out(`\n${sqlText(sql, terminal)}\n\n${indent(sampleText(answer, terminal))}\n\n`);
    },
    overview: about => {
      area.end();
      terminal.out(`${overviewLines({ ...about, command, width: widthOf(terminal) }).join('\n')}\n\n`);
    },
    live: (tables, nowMs) => {
      if (terminal.isScreen) {
        area.draw([...liveLines(tables, nowMs, terminal), '', 'Ctrl-C stops the demo; its data is kept']);
      } else if (nowMs - told >= TELL_MS) {
        told = nowMs;
        terminal.out(`${liveSentence(tables)}\n`);
      }
    },
    end: tables => {
      area.end();
      terminal.out(`${tables.map(table => `${table.table}: ${count(table.count)} rows`).join('\n')}\n`);
    },
  };
}

/** Lines at the bottom of the screen that replace themselves. */
class DrawnArea {
  readonly #terminal: Terminal;
  #lines = 0;
  #size = '';
  #drawnAtMs = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    const nowMs = Date.now();
    if (this.#lines > 0 && nowMs - this.#drawnAtMs < DRAW_MS_MIN) return;
    const [columns, rows] = [this.#terminal.columns(), this.#terminal.rows()];
    const shown = lines.slice(0, rows - 1).map(line => cut(line, columns - 1));
    // After a resize the terminal has wrapped and moved what was drawn: only the whole screen is certain then.
    const wasResized = this.#lines > 0 && this.#size !== `${columns}x${rows}`;
    this.#terminal.out(redrawn(shown, wasResized ? null : this.#lines));
    this.#lines = shown.length;
    this.#size = `${columns}x${rows}`;
    this.#drawnAtMs = nowMs;
  }

  /** What was drawn goes; what is written next stays. */
  end(): void {
    if (this.#lines > 0) this.#terminal.out(redrawn([], this.#lines));
    this.#lines = 0;
  }
}

/** One line a table and stage, where nothing can be redrawn. */
class Stages {
  readonly #terminal: Terminal;
  readonly #told = new Set<string>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  isNew(table: string, stage: string): boolean {
    const key = `${table} ${stage}`;
    if (this.#told.has(key)) return false;
    this.#told.add(key);
    return true;
  }

  tell(tables: readonly TableStatus[]): void {
    for (const table of tables) {
      if (table.initialSync === 'Completed') {
        if (this.isNew(table.table, 'done'))
          this.#terminal.out(`${table.table}: initial sync complete, ${count(table.count)} rows\n`);
      } else if (table.error !== null) {
        if (this.isNew(table.table, table.error.code)) this.#terminal.out(`${table.table}: ${table.error.message}\n`);
      } else if (table.progress !== null && this.isNew(table.table, 'begun')) {
        this.#terminal.out(`${table.table}: initial sync\n`);
      }
    }
  }
}

function progressLines(tables: readonly TableStatus[], terminal: Terminal): string[] {
  const nameWidth = Math.min(20, Math.max(...tables.map(table => table.table.length), 5));
  const barWidth = Math.max(5, Math.min(30, terminal.columns() - nameWidth - 34));
  const room = terminal.rows() - 3;
  // Where the screen is too low, what is done gives way to what is not.
  const done = tables.filter(table => table.initialSync === 'Completed').length;
  const open = tables.filter(table => table.initialSync !== 'Completed');
  const shown = tables.length <= room ? tables : open.slice(0, room);
  const lines = shown.map(table => {
    const share = shareOf(table);
    const name = cut(table.table, nameWidth).padEnd(nameWidth);
    return `${name} ${bar(share, barWidth)} ${percent(share)}  ${count(rowsOf(table)).padStart(9)} rows  ${noteOf(table)}`;
  });
  return [`initial sync: ${done} of ${tables.length} tables`, ...lines];
}

function shareOf(table: TableStatus): number | null {
  if (table.initialSync === 'Completed') return 1;
  if (table.progress === null) return 0;
  const { rows, estimate } = table.progress;
  return estimate === null || estimate === 0 ? null : Math.min(0.99, rows / estimate);
}

function rowsOf(table: TableStatus): number {
  return table.initialSync === 'Completed' ? table.count : (table.progress?.rows ?? 0);
}

function noteOf(table: TableStatus): string {
  if (table.error !== null) return table.error.message;
  return table.initialSync === 'Completed' ? 'done' : '';
}

function bar(share: number | null, width: number): string {
  const full = Math.round((share ?? 0) * width);
  return share === null ? '·'.repeat(width) : '█'.repeat(full) + '░'.repeat(width - full);
}

function percent(share: number | null): string {
  return share === null ? '    ' : `${String(Math.floor(share * 100)).padStart(3)}%`;
}

function liveLines(tables: readonly TableStatus[], nowMs: number, terminal: Terminal): readonly string[] {
  return fitRows(statusLines(tables, { nowMs, width: terminal.columns() - 1 }), Math.max(3, terminal.rows() - 3));
}

function liveSentence(tables: readonly TableStatus[]): string {
  const rows = tables.reduce((sum, table) => sum + table.count, 0);
  const changes = tables.reduce((sum, table) => sum + table.changes.rows + table.changes.deletes, 0);
  const active = tables.filter(table => table.label === 'Active').length;
  return `${active} of ${tables.length} tables active, ${count(rows)} rows, ${count(changes)} changes so far`;
}

function sampleText(answer: SqlAnswer, terminal: Terminal): string {
  return resultText(answer, { width: terminal.columns() - 4 }).trimEnd();
}

/** Commands are left whole for copying, however narrow the screen. */
function overviewLines(about: {
  readonly lakePath: string;
  readonly link: string;
  readonly sql: DemoSignIn | null;
  readonly command: string;
  readonly width: number;
}): string[] {
  const { command, width, sql } = about;
  const prose = 'CSV by table and partition, model.json beside them, commits below .lakelink';
  return [
    `the lake        ${about.lakePath}`,
    ...wrapWords(prose, { width, indent: 16 }),
    'try next, in another terminal:',
    `  ${command} status --watch`,
    `  ${command} sql "SELECT name, createdon FROM account ORDER BY createdon DESC LIMIT 5"`,
    `  ${command} sql`,
    ...(sql === null ? [] : [`  ${psqlLine(sql)}`]),
    `  ${command} verify ${about.link}`,
    `  ${command} tables list ${about.link}`,
  ];
}

/** Any PostgreSQL client takes this address; the password is good until the demo ends. */
function psqlLine({ host, port, user, password, database }: DemoSignIn): string {
  const where = host.includes(':') ? `[${host}]` : host;
  return `psql "postgresql://${user}:${password}@${where}:${port}/${database}"`;
}

function sqlText(sql: string, terminal: Terminal): string {
  return sql
    .split('\n')
    .flatMap(line => wrapWords(line, { width: widthOf(terminal), indent: 2 }))
    .join('\n');
}

/** A line that fills the screen to its edge is wrapped by some terminals. */
function widthOf(terminal: Terminal): number {
  return terminal.columns() - 1;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
