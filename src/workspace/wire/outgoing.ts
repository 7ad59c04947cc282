import type { Writable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { Fault } from '../../core/fault.ts';
import type { EncodedRow, ResultField, ValueFormat } from '../sql-session.ts';
import type { Backend, ServerMessage, TransactionStatus } from './conversation.ts';
import { MessageWriter } from './message-writer.ts';

/** So much is written before others get a turn: a fast client must not hold up all of them. */
const TURN_BYTES = 1024 * 1024;

export interface OutgoingOptions {
  readonly unsentBytesMax: number;
  readonly stalledMs: number;
  readonly clock: Clock;
  /** Resolves after what waits for input and output had its turn. */
  readonly nextTurn: () => Promise<void>;
  /** The client takes nothing. */
  readonly onStalled: () => void;
}

/**
 * What the server says on one connection. After `finish` everything more is dropped in silence, but `dataRows` and
 * `copyData` reject: who sends a long result must stop.
 */
export class Outgoing implements Backend {
  readonly #options: OutgoingOptions;
  readonly #writer = new MessageWriter(chunk => this.#give(chunk));
  #socket: Writable | null = null;
  #isFinished = false;
  #isCongested = false;
  #sinceTurn = 0;
  /** Counts errors: each ends the rows before it. */
  #result = 0;
  readonly #waiting = new Set<() => void>();
  readonly #onDrain = () => this.#release();

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Where bytes go from now on; for a second time when the connection becomes an encrypted one. */
  attach(socket: Writable): void {
    this.#socket?.off('drain', this.#onDrain);
    this.#socket = socket;
    socket.on('drain', this.#onDrain);
  }

  /** Nothing more is said. */
  finish(): void {
    if (this.#isFinished) return;
    this.#writer.flush();
    this.#isFinished = true;
    this.#release();
  }

  /** A byte outside of messages: the answer to a request for encryption. */
  raw(letter: 'S' | 'N'): void {
    if (!this.#isFinished) this.#socket?.write(letter);
  }

  authentication(kind: number, data: Uint8Array): void {
    this.#writer.begin('R');
    this.#writer.int32(kind);
    this.#writer.bytes(data);
    this.#writer.end();
  }

  negotiateVersion(options: readonly string[]): void {
    this.#writer.begin('v');
    // The whole version, as PostgreSQL sends it and clients read it; its documentation speaks of the minor one.
    this.#writer.int32(3 << 16);
    this.#writer.int32(options.length);
    for (const option of options) this.#writer.text(option);
    this.#writer.end();
  }

  backendKeyData(processId: number, secret: Uint8Array): void {
    this.#writer.begin('K');
    this.#writer.int32(processId);
    this.#writer.bytes(secret);
    this.#writer.end();
  }

  parseComplete(): void {
    this.#empty('1');
  }

  bindComplete(): void {
    this.#empty('2');
  }

  closeComplete(): void {
    this.#empty('3');
  }

  noData(): void {
    this.#empty('n');
  }

  emptyQuery(): void {
    this.#empty('I');
  }

  portalSuspended(): void {
    this.#empty('s');
  }

  copyDone(): void {
    this.#empty('c');
  }

  parameterDescription(typeOids: readonly number[]): void {
    this.#writer.begin('t');
    this.#writer.int16(signed16(typeOids.length));
    for (const oid of typeOids) this.#writer.int32(oid);
    this.#writer.end();
  }

  rowDescription(fields: readonly ResultField[], formats: readonly ValueFormat[]): void {
    const writer = this.#writer;
    writer.begin('T');
    writer.int16(signed16(fields.length));
    fields.forEach((field, index) => {
      writer.text(field.name);
      // No table and column behind it: results come from queries over views.
      writer.int32(0);
      writer.int16(0);
      writer.int32(field.typeOid);
      writer.int16(field.typeSize);
      writer.int32(field.typeModifier);
      writer.int16(formatCode(formats, index));
    });
    writer.end();
  }

  async dataRows(rows: readonly EncodedRow[]): Promise<void> {
    const result = this.#result;
    for (const row of rows) {
      this.#mustBeOpen();
      this.#writer.dataRow(row);
      if (!this.#isCongested && this.#sinceTurn < TURN_BYTES) continue;
      await this.#pause();
      // Its statement was interrupted, and the client told so: a row behind that would be one of nothing.
      if (result !== this.#result) return;
    }
    this.#mustBeOpen();
  }

  async copyData(chunk: Uint8Array): Promise<void> {
    this.#mustBeOpen();
    this.#writer.begin('d');
    this.#writer.bytes(chunk);
    this.#writer.end();
    if (this.#isCongested || this.#sinceTurn >= TURN_BYTES) await this.#pause();
    this.#mustBeOpen();
  }

  commandComplete(tag: string): void {
    this.#writer.begin('C');
    this.#writer.text(tag);
    this.#writer.end();
  }

  copyOut(format: ValueFormat, columns: number): void {
    const code = format === 'text' ? 0 : 1;
    this.#writer.begin('H');
    this.#writer.byte(code);
    this.#writer.int16(signed16(columns));
    for (let column = 0; column < columns; column += 1) this.#writer.int16(code);
    this.#writer.end();
  }

  error(message: ServerMessage): void {
    this.#result += 1;
    this.#message('E', message);
  }

  notice(message: ServerMessage): void {
    this.#message('N', message);
  }

  parameterStatus(name: string, value: string): void {
    this.#writer.begin('S');
    this.#writer.text(name);
    this.#writer.text(value);
    this.#writer.end();
  }

  readyForQuery(status: TransactionStatus): Promise<void> {
    this.#writer.begin('Z');
    this.#writer.byte(status.charCodeAt(0));
    this.#writer.end();
    return this.flush();
  }

  async flush(): Promise<void> {
    this.#writer.flush();
    if (this.#isCongested) await this.#pause();
  }

  /** Waits until the client has taken enough for more; sends nothing by itself. */
  async settled(): Promise<void> {
    if (this.#isCongested) await this.#pause();
  }

  #empty(type: string): void {
    this.#writer.begin(type);
    this.#writer.end();
  }

  #message(type: 'E' | 'N', message: ServerMessage): void {
    const writer = this.#writer;
    const field = (code: string, value: string | null) => {
      if (value === null) return;
      writer.byte(code.charCodeAt(0));
      writer.text(value);
    };
    writer.begin(type);
    field('S', message.severity);
    field('V', message.severity);
    field('C', message.sqlState);
    field('M', message.message);
    field('D', message.detail);
    field('H', message.hint);
    field('P', message.position === null ? null : String(message.position));
    writer.byte(0);
    writer.end();
  }

  #give(chunk: Buffer): void {
    if (this.#isFinished || this.#socket === null) return;
    this.#sinceTurn += chunk.length;
    const hasRoom = this.#socket.write(chunk);
    // Only where the socket said that it is full does it say when it is not.
    if (!hasRoom && this.#socket.writableLength >= this.#options.unsentBytesMax) this.#isCongested = true;
  }

  async #pause(): Promise<void> {
    const { clock, stalledMs, nextTurn, onStalled } = this.#options;
    this.#sinceTurn = 0;
    if (!this.#isCongested || this.#isFinished) return nextTurn();
    const patience = new AbortController();
    const drained = new Promise<void>(resolve => {
      this.#waiting.add(resolve);
    });
    clock.sleep(stalledMs, patience.signal).then(onStalled, () => {});
    await drained;
    patience.abort();
  }

  #release(): void {
    this.#isCongested = false;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resume of waiting) resume();
  }

  #mustBeOpen(): void {
    if (this.#isFinished) throw new Fault('service/stopped', { reason: 'the connection is gone' });
  }
}

function formatCode(formats: readonly ValueFormat[], index: number): number {
  const format = formats.length === 1 ? formats[0] : formats[index];
  return format === 'binary' ? 1 : 0;
}

/** Counts go up to 65,535 and are read without a sign. */
function signed16(count: number): number {
  return (count << 16) >> 16;
}
