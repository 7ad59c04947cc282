import type { EncodedRow, ResultField, ValueFormat } from '../workspace/sql-session.ts';
import type { Backend, ServerMessage } from '../workspace/wire/conversation.ts';
import type { ResultSink, SqlCell } from './sql-client.ts';

/** Object ids of PostgreSQL's types (pg_type.dat) whose text a JavaScript value holds exactly. */
const BOOL = 16;
const NUMBERS: ReadonlySet<number> = new Set([21, 23, 26, 700, 701]);
/** int8 and numeric: numbers to a reader, but their text is what is exact. */
const WIDE_NUMBERS: ReadonlySet<number> = new Set([20, 1700]);

/** The other end of a conversation in this process: what a client would be sent goes into a sink as values. */
export class SinkBackend implements Backend {
  #sink: ResultSink | null = null;
  #fields: readonly ResultField[] = [];
  #decoder = new TextDecoder();
  /** What is under way, in order: a sink may take its time. */
  #tail: Promise<void> = Promise.resolve();
  #error: ServerMessage | null = null;

  /** Where results go from now on; the last statement's error is forgotten. */
  begin(sink: ResultSink): void {
    this.#sink = sink;
    this.#error = null;
    this.#decoder = new TextDecoder();
    this.#tail = Promise.resolve();
  }

  /** When everything was taken: the error that ended the statement, or null. */
  async end(): Promise<ServerMessage | null> {
    await this.#tail;
    this.#sink = null;
    return this.#error;
  }

  rowDescription(fields: readonly ResultField[]): void {
    this.#fields = fields;
    const isNumber = (oid: number) => NUMBERS.has(oid) || WIDE_NUMBERS.has(oid);
    const columns = fields.map(({ name, typeOid }) => ({ name, isNumber: isNumber(typeOid) }));
    this.#then(sink => sink.columns(columns));
  }

  dataRows(rows: readonly EncodedRow[]): Promise<void> {
    const cells = rows.map(row => row.map((bytes, at) => cellOf(bytes, this.#fields[at]?.typeOid ?? 0)));
    this.#then(sink => sink.rows(cells));
    return this.#tail;
  }

  commandComplete(tag: string): void {
    this.#then(sink => sink.done(tag));
  }

  copyData(chunk: Uint8Array): Promise<void> {
    // A character may be cut in two by a chunk's end.
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#then(sink => sink.raw(text));
    return this.#tail;
  }

  error(message: ServerMessage): void {
    this.#error ??= message;
  }

  notice({ message, hint }: ServerMessage): void {
    this.#sink?.notice(hint === null ? message : `${message} ${hint}`);
  }

  flush(): Promise<void> {
    return this.#tail;
  }

  readyForQuery(): Promise<void> {
    return this.#tail;
  }

  copyOut(_format: ValueFormat): void {}
  copyDone(): void {}
  emptyQuery(): void {}
  parameterStatus(): void {}
  parseComplete(): void {}
  bindComplete(): void {}
  closeComplete(): void {}
  noData(): void {}
  portalSuspended(): void {}
  parameterDescription(): void {}

  #then(work: (sink: ResultSink) => void | Promise<void>): void {
    const sink = this.#sink;
    if (sink === null) return;
    this.#tail = this.#tail.then(() => work(sink));
    // Whoever waits for it is told; nobody may be waiting yet.
    this.#tail.catch(() => undefined);
  }
}

function cellOf(bytes: Uint8Array | null, typeOid: number): SqlCell {
  if (bytes === null) return null;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (typeOid === BOOL) return text === 't';
  if (!NUMBERS.has(typeOid)) return text;
  const number = Number(text);
  // `NaN` and `Infinity` are texts in JSON.
  return Number.isFinite(number) ? number : text;
}
