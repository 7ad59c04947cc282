import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { type EnvironmentUrl, pathOfLink } from './environment-url.ts';
import type { Pacer, RequestKind } from './pacing.ts';
import type { Patience } from './patience.ts';
import { faultOfRefusal } from './refusal.ts';
import { figuresOf } from './server-figures.ts';
import type { TokenSource } from './sign-in.ts';
import { type Answer, readBytes, type Transport } from './transport.ts';

export interface WebApiOptions {
  readonly environment: EnvironmentUrl;
  readonly transport: Transport;
  readonly tokens: TokenSource;
  readonly patience: Patience;
  readonly pacer: Pacer;
  readonly clock: Clock;
}

export interface ApiRequest {
  /** A resource below the API's root, without a slash before it, or a link out of an answer, used verbatim. */
  readonly target: { readonly resource: string } | { readonly link: string };
  /** `POST` is for a `$batch` made of reads alone: it may be sent again. Its answer is `multipart/mixed`. */
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  /** More headers, names in lower case; they win over the usual ones. Never a token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `bulk` unless told. */
  readonly kind?: RequestKind;
  /** Operations in it, for a guess at its execution time; 1 unless told. A batch counts as one request all the same. */
  readonly weight?: number;
  readonly prefer?: string;
  /** The table it is about; error texts name it. */
  readonly table?: string;
  readonly signal: AbortSignal;
}

/**
 * `odata.metadata=minimal` is what the API sends anyway. With `IEEE754Compatible=true`, a parameter of the media type
 * (OData JSON Format 4.0, section 3.2), 64-bit integers and decimals come as strings and keep every digit; a server that
 * does not know it sends numbers, and readers must cope with both.
 */
const ACCEPT = 'application/json;odata.metadata=minimal;IEEE754Compatible=true';
const ERROR_BYTES_MAX = 64 * 1024;
/** Definitions of the widest tables are below 1 MB, the list of all tables below 2 MB. */
const JSON_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Reads from the Web API of one environment: the token goes to its own origin only (checked before one is even
 * asked for), is renewed once when it is refused, and `Retry-After` is honoured. Fails with `Fault`s of the `source/`
 * family alone, except that an abort throws the signal's reason.
 */
export class WebApi {
  readonly #options: WebApiOptions;

  constructor(options: WebApiOptions) {
    this.#options = options;
  }

  /** The successful answer, its body still to be read. */
  async open(request: ApiRequest): Promise<Answer> {
    const { environment, patience } = this.#options;
    const path =
      'link' in request.target
        ? pathOfLink({ link: request.target.link, origin: environment.origin })
        : `${environment.apiPath}/${request.target.resource}`;
    return await patience.run({ signal: request.signal, attempt: () => this.#attempt(path, request) });
  }

  /** The answer's body, parsed. Numbers lose what JavaScript numbers cannot hold: for definitions only, never for rows. */
  async json(request: ApiRequest): Promise<unknown> {
    const answer = await this.open(request);
    const bytes = await readBytes(answer.body, { maxBytes: JSON_BYTES_MAX });
    try {
      return JSON.parse(new TextDecoder().decode(bytes));
    } catch {
      throw new Fault('source/answer-broken', { table: request.table, reason: 'it is not JSON' });
    }
  }

  async #attempt(path: string, request: ApiRequest): Promise<Answer> {
    const { tokens, environment, pacer, clock } = this.#options;
    const token = await tokens.token(request.signal);
    let answer = await this.#send({ path, token, request });
    if (answer.status === 401) {
      await readErrorText(answer);
      tokens.reject(token);
      answer = await this.#send({ path, token: await tokens.token(request.signal), request });
    }
    if (answer.status === 200) return expectedOnly({ answer, request, url: `${environment.origin}${path}` });
    const { status, header } = answer;
    const refusal = { status, header, text: await readErrorText(answer) };
    const asked = { origin: environment.origin, path };
    const fault = faultOfRefusal({
      refusal,
      asked: request.table === undefined ? asked : { ...asked, table: request.table },
      nowMs: clock.nowMs(),
    });
    // Those who wait for their turn now were not there when this request was refused.
    if (fault.code === 'source/throttled') pacer.throttled(Number(fault.details.waitMs ?? 1_000));
    throw fault;
  }

  async #send({
    path,
    token,
    request,
  }: {
    readonly path: string;
    readonly token: string;
    readonly request: ApiRequest;
  }): Promise<Answer> {
    const { pacer, transport } = this.#options;
    const turn = await pacer.turn({
      kind: request.kind ?? 'bulk',
      weight: request.weight ?? 1,
      signal: request.signal,
    });
    const answer = await transport.send({
      method: request.method ?? 'GET',
      path,
      headers: {
        accept: ACCEPT,
        authorization: `Bearer ${token}`,
        'odata-version': '4.0',
        'odata-maxversion': '4.0',
        'if-none-match': 'null',
        ...(request.prefer === undefined ? {} : { prefer: request.prefer }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      // Nothing sent here changes anything.
      repeatable: true,
      onEnd: () => turn.end(),
      signal: request.signal,
    });
    turn.answered(figuresOf(answer));
    return answer;
  }
}

/** A success that is a page for people is no Web API: a portal, a sign-in page, a proxy's notice. */
async function expectedOnly({
  answer,
  request,
  url,
}: {
  readonly answer: Answer;
  readonly request: ApiRequest;
  readonly url: string;
}): Promise<Answer> {
  const type = answer.header('content-type');
  const expected = request.method === 'POST' ? /^(multipart\/mixed|application\/json)\b/i : /^application\/json\b/i;
  if (type === null || expected.test(type)) return answer;
  await readErrorText(answer);
  throw new Fault('source/not-dataverse', {
    table: request.table,
    url: url.replace(/[?#].*$/s, ''),
    reason: `it sent ${type.slice(0, 60)}; a portal or the sign-in page of a proxy does so`,
  });
}

/** The beginning of a refusing answer; a body that fails says nothing, but its status still does. */
async function readErrorText(answer: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      sizeBytes += chunk.byteLength;
      if (sizeBytes >= ERROR_BYTES_MAX) break;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
