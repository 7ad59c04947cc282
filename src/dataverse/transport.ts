import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { Fault } from '../core/fault.ts';
import { codeOf, faultOfConnection } from './connection-fault.ts';
import { connectorOf } from './connector.ts';
import { type ProxyOptions, proxyFor } from './proxy.ts';

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

/** How to get out of this machine, and whom to trust there. */
export interface NetworkOptions extends ProxyOptions {
  /** PEM certificates trusted in place of the system's, which they should hold too; absent: the system's. */
  readonly ca?: readonly string[];
}

/** Connections at once to one host; the environment refuses the 53rd concurrent request of a user. */
const CONNECTIONS_MAX = 40;

/** Decoding pages in pieces of this size instead of zlib's 16 KB took 12 ms instead of 41 for 18 MB of rows. */
const DECODED_CHUNK_BYTES = 256 * 1024;

export interface Exchange {
  readonly method: 'GET' | 'POST';
  /** Path and query, sent as they are (see `wirePath`). */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** It may be sent twice: true of a GET unless told, and of a POST only when told. */
  readonly repeatable?: boolean;
  /** Called when nothing of it is under way any more: failed, its body read or left, or out of time. May repeat. */
  readonly onEnd?: () => void;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  header(name: string): string | null;
  /** Its `Set-Cookie` headers. */
  readonly cookies: readonly string[];
  /**
   * The decoded body. It is read once, to its end or until the reader leaves; a body that nobody reads is dropped when
   * the time of the whole exchange is over. Throws `source/answer-broken` when it is cut off, `source/timeout`.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * HTTP to one origin, and nothing but HTTP: no token, no waiting, no meaning of a status. The one place of this area
 * that touches the network and timers. Redirects are not followed. Cookies are not kept: an affinity cookie sent back would
 * bind all requests to one web server, and each of them counts its own limits; Microsoft's page on service protection
 * limits advises to drop it for throughput.
 *
 * Failures before the headers are `source/unreachable`, `source/timeout` or `source/answer-broken`. A repeatable one
 * that met a connection which the server closed meanwhile is sent once more. An abort throws the signal's reason.
 */
export class Transport implements AsyncDisposable {
  readonly #origin: string;
  readonly #timeouts: Timeouts;
  readonly #agent: Agent;

  /** Throws `input/invalid` for a proxy that cannot be one. */
  constructor({
    origin,
    timeouts,
    network = {},
  }: {
    readonly origin: string;
    readonly timeouts: Timeouts;
    readonly network?: NetworkOptions;
  }) {
    this.#origin = origin;
    this.#timeouts = timeouts;
    this.#agent = new Agent({
      connections: CONNECTIONS_MAX,
      connect: connectorOf({
        proxy: proxyFor(origin, network),
        ca: network.ca ?? null,
        timeoutMs: timeouts.connectMs,
      }),
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
      try {
        if (!isRepeatable(exchange, error)) throw error;
        return await this.#sendOnce(exchange);
      } catch (final) {
        exchange.onEnd?.();
        throw final;
      }
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
      response.body.once('close', () => exchange.onEnd?.());
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
  const all = (name: string) => [response.headers[name.toLowerCase()] ?? []].flat();
  const header = (name: string) => all(name)[0] ?? null;
  const encoding = header('content-encoding')?.toLowerCase() ?? 'identity';
  const body = readDecoded({ response, deadline, url, encoding });
  return { status: response.statusCode, header, cookies: all('set-cookie'), body };
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

/**
 * gzip is asked for. Brotli is read as well, for a proxy that insists, but not asked for: the same pages took a sixth to
 * a third longer to decode.
 */
function decodedStream(body: Readable, encoding: string): AsyncIterable<Uint8Array> {
  if (encoding === 'identity') return body;
  const options = { chunkSize: DECODED_CHUNK_BYTES };
  const decoder =
    encoding === 'gzip' ? createGunzip(options) : encoding === 'br' ? createBrotliDecompress(options) : null;
  if (decoder === null) throw new Fault('source/answer-broken', { reason: `unasked encoding ${encoding}` });
  // The error reaches the reader through the iteration.
  pipeline(body, decoder, () => undefined);
  return decoder;
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
  return faultOfConnection(error, url);
}

/** It met a connection that the other side closed, and may be sent twice. */
function isRepeatable({ method, repeatable = method === 'GET' }: Exchange, error: unknown): boolean {
  if (!repeatable || !(error instanceof Fault) || error.code !== 'source/unreachable') return false;
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(codeOf(error.cause));
}
