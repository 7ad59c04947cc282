import type { Readable } from 'node:stream';
import { Fault, toFault } from '../../core/fault.ts';
import { type Frame, FrameReader, TERMINATE } from './frames.ts';

/** What all connections hold of received bytes, together. */
export interface ReceivedBytes {
  bytes: number;
}

export interface IncomingOptions {
  readonly startUpBytesMax: number;
  readonly messageBytesMax: number;
  readonly aheadBytes: number;
  readonly receivedBytesMax: number;
  readonly received: ReceivedBytes;
  /** A client of an open connection said goodbye, possibly while a message of it is worked on. */
  readonly onTerminate: () => void;
  /** It sent what is no message; `sql/protocol` or `sql/memory`. */
  readonly onFault: (fault: Fault) => void;
}

/**
 * What a client says on one connection, taken one message at a time. It reads a little ahead, so that the end of the
 * connection and a goodbye are noticed while a message is worked on; then it stops reading until that is done.
 */
export class Incoming {
  readonly #options: IncomingOptions;
  readonly #reader = new FrameReader();
  #frames: Frame[] = [];
  #frameBytes = 0;
  #socket: Readable | null = null;
  #isOpen = false;
  #isEnded = false;
  #wake: (() => void) | null = null;
  readonly #onData = (chunk: Buffer) => this.#receive(chunk);

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  /** Bytes that were read and not taken. */
  get held(): number {
    return this.#reader.bytes + this.#frameBytes;
  }

  attach(socket: Readable): void {
    this.#socket = socket;
    socket.on('data', this.#onData);
  }

  /** Leaves the socket to someone else; gives back what was read and not taken. */
  detach(): Buffer {
    this.#socket?.off('data', this.#onData);
    this.#socket = null;
    this.#options.received.bytes -= this.#reader.bytes;
    return this.#reader.rest();
  }

  /** No message is given out any more; what comes is read and dropped. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#options.received.bytes -= this.#reader.clear() + this.#frameBytes;
    this.#frames = [];
    this.#frameBytes = 0;
    this.#socket?.resume();
    this.#wakeUp();
  }

  /** The first byte that was not taken yet. Null, here and below: the connection ended. */
  firstByte(): Promise<number | null> {
    return this.#next(() => this.#reader.firstByte());
  }

  /** The body of a start-up packet. Throws `sql/protocol`. */
  startUp(): Promise<Buffer | null> {
    return this.#next(() => this.#counted(() => this.#reader.startUp(this.#options.startUpBytesMax)));
  }

  /** A message before sign-in is done. Throws `sql/protocol`. */
  signInAnswer(): Promise<Frame | null> {
    const options = { bytesMax: this.#options.startUpBytesMax, isOpen: false };
    return this.#next(() => this.#counted(() => this.#reader.message(options)));
  }

  /** From now on messages are those of an open connection. */
  open(): void {
    this.#isOpen = true;
    this.#lookAhead();
  }

  /** The next message of an open connection. */
  frame(): Promise<Frame | null> {
    return this.#next(() => this.#takeFrame());
  }

  #takeFrame(): Frame | null {
    const frame = this.#frames.shift();
    if (frame === undefined) return null;
    this.#frameBytes -= sizeOf(frame);
    this.#options.received.bytes -= sizeOf(frame);
    return frame;
  }

  async #next<T>(take: () => T | null): Promise<T | null> {
    for (;;) {
      if (this.#isEnded) return null;
      const taken = take();
      this.#keepReading({ isWanted: taken === null });
      if (taken !== null) return taken;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  #receive(chunk: Buffer): void {
    if (this.#isEnded) return;
    const { received, receivedBytesMax, aheadBytes, onFault } = this.#options;
    this.#reader.push(chunk);
    received.bytes += chunk.length;
    if (this.#isOpen) this.#lookAhead();
    if (this.#isEnded) return;
    // Who holds little is not the cause and goes on.
    if (received.bytes > receivedBytesMax && this.held > aheadBytes) {
      onFault(new Fault('sql/memory', { reason: 'too many large messages of all clients at once' }));
      return;
    }
    if (this.#wake === null) this.#keepReading({ isWanted: false });
    this.#wakeUp();
  }

  /** Messages that are here already: only so is a goodbye among them seen. */
  #lookAhead(): void {
    const options = { bytesMax: this.#options.messageBytesMax, isOpen: true };
    try {
      for (;;) {
        const frame = this.#reader.message(options);
        if (frame === null) return;
        if (frame.type === TERMINATE) {
          this.#options.received.bytes -= sizeOf(frame);
          this.#options.onTerminate();
          return;
        }
        this.#frames.push(frame);
        this.#frameBytes += sizeOf(frame);
      }
    } catch (thrown) {
      this.#options.onFault(toFault(thrown));
    }
  }

  /** `isWanted`: someone waits for the rest of a message, however much of it is here. */
  #keepReading({ isWanted }: { readonly isWanted: boolean }): void {
    if (isWanted || this.held < this.#options.aheadBytes) this.#socket?.resume();
    else this.#socket?.pause();
  }

  #counted<T extends Buffer | Frame>(take: () => T | null): T | null {
    const before = this.#reader.bytes;
    const taken = take();
    this.#options.received.bytes -= before - this.#reader.bytes;
    return taken;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

/** Type, length, body. */
function sizeOf(frame: Frame): number {
  return 5 + frame.body.length;
}
