import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { Fault } from '../core/fault.ts';

/** How long one exchange may take, in milliseconds. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** From the request to the answer's headers. Dataverse itself gives a query two minutes. */
  readonly headersMs: number;
  /** Between two pieces of the body; a reader that pauses is not counted. */
  readonly bodyMs: number;
  /** The whole exchange, the reader's own time included. */
  readonly wholeMs: number;
}

export const usualTimeouts: Timeouts = {
  connectMs: 10_000,
  headersMs: 150_000,
  bodyMs: 60_000,
  wholeMs: 15 * 60_000,
};

/** Connections at once to one host; the environment refuses the 52nd concurrent request of a user. */
const CONNECTIONS_MAX = 40;

export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Path and query, sent as they are (see `wirePath`). */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It may be sent twice: true of a GET unless told, and of a POST only when told. */
  readonly repeatable?: boolean;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  header(name: string): string | null;
  /**
   * The decoded body. It is read once, to its end or until the reader leaves; a body that nobody reads is dropped when
   * the time of the whole exchange is over. Throws `source/answer-broken` when it is cut off, `source/timeout`.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * HTTP to one origin, and nothing but HTTP: no token, no waiting, no meaning of a status. The one place of this area
 * that touches the network and timers. Redirects are not followed, cookies not kept (each web server of an environment
 * counts its own limits, so being spread over them is welcome).
 *
 * Failures before the headers are `source/unreachable`, `source/timeout` or `source/answer-broken`. A repeatable one
 * that met a connection which the server closed meanwhile is sent once more. An abort throws the signal's reason.
 */
export class Transport implements AsyncDisposable {
  readonly #origin: string;
  readonly #timeouts: Timeouts;
  readonly #agent: Agent;

  constructor({ origin, timeouts }: { readonly origin: string; readonly timeouts: Timeouts }) {
    this.#origin = origin;
    this.#timeouts = timeouts;
    this.#agent = new Agent({
      connections: CONNECTIONS_MAX,
      connect: { timeout: timeouts.connectMs, minVersion: 'TLSv1.2' },
      headersTimeout: timeouts.headersMs,
      bodyTimeout: timeouts.bodyMs,
    });
  }

  get origin(): string {
    return this.#origin;
  }

  async send(exchange: Exchange): Promise<Answer> {
    try {
      return await this.#sendOnce(exchange);
    } catch (error) {
      const repeatable = exchange.repeatable ?? exchange.method === 'GET';
      if (!repeatable || !(error instanceof Fault) || error.code !== 'source/unreachable' || !closedByPeer(error.cause))
        throw error;
      return await this.#sendOnce(exchange);
    }
  }

  /** Ends running exchanges too. Closing twice is allowed. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #sendOnce(exchange: Exchange): Promise<Answer> {
    exchange.signal.throwIfAborted();
    const deadline = new Deadline({ signal: exchange.signal, limitMs: this.#timeouts.wholeMs });
    const url = `${this.#origin}${exchange.path.replace(/[?#].*$/s, '')}`;
    try {
      const response = await this.#agent.request({
        origin: this.#origin,
        path: wirePath(exchange.path),
        method: exchange.method,
        headers: { ...exchange.headers, 'accept-encoding': 'gzip' },
        body: exchange.body ?? null,
        signal: deadline.signal,
      });
      return answerOf({ response, deadline, url });
    } catch (error) {
      deadline.end();
      throw failureOf({ error, deadline, url, at: 'headers' });
    }
  }
}

/** Reads a body to its end. `source/answer-broken` when it is larger than `maxBytes`. */
export async function readBytes(
  body: AsyncIterable<Uint8Array>,
  { maxBytes }: { readonly maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) {
      throw new Fault('source/answer-broken', { reason: `it is larger than ${maxBytes} bytes` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * A path fit for a request line. Links are taken character by character as the server wrote them; only what HTTP cannot
 * carry at all (spaces, controls, anything beyond ASCII) is percent-encoded.
 */
export function wirePath(path: string): string {
  return path.replace(/[^\x21-\x7e]+/g, text =>
    [...Buffer.from(text, 'utf8')].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** The caller's signal and the time limit of one exchange, as one signal that leaves nothing behind. */
class Deadline {
  readonly #caller: AbortSignal;
  readonly #controller = new AbortController();
  readonly #forward = () => this.#controller.abort(this.#caller.reason);
  readonly #timer: NodeJS.Timeout;
  #expired = false;

  constructor({ signal, limitMs }: { readonly signal: AbortSignal; readonly limitMs: number }) {
    this.#caller = signal;
    signal.addEventListener('abort', this.#forward, { once: true });
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
      this.end();
    }, limitMs);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get caller(): AbortSignal {
    return this.#caller;
  }

  get expired(): boolean {
    return this.#expired;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#forward);
  }
}

interface Opened {
  readonly response: Dispatcher.ResponseData;
  readonly deadline: Deadline;
  readonly url: string;
}

function answerOf({ response, deadline, url }: Opened): Answer {
  // An exchange that ends without a reader must not bring down the process.
  response.body.on('error', () => undefined);
  const header = (name: string) => {
    const value = response.headers[name.toLowerCase()];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  };
  const encoding = header('content-encoding')?.toLowerCase() ?? 'identity';
  return { status: response.statusCode, header, body: readDecoded({ response, deadline, url, encoding }) };
}

async function* readDecoded({
  response,
  deadline,
  url,
  encoding,
}: Opened & { readonly encoding: string }): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of decodedStream(response.body, encoding)) yield chunk;
  } catch (error) {
    throw failureOf({ error, deadline, url, at: 'body' });
  } finally {
    deadline.end();
    response.body.destroy();
  }
}

function decodedStream(body: Readable, encoding: string): AsyncIterable<Uint8Array> {
  if (encoding === 'identity') return body;
  if (encoding !== 'gzip') throw new Fault('source/answer-broken', { reason: `unasked encoding ${encoding}` });
  const gunzip = createGunzip();
  // The error reaches the reader through the iteration.
  pipeline(body, gunzip, () => undefined);
  return gunzip;
}

/** What a failed exchange means; an abort by the caller stays what it is. */
function failureOf({
  error,
  deadline,
  url,
  at,
}: {
  readonly error: unknown;
  readonly deadline: Deadline;
  readonly url: string;
  readonly at: 'headers' | 'body';
}): unknown {
  if (error instanceof Fault) return error;
  if (deadline.expired) return new Fault('source/timeout', { url, reason: 'the whole exchange took too long' });
  if (deadline.caller.aborted) return deadline.caller.reason;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new Fault('source/timeout', { url, reason: `no ${at} in time` }, { cause: error });
  }
  if (at === 'body' || code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new Fault('source/answer-broken', { url, reason: code }, { cause: error });
  }
  return new Fault('source/unreachable', { url, reason: code }, { cause: error });
}

function closedByPeer(error: unknown): boolean {
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
