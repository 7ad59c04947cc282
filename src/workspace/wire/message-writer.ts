import type { EncodedRow } from '../sql-session.ts';

/** Enough that a write costs little beside what it carries, little enough that 100 connections may each have some. */
const CHUNK_BYTES = 64 * 1024;
/** Below this a value is copied byte by byte: a call to copy costs more. */
const SMALL_BYTES = 24;
const DATA_ROW = 0x44;
/** Type and length. */
const HEADER_BYTES = 5;

/**
 * Writes messages one after another into chunks, each message with its type and length (PostgreSQL documentation,
 * "Message Formats"). A chunk that is full is given to `emit`, always at the end of a message.
 */
export class MessageWriter {
  readonly #emit: (chunk: Buffer) => void;
  #chunk = Buffer.alloc(0);
  /** In the chunk: what was not given out, the message that is written now, the next byte. */
  #from = 0;
  #message = 0;
  #at = 0;

  constructor(emit: (chunk: Buffer) => void) {
    this.#emit = emit;
  }

  begin(type: string): void {
    this.#message = this.#at;
    this.#reserve(HEADER_BYTES);
    this.#chunk[this.#at] = type.charCodeAt(0);
    this.#at += HEADER_BYTES;
  }

  end(): void {
    this.#chunk.writeInt32BE(this.#at - this.#message - 1, this.#message + 1);
    this.#message = this.#at;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#chunk[this.#at] = value;
    this.#at += 1;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#chunk.writeInt16BE(value, this.#at);
    this.#at += 2;
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#chunk.writeInt32BE(value | 0, this.#at);
    this.#at += 4;
  }

  /** A zero byte inside would end it, and what follows would be read as something else. */
  text(value: string): void {
    const safe = value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
    this.#reserve(3 * safe.length + 1);
    this.#at += this.#chunk.write(safe, this.#at, 'utf8');
    this.#chunk[this.#at] = 0;
    this.#at += 1;
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#chunk.set(value, this.#at);
    this.#at += value.length;
  }

  /** A whole DataRow: measured first, so that nothing is moved or checked while its values are copied. */
  dataRow(row: EncodedRow): void {
    let size = HEADER_BYTES + 2;
    for (const value of row) size += value === null ? 4 : 4 + value.length;
    this.#message = this.#at;
    this.#reserve(size);
    const chunk = this.#chunk;
    let at = this.#at;
    chunk[at] = DATA_ROW;
    at = putInt32(chunk, at + 1, size - 1);
    chunk[at] = row.length >> 8;
    chunk[at + 1] = row.length;
    at += 2;
    for (const value of row) {
      if (value === null) {
        at = putInt32(chunk, at, -1);
        continue;
      }
      const { length } = value;
      at = putInt32(chunk, at, length);
      if (length > SMALL_BYTES) chunk.set(value, at);
      else for (let index = 0; index < length; index += 1) chunk[at + index] = value[index] ?? 0;
      at += length;
    }
    this.#at = at;
    this.#message = at;
  }

  /** Gives out what is complete, if anything is. */
  flush(): void {
    if (this.#message === this.#from) return;
    const whole = this.#chunk.subarray(this.#from, this.#message);
    this.#from = this.#message;
    this.#emit(whole);
  }

  /** Room for so many bytes more. The message that is being written moves to the new chunk with them. */
  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#chunk.length) return;
    this.flush();
    const begun = this.#chunk.subarray(this.#message, this.#at);
    // Doubled, so that a long message is not moved for every field.
    const chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * begun.length, begun.length + bytes));
    chunk.set(begun);
    this.#chunk = chunk;
    this.#from = 0;
    this.#message = 0;
    this.#at = begun.length;
  }
}

function putInt32(chunk: Buffer, at: number, value: number): number {
  chunk[at] = value >>> 24;
  chunk[at + 1] = value >>> 16;
  chunk[at + 2] = value >>> 8;
  chunk[at + 3] = value;
  return at + 4;
}
