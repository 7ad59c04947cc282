import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** One message of the server. */
export interface WireMessage {
  readonly type: string;
  readonly body: Buffer;
}

const CODES = { ssl: 80877103, gss: 80877104, cancel: 80877102 } as const;

/** A client that says what a test wants it to, also what no client should. Written apart from the server's own code. */
export class WireClient {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    // Otherwise the system holds a second small message back until the first is acknowledged.
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<WireClient> {
    const socket = connect({ port, host });
    // A server may refuse at once; what it says is read by the test.
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
    return new WireClient(socket);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts));
  }

  /** A byte that is no message: the answer to a request for encryption. */
  async byte(): Promise<string> {
    await this.#until(1);
    return this.#take(1).toString('latin1');
  }

  /** The next message. Rejects when the connection closes first. */
  async message(): Promise<WireMessage> {
    await this.#until(5);
    const size = this.#bytes.readInt32BE(1);
    await this.#until(1 + size);
    const whole = this.#take(1 + size);
    return { type: whole.toString('latin1', 0, 1), body: whole.subarray(5) };
  }

  /** Messages up to and with the next of this type. */
  async until(type: string): Promise<WireMessage[]> {
    const messages: WireMessage[] = [];
    for (;;) {
      const message = await this.message();
      messages.push(message);
      if (message.type === type) return messages;
    }
  }

  /** All that comes until the server closes. */
  async rest(): Promise<WireMessage[]> {
    const messages: WireMessage[] = [];
    while (!this.#isClosed) {
      await new Promise<void>(resolve => {
        this.#wake = resolve;
        if (this.#isClosed) resolve();
      });
    }
    while (this.#bytes.length >= 5) messages.push(await this.message());
    return messages;
  }

  /** Signs in with a password; gives what came after AuthenticationOk, or the error. */
  async signIn(options: {
    readonly user: string;
    readonly password: string;
    readonly database?: string;
    readonly parameters?: Readonly<Record<string, string>>;
  }): Promise<WireMessage[]> {
    const { user, password, database, parameters = {} } = options;
    this.send(startUpPacket({ user, ...(database === undefined ? {} : { database }), ...parameters }));
    const asked = await this.message();
    if (asked.type !== 'R') return [asked];
    const bare = 'n=,r=clientNonce0123';
    this.send(saslFirst('SCRAM-SHA-256', `n,,${bare}`));
    const challenge = await this.message();
    if (challenge.type !== 'R') return [challenge];
    const serverFirst = challenge.body.toString('utf8', 4);
    this.send(signInAnswer(Buffer.from(scramFinal({ password, bare, serverFirst }))));
    const outcome = await this.message();
    if (outcome.type !== 'R') return [outcome];
    const ok = await this.message();
    if (ok.type !== 'R' || ok.body.readInt32BE(0) !== 0) return [ok];
    const messages: WireMessage[] = [];
    for (;;) {
      const message = await this.message();
      messages.push(message);
      if (message.type === 'Z' || message.type === 'E') return messages;
    }
  }

  /** Goes away without a word. */
  destroy(): void {
    this.socket.destroy();
  }

  async #until(count: number): Promise<void> {
    while (this.#bytes.length < count) {
      if (this.#isClosed) throw new Error('the server closed the connection');
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
  }

  #take(count: number): Buffer {
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return taken;
  }
}

/** A start-up message; `version` is 3.0 unless a test wants another. */
export function startUpPacket(parameters: Readonly<Record<string, string>>, version = 3 << 16): Buffer {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return packet(version, Buffer.from(`${pairs.join('')}\0`));
}

export function request(kind: keyof typeof CODES, rest: Uint8Array = Buffer.alloc(0)): Buffer {
  return packet(CODES[kind], rest);
}

/** A message with a type; `size` may lie. */
export function message(type: string, body: Uint8Array | string = '', size?: number): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(size ?? bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

export function query(sql: string): Buffer {
  return message('Q', `${sql}\0`);
}

export function saslFirst(mechanism: string, text: string): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(Buffer.byteLength(text));
  return message('p', Buffer.concat([Buffer.from(`${mechanism}\0`), size, Buffer.from(text)]));
}

export function signInAnswer(body: Uint8Array): Buffer {
  return message('p', body);
}

/** The fields of an ErrorResponse, by their letter. */
export function errorFields(error: WireMessage | undefined): Record<string, string> {
  if (error === undefined || error.type !== 'E') throw new Error(`no error but ${error?.type}`);
  const fields = error.body.toString('utf8').split('\0').filter(Boolean);
  return Object.fromEntries(fields.map(field => [field.slice(0, 1), field.slice(1)]));
}

/** RFC 5802, the client's side. */
export function scramFinal(options: {
  readonly password: string;
  readonly bare: string;
  readonly serverFirst: string;
}): string {
  const { password, bare, serverFirst } = options;
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
  const signature = createHmac('sha256', storedKey).update(`${bare},${serverFirst},${withoutProof}`).digest();
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  return `${withoutProof},p=${proof.toString('base64')}`;
}

function packet(code: number, rest: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + rest.length, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, rest]);
}
