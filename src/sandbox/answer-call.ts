import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http';
import type { Application } from './applications.ts';
import { errorBody, unknownSegment, WireError } from './errors.ts';
import type { FaultRule } from './faults.ts';
import { parsePreferences } from './preferences.ts';
import { parseQueryOptions } from './query-options.ts';
import { routes } from './routes.ts';
import type { Answer, Call, Environment, Noted, PathParts, Route } from './wire.ts';

/** A request below the service root, from a connection or from inside a batch. */
export interface WireRequest {
  readonly method: string;
  /** Without a leading slash, escapes and all. */
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CallInput {
  readonly environment: Environment;
  readonly application: Application;
  readonly request: WireRequest;
  readonly fault: FaultRule | null;
  readonly noted: Noted;
}

/** Answers one request by the route table. @throws WireError as the platform refuses. */
export async function answerCall(input: CallInput): Promise<Answer> {
  const { route, parts, call } = prepared(input);
  return finished(call, await route.handle(input.environment, call, parts));
}

/**
 * The same at once, for work inside a database transaction, which nothing else may enter.
 * @throws WireError also for an operation that cannot be answered at once.
 */
export function answerCallAtOnce(input: CallInput): Answer {
  const { route, parts, call } = prepared(input);
  const answer = route.handle(input.environment, call, parts);
  if (!(answer instanceof Promise)) return finished(call, answer);
  answer.catch(() => undefined);
  throw new WireError({ status: 400, code: '0x80060888', message: `'${call.path}' cannot be part of a change set.` });
}

/** A refusal, or a fault of this program, as an answer. */
export function answerOfFailure(failure: unknown, headers: IncomingHttpHeaders): Answer {
  const annotated = preferOf(headers)?.includes('include-annotations="*"') ?? false;
  if (failure instanceof WireError) {
    return { status: failure.status, headers: failure.headers, body: errorBody(failure, { annotated }) };
  }
  const message = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  const error = new WireError({ status: 500, code: '0x80040216', message });
  return { status: 500, body: errorBody(error, { annotated }) };
}

/** @throws WireError 404 for escapes that are broken. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path.replace(/\/$/, ''));
  } catch {
    throw unknownSegment(path);
  }
}

export function statusText(status: number): string {
  return STATUS_CODES[status] ?? '';
}

interface Prepared {
  readonly route: Route;
  readonly parts: PathParts;
  readonly call: Call;
}

function prepared({ environment, application, request, noted }: CallInput): Prepared {
  const path = decodePath(request.path);
  const { route, parts } = findRoute(request.method, path);
  const ieee754 =
    environment.behaviour.ieee754 === 'honoured' && /IEEE754Compatible=true/i.test(request.headers.accept ?? '');
  const call: Call = {
    method: request.method,
    path,
    options: parseQueryOptions(request.query),
    headers: request.headers,
    body: request.body,
    application,
    preferences: parsePreferences(preferOf(request.headers)),
    ieee754,
    noted,
  };
  return { route, parts, call };
}

function finished({ ieee754, preferences }: Call, answer: Answer): Answer {
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

function preferOf({ prefer }: IncomingHttpHeaders): string | undefined {
  return Array.isArray(prefer) ? prefer.join(',') : prefer;
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
