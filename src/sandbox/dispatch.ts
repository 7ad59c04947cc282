import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerCall, answerOfFailure, decodePath } from './answer-call.ts';
import { answerBatch } from './batch.ts';
import type { FaultRule } from './faults.ts';
import type { TokenKeeper } from './token.ts';
import type { Answer, BodyPiece, Environment, Noted } from './wire.ts';

export interface DataRequest {
  readonly environment: Environment;
  readonly keeper: TokenKeeper;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

/** Answers one request below the service root: sign-in, route, scripted fault, log. */
export async function answerDataRequest(input: DataRequest): Promise<void> {
  const { environment, request, path, query } = input;
  const startedMs = environment.clock.nowMs();
  const noted: Noted = {};
  const text = `${request.method} /${path}${query === '' ? '' : `?${query}`}`;
  const table = environment.database.tableBySet(/^\w+/.exec(path)?.[0] ?? '')?.logicalName ?? null;
  const fault = environment.faults.take({ request: text, table });
  const answer = await answerOrFault(input, noted, fault);
  const body = typeof answer.body === 'string' ? [answer.body] : (answer.body ?? []);
  const bytes = await write(input, answer, body, fault);
  environment.log.add({
    time: new Date(startedMs).toISOString(),
    method: request.method ?? '',
    path: `/${path}${query === '' ? '' : `?${query}`}`,
    status: answer.status,
    table: noted.table ?? table,
    rows: noted.rows ?? null,
    page: noted.page ?? null,
    operations: noted.operations ?? 1,
    bytes,
    tookMs: environment.clock.nowMs() - startedMs,
    fault: fault?.do ?? null,
  });
}

async function answerOrFault(input: DataRequest, noted: Noted, fault: FaultRule | null): Promise<Answer> {
  if (fault?.do === 'slow') await pause(fault.ms ?? 1_000, input);
  if (fault?.do === 'reset') return { status: 0 };
  if (fault?.do === 'status') {
    return { status: fault.status ?? 503, headers: fault.headers ?? {}, body: fault.body ?? '' };
  }
  try {
    return await answerOf(input, noted, fault);
  } catch (failure) {
    return answerOfFailure(failure, input.request.headers);
  }
}

async function answerOf(input: DataRequest, noted: Noted, fault: FaultRule | null): Promise<Answer> {
  const { environment, keeper, request, path, query, body } = input;
  const application = await keeper.application(environment, request.headers.authorization);
  const wire = { method: request.method ?? 'GET', path, query, headers: request.headers, body };
  const call = { environment, application, request: wire, fault, noted };
  return decodePath(path) === '$batch' ? answerBatch(call) : answerCall(call);
}

/** Writes the answer, or what the fault leaves of it; answers the bytes of the body that went out. */
async function write(
  { environment, response }: DataRequest,
  answer: Answer,
  body: readonly BodyPiece[],
  fault: FaultRule | null,
): Promise<number> {
  if (fault?.do === 'reset' || fault?.do === 'lost-answer') {
    response.socket?.resetAndDestroy();
    return 0;
  }
  // Part by part: joined first, a page of rows would be copied once more.
  const whole = Buffer.concat(body.map(part => (typeof part === 'string' ? Buffer.from(part, 'utf8') : part)));
  response.writeHead(answer.status, {
    'Content-Type': 'application/json; odata.metadata=minimal',
    'OData-Version': '4.0',
    'Cache-Control': 'no-cache',
    'x-ms-service-request-id': environment.newId(),
    REQ_ID: environment.newId(),
    ...answer.headers,
    ...(answer.status === 204 || answer.status === 304 || fault?.clean === true
      ? {}
      : { 'Content-Length': whole.length }),
  });
  if (fault?.do === 'stall') {
    response.flushHeaders();
    response.write(whole.subarray(0, fault.bytes ?? 0));
    return fault.bytes ?? 0;
  }
  if (fault?.do === 'truncate') {
    const part = whole.subarray(0, fault.bytes ?? Math.floor(whole.length / 2));
    if (fault.clean === true) response.end(part);
    else response.write(part, () => response.socket?.destroy());
    return part.length;
  }
  response.end(whole);
  return whole.length;
}

async function pause(ms: number, { environment, request }: DataRequest): Promise<void> {
  const gone = new AbortController();
  request.socket.once('close', () => gone.abort());
  try {
    await environment.clock.sleep(ms, gone.signal);
  } catch {
    // The caller gave up; there is nobody to be slow for.
  }
}
