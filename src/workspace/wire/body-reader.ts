import { isUtf8 } from 'node:buffer';
import { Fault } from '../../core/fault.ts';

/** Reads the fields of one message. Whatever is not there, or not what it must be, is `sql/protocol`. */
export class BodyReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  get left(): number {
    return this.#body.length - this.#at;
  }

  byte(): number {
    return this.#body.readUInt8(this.#pass(1));
  }

  /** Counts are never negative: PostgreSQL reads them as 16 bits without a sign too, so there may be 65,535. */
  count(): number {
    return this.#body.readUInt16BE(this.#pass(2));
  }

  int32(): number {
    return this.#body.readInt32BE(this.#pass(4));
  }

  objectId(): number {
    return this.#body.readUInt32BE(this.#pass(4));
  }

  bytes(count: number): Buffer {
    const at = this.#pass(count);
    return this.#body.subarray(at, at + count);
  }

  /** A text that ends with a zero byte. */
  text(): string {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0) throw new Fault('sql/protocol', { reason: 'string in message is not terminated' });
    const bytes = this.bytes(end - this.#at);
    this.#at += 1;
    return utf8(bytes);
  }

  /** That nothing is left over. */
  end(): void {
    if (this.left > 0) throw new Fault('sql/protocol', { reason: 'message is longer than what it holds' });
  }

  /** Goes past so many bytes, which are there; where they begin. */
  #pass(count: number): number {
    if (count < 0 || count > this.left) throw new Fault('sql/protocol', { reason: 'message is shorter than it says' });
    this.#at += count;
    return this.#at - count;
  }
}

/** Bytes as text; other than UTF-8 is refused, since replaced characters would make another statement. */
export function utf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) {
    throw new Fault('sql/protocol', { reason: 'invalid byte sequence for encoding "UTF8"', sqlstate: '22021' });
  }
  return bytes.toString('utf8');
}
