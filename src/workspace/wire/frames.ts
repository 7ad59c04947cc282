import { Fault } from '../../core/fault.ts';

/** One message of a client: its type's byte and what follows its length. */
export interface Frame {
  readonly type: number;
  readonly body: Buffer;
}

/** Type of Terminate. */
export const TERMINATE = byteOf('X');
/** Type of every answer to a question of sign-in. */
export const SIGN_IN_ANSWER = byteOf('p');

const openTypes: ReadonlySet<number> = new Set([...'QPBDEHSCFXdcf'].map(byteOf));
/** Chunks below this are glued to a small one before them: a client that sends single bytes must not cost an object each. */
const GLUE_BYTES = 1024;
const GLUED_BYTES_MAX = 4096;
const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;

/**
 * Cuts a client's bytes into messages. It holds what was pushed and not taken; the caller bounds that by not pushing. A
 * length that is wrong or above the limit is a fault (`sql/protocol`) as soon as it is seen, before its bytes came.
 */
export class FrameReader {
  #chunks: Buffer[] = [];
  /** Where in the first chunk the bytes that were not taken begin. */
  #offset = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const last = this.#chunks.at(-1);
    if (last === undefined || chunk.length >= GLUE_BYTES || last.length >= GLUED_BYTES_MAX) {
      this.#chunks.push(chunk);
      return;
    }
    const isFirst = this.#chunks.length === 1;
    this.#chunks[this.#chunks.length - 1] = Buffer.concat([isFirst ? last.subarray(this.#offset) : last, chunk]);
    if (isFirst) this.#offset = 0;
  }

  /** The next byte, which stays; null: there is none yet. */
  firstByte(): number | null {
    return this.#bytes === 0 ? null : (this.#peek(1)[0] ?? null);
  }

  /** A message without a type, as all are until the start-up message is through. Null: not all of it is here. */
  startUp(bytesMax: number): Buffer | null {
    const size = this.#size({ at: 0, bytesMin: LENGTH_BYTES + 4, bytesMax });
    return size === null ? null : this.#take(size).subarray(LENGTH_BYTES);
  }

  /** A message with a type: an answer of sign-in, or one of an open connection. Null: not all of it is here. */
  message(options: { readonly bytesMax: number; readonly isOpen: boolean }): Frame | null {
    const type = this.firstByte();
    if (type === null) return null;
    // Checked before the length: what is no message at all has none that one could wait for.
    const isKnown = options.isOpen ? openTypes.has(type) : type === SIGN_IN_ANSWER || type === TERMINATE;
    if (!isKnown) throw new Fault('sql/protocol', { reason: `invalid frontend message type ${type}` });
    const size = this.#size({ at: TYPE_BYTES, bytesMin: LENGTH_BYTES, bytesMax: options.bytesMax });
    return size === null ? null : { type, body: this.#take(TYPE_BYTES + size).subarray(TYPE_BYTES + LENGTH_BYTES) };
  }

  /** Forgets everything and tells how much it was. */
  clear(): number {
    const bytes = this.#bytes;
    this.#chunks = [];
    this.#offset = 0;
    this.#bytes = 0;
    return bytes;
  }

  /** Gives back everything that was not taken. */
  rest(): Buffer {
    return this.#take(this.#bytes);
  }

  #size(options: { readonly at: number; readonly bytesMin: number; readonly bytesMax: number }): number | null {
    const { at, bytesMin, bytesMax } = options;
    if (this.#bytes < at + LENGTH_BYTES) return null;
    const size = this.#peek(at + LENGTH_BYTES).readInt32BE(at);
    if (size < bytesMin || size > bytesMax) {
      const reason = size > bytesMax ? `message of ${size} bytes; at most ${bytesMax}` : 'invalid message length';
      throw new Fault('sql/protocol', { reason });
    }
    return this.#bytes < at + size ? null : size;
  }

  #peek(count: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    if (first.length - this.#offset >= count) return first.subarray(this.#offset, this.#offset + count);
    // Rare: a header that lies across chunks. Few chunks hold it, but a client may send single bytes.
    const parts = [first.subarray(this.#offset)];
    let bytes = first.length - this.#offset;
    for (let index = 1; bytes < count; index += 1) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      parts.push(chunk);
      bytes += chunk.length;
    }
    return Buffer.concat(parts).subarray(0, count);
  }

  #take(count: number): Buffer {
    this.#bytes -= count;
    const first = this.#chunks[0] ?? Buffer.alloc(0);
    const end = this.#offset + count;
    if (first.length > end) {
      const taken = first.subarray(this.#offset, end);
      this.#offset = end;
      return taken;
    }
    const parts: Buffer[] = [];
    let missing = count;
    let index = 0;
    while (missing > 0) {
      const chunk = this.#chunks[index];
      if (chunk === undefined) break;
      const part = chunk.subarray(this.#offset, Math.min(chunk.length, this.#offset + missing));
      parts.push(part);
      missing -= part.length;
      const isUsedUp = this.#offset + part.length === chunk.length;
      this.#offset = isUsedUp ? 0 : this.#offset + part.length;
      if (isUsedUp) index += 1;
    }
    this.#chunks.splice(0, index);
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  }
}

function byteOf(letter: string): number {
  return letter.charCodeAt(0);
}
