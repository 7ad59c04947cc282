import { answerCall, answerOfFailure, type CallInput, decodePath, type WireRequest } from './answer-call.ts';
import { badQuery } from './errors.ts';
import { answerInstead } from './fault-answers.ts';
import type { FaultRule } from './faults.ts';
import { playOnPage, withoutEmptyMark } from './page-faults.ts';
import { requireReadOfDefinitions } from './privileges.ts';
import type { Answer, Environment, Noted } from './wire.ts';

/** A batch lifts the limit of a GET's address to this ("Compose HTTP requests and handle errors"). */
const partAddressBytesMax = 64 * 1024;

/** The table a request is about and whether it asks for a page of its rows, before anything is checked. */
export function subjectOf(
  { database }: Environment,
  { method, path }: WireRequest,
): { readonly table: string | null; readonly page: boolean } {
  const set = /^\w+/.exec(path)?.[0] ?? '';
  const table = database.tableBySet(set)?.logicalName ?? null;
  return { table, page: table !== null && method === 'GET' && path === set };
}

/** `/path?query`, as the log knows a request; a script sees the method before it. */
export function pathText({ path, query }: WireRequest): string {
  return `/${path}${query === '' ? '' : `?${query}`}`;
}

export function takeFault(
  environment: Environment,
  request: WireRequest,
  where: { readonly part: boolean },
): FaultRule | null {
  const text = `${request.method} ${pathText(request)}`;
  return environment.faults.take({ request: text, ...subjectOf(environment, request), ...where });
}

/** Answers by the route table, and lets the fault change what comes of it. @throws WireError */
export async function answerScripted(input: CallInput): Promise<Answer> {
  const { environment, application, request, fault, noted } = input;
  requireReadOfDefinitions(application, decodePath(request.path));
  const answer = await answerCall({ ...input, request: { ...request, query: withoutEmptyMark(request.query) } });
  if (answer.body === undefined || !subjectOf(environment, request).page) return answer;
  const pieces = typeof answer.body === 'string' ? [answer.body] : answer.body;
  const url = environment.apiUrl + pathText(request);
  return { ...answer, body: playOnPage({ faults: environment.faults, rule: fault, url, body: pieces, noted }) };
}

/** One request inside a batch: it has faults of its own, fails for itself, and the log tells of it. */
export async function answerPart(input: Omit<CallInput, 'fault'>): Promise<Answer> {
  const { environment, request, noted: whole } = input;
  const { table } = subjectOf(environment, request);
  const fault = takeFault(environment, request, { part: true });
  const noted: Noted = {};
  let answer: Answer;
  try {
    if (pathText(request).length > partAddressBytesMax)
      throw badQuery('The URL of a request in the batch is too long.');
    const instead = fault === null ? null : answerInstead(environment, fault, table);
    answer = instead ?? (await answerScripted({ ...input, fault, noted }));
  } catch (failure) {
    answer = answerOfFailure(failure, request.headers);
  }
  whole.rows = (whole.rows ?? 0) + (noted.rows ?? 0);
  whole.parts ??= [];
  whole.parts.push({
    method: request.method,
    path: pathText(request),
    status: answer.status,
    table: noted.table ?? table,
    rows: noted.rows ?? null,
    page: noted.page ?? null,
    fault: fault?.do ?? null,
  });
  return answer;
}
