import type { RelationInfo, ResultSink, SqlClient } from '../app/sql-client.ts';
import { takeApart } from '../app/sql-statements.ts';
import { type Fault, toFault } from '../core/fault.ts';
import { usage } from './exit.ts';
import type { ResultFile } from './sql-file.ts';
import { columnLines, databaseLines, META_HELP, type MetaCommand, parseMeta, relationLines } from './sql-meta.ts';
import { type TextFormat, textSink } from './sql-output.ts';
import { runStatements, typedErrorText } from './sql-run.ts';
import { completions } from './sql-words.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './text-table.ts';
import type { LineInput } from './typed-lines.ts';

/** What the names of a database are asked for again after. */
const NAMES_MS = 10_000;

export interface ShellParts {
  readonly client: SqlClient;
  readonly terminal: Terminal;
  readonly lines: LineInput;
  readonly format: TextFormat;
  readonly nowMs: () => number;
  /** The text of a file of statements. */
  readonly readText: (path: string) => Promise<string>;
  /** A new file for results. */
  readonly newFile: (path: string) => Promise<ResultFile>;
}

/** An interactive session: statements that may take several lines, and commands that begin with a backslash. */
export class SqlShell {
  readonly #parts: ShellParts;
  #buffer = '';
  #expanded = false;
  #timing = false;
  #file: ResultFile | null = null;
  #names: { readonly relations: readonly RelationInfo[]; readonly databases: readonly string[]; readonly atMs: number };

  constructor(parts: ShellParts) {
    this.#parts = parts;
    this.#names = { relations: [], databases: [], atMs: Number.NEGATIVE_INFINITY };
  }

  /** Until the person ends it, or the process is to end. */
  async run(): Promise<void> {
    const { client, terminal, lines } = this.#parts;
    const end = () => lines.close();
    terminal.interrupted.addEventListener('abort', end, { once: true });
    try {
      terminal.out(`database ${client.database}; \\? says what can be typed, \\q ends\n`);
      await this.#learnNames();
      for (;;) {
        const typed = await lines.next(`${client.database}${this.#buffer === '' ? '=>' : '->'} `);
        if (typed.is === 'end') {
          terminal.out('\n');
          break;
        }
        if (typed.is === 'interrupt') this.#buffer = '';
        else if (!(await this.#take(typed.text))) break;
      }
    } finally {
      terminal.interrupted.removeEventListener('abort', end);
      await this.#closeFile();
    }
  }

  /** What the end of a line could become. */
  complete(line: string): readonly [readonly string[], string] {
    const { relations, databases } = this.#names;
    const names = { database: this.#parts.client.database, relations, databases };
    return completions(line, { before: this.#buffer, names });
  }

  /** False: the person ended it. */
  async #take(line: string): Promise<boolean> {
    const meta = this.#buffer === '' ? parseMeta(line) : null;
    if (meta !== null) {
      if (meta.name === 'q' || meta.name === 'quit') return false;
      await this.#attempt(meta.argument, signal => this.#perform(meta, signal));
      return true;
    }
    const text = this.#buffer === '' ? line : `${this.#buffer}\n${line}`;
    const { statements, rest } = takeApart(text);
    this.#buffer = rest?.text ?? '';
    for (const { text: statement } of statements) {
      if (!(await this.#attempt(statement, signal => this.#statements(statement, signal)))) break;
    }
    return true;
  }

  /** Ctrl-C stops the work and not the shell; a failure is told, and the shell goes on. */
  async #attempt(source: string, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { terminal, lines } = this.#parts;
    const stop = new AbortController();
    lines.onInterrupt(() => stop.abort(new DOMException('cancelled', 'AbortError')));
    try {
      await work(AbortSignal.any([stop.signal, terminal.interrupted]));
      return true;
    } catch (failure) {
      if (stop.signal.aborted) terminal.err('cancelled\n');
      else terminal.err(this.#errorText(toFault(failure), source));
      return false;
    } finally {
      lines.onInterrupt(null);
    }
  }

  #errorText(fault: Fault, source: string): string {
    return typedErrorText(fault, { source, width: this.#parts.terminal.columns() - 1 });
  }

  async #statements(source: string, signal: AbortSignal): Promise<void> {
    const { client, terminal, nowMs } = this.#parts;
    const startedMs = nowMs();
    await runStatements(source, { client, sink: this.#sink(), signal });
    if (this.#timing) terminal.out(`time: ${(nowMs() - startedMs).toLocaleString('en-US')} ms\n`);
    await this.#learnNames();
  }

  #sink(): ResultSink {
    const { terminal, format } = this.#parts;
    const file = this.#file;
    return textSink({
      format,
      width: file === null ? terminal.columns() - 1 : 1_000_000,
      expanded: this.#expanded,
      write: async text => {
        if (file !== null) return file.write(text);
        terminal.out(text);
        await terminal.drained();
      },
      notice: text => terminal.err(`${printable(text)}\n`),
    });
  }

  async #perform({ name, argument }: MetaCommand, signal: AbortSignal): Promise<void> {
    const { client, terminal } = this.#parts;
    const width = terminal.columns() - 1;
    switch (name) {
      case '?':
        return this.#say(META_HELP);
      case 'l':
        return this.#say(await databaseLines(client, width));
      case 'd':
      case 'dt': {
        const relations = await client.relations(signal);
        if (argument === '') return this.#say(relationLines(relations, { onlyTables: name === 'dt', width }));
        return this.#say(columnLines(relations, { name: argument, width }));
      }
      case 'c':
        if (argument === '') return this.#say([`database ${client.database}`]);
        await client.connect(argument);
        this.#forgetNames();
        await this.#learnNames();
        return this.#say([`database ${client.database}`]);
      case 'x':
        this.#expanded = !this.#expanded;
        return this.#say([`one line a value: ${this.#expanded ? 'on' : 'off'}`]);
      case 'timing':
        this.#timing = !this.#timing;
        return this.#say([`timing: ${this.#timing ? 'on' : 'off'}`]);
      case 'o':
        return this.#sendTo(argument);
      case 'i':
        return this.#runFile(argument, signal);
      default:
        throw usage(`\\${name}`, 'there is no such command; \\? lists them');
    }
  }

  async #sendTo(path: string): Promise<void> {
    await this.#closeFile();
    if (path !== '') this.#file = await this.#parts.newFile(path);
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }

  async #runFile(path: string, signal: AbortSignal): Promise<void> {
    if (path === '') throw usage('\\i', 'name a file');
    const text = await this.#parts.readText(path);
    try {
      await this.#statements(text, signal);
    } catch (failure) {
      if (signal.aborted) throw failure;
      this.#parts.terminal.err(this.#errorText(toFault(failure), text));
    }
  }

  #say(lines: readonly string[]): void {
    this.#parts.terminal.out(`${lines.map(printable).join('\n')}\n`);
  }

  #forgetNames(): void {
    this.#names = { ...this.#names, relations: [], atMs: Number.NEGATIVE_INFINITY };
  }

  /** Names are only for completion: what cannot be learnt is not completed. */
  async #learnNames(): Promise<void> {
    const { client, terminal, nowMs } = this.#parts;
    if (nowMs() - this.#names.atMs < NAMES_MS) return;
    try {
      const relations = await client.relations(terminal.interrupted);
      const databases = (await client.databases()).map(({ name }) => name);
      this.#names = { relations, databases, atMs: nowMs() };
    } catch {
      this.#names = { ...this.#names, atMs: nowMs() };
    }
  }
}
