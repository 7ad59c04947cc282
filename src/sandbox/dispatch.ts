import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, unknownSegment, WireError } from './errors.ts';
import type { FaultRule } from './faults.ts';
import { parsePreferences } from './preferences.ts';
import { parseQueryOptions } from './query-options.ts';
import { routes } from './routes.ts';
import type { TokenKeeper } from './token.ts';
import type { Answer, BodyPiece, Call, Environment, Noted, PathParts, Route } from './wire.ts';

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
    const annotated = (input.request.headers.prefer ?? '').includes('include-annotations="*"');
    if (failure instanceof WireError) {
      return { status: failure.status, headers: failure.headers, body: errorBody(failure, { annotated }) };
    }
    const message = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    const error = new WireError({ status: 500, code: '0x80040216', message });
    return { status: 500, body: errorBody(error, { annotated }) };
  }
}

async function answerOf(input: DataRequest, noted: Noted, fault: FaultRule | null): Promise<Answer> {
  const { environment, keeper, request, body } = input;
  const application = await keeper.application(environment, request.headers.authorization);
  const path = decodePath(input.path);
  const { route, parts } = findRoute(request.method ?? 'GET', path);
  const prefer = request.headers.prefer;
  const preferences = parsePreferences(Array.isArray(prefer) ? prefer.join(',') : prefer);
  const ieee754 =
    environment.behaviour.ieee754 === 'honoured' && /IEEE754Compatible=true/i.test(request.headers.accept ?? '');
  const call: Call = {
    method: request.method ?? 'GET',
    path,
    options: parseQueryOptions(input.query),
    headers: request.headers,
    body,
    application,
    preferences,
    ieee754,
    fault,
    noted,
  };
  const answer = await route.handle(environment, call, parts);
  const isJson = answer.body !== undefined && answer.headers?.['Content-Type'] === undefined;
  return {
    ...answer,
    headers: {
      ...(isJson
        ? { 'Content-Type': `application/json; odata.metadata=minimal${ieee754 ? ';IEEE754Compatible=true' : ''}` }
        : {}),
      ...(preferences.applied === null ? {} : { 'Preference-Applied': preferences.applied }),
      ...answer.headers,
    },
  };
}

/** @throws WireError 404 for a path that nothing serves, 405 for a method it does not have. */
function findRoute(method: string, path: string): { readonly route: Route; readonly parts: PathParts } {
  let otherMethod = false;
  for (const route of routes) {
    const match = route.pattern.exec(path);
    if (match === null) continue;
    if (route.method === method) return { route, parts: match.groups ?? {} };
    otherMethod = true;
  }
  if (!otherMethod) throw unknownSegment(path.split(/[/(]/)[0] ?? path);
  throw new WireError({
    status: 405,
    code: '0x8006088a',
    message: `The requested resource does not support http method '${method}'.`,
  });
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path.replace(/\/$/, ''));
  } catch {
    throw unknownSegment(path);
  }
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
