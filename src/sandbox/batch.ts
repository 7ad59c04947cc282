import { answerCallAtOnce, answerOfFailure, type CallInput, statusText, type WireRequest } from './answer-call.ts';
import { type BatchOperation, badBatch, parseBatch } from './batch-body.ts';
import { WireError } from './errors.ts';
import { answerPart } from './scripted-call.ts';
import type { Answer, BodyPiece, Environment, Noted } from './wire.ts';

/**
 * `POST $batch`: the requests inside run one after the other through the routes, a change set in one transaction. The
 * first failure ends the batch, unless `Prefer: odata.continue-on-error` was asked for, and the batch is then answered
 * 400 ("Execute batch operations using the Web API", where no other status is shown). Parts inherit no headers of the outer request but who asks: our choice.
 * @throws WireError 400 for a body that is no batch; then nothing of it was done.
 */
export async function answerBatch(input: CallInput): Promise<Answer> {
  const { environment, request, noted } = input;
  if (request.method !== 'POST') {
    const message = `The requested resource does not support http method '${request.method}'.`;
    throw new WireError({ status: 405, code: '0x8006088a', message });
  }
  const parts = parseBatch({ contentType: request.headers['content-type'], body: request.body });
  noted.operations = parts.reduce((sum, part) => sum + (part.kind === 'operation' ? 1 : part.operations.length), 0);
  noted.rows = 0;
  const continues = /\bodata\.continue-on-error(?!\s*=\s*false)/i.test(String(request.headers.prefer ?? ''));
  const boundary = `batchresponse_${environment.newId()}`;
  const pieces: BodyPiece[] = [];
  let isWhole = true;
  for (const part of parts) {
    pieces.push(`--${boundary}\r\n`);
    const succeeded =
      part.kind === 'operation'
        ? await writeOperation(input, part.operation, pieces)
        : writeChangeSet(input, part.operations, pieces);
    if (!succeeded && !continues) {
      isWhole = false;
      break;
    }
  }
  pieces.push(`--${boundary}--\r\n`);
  const status = isWhole ? 200 : 400;
  return { status, headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` }, body: pieces };
}

/** Answers whether it succeeded. */
async function writeOperation(input: CallInput, operation: BatchOperation, pieces: BodyPiece[]): Promise<boolean> {
  let answer: Answer;
  try {
    const request = wireRequest(input, operation, new Map());
    answer = await answerPart({ ...input, request });
  } catch (failure) {
    answer = answerOfFailure(failure, operation.headers);
  }
  pieces.push(...written(input.environment, operation.contentId, answer));
  return answer.status < 400;
}

/** Carries the refusal of one operation out of the transaction. */
class ChangeSetFailure extends Error {
  readonly operation: BatchOperation;
  readonly answer: Answer;

  constructor(operation: BatchOperation, answer: Answer) {
    super('a change set failed');
    this.operation = operation;
    this.answer = answer;
  }
}

/** As the OData standard has it, the answer of a change set that failed is one error and no multipart. Answers whether it succeeded. */
function writeChangeSet(input: CallInput, operations: readonly BatchOperation[], pieces: BodyPiece[]): boolean {
  const { environment } = input;
  const boundary = `changesetresponse_${environment.newId()}`;
  const inner: BodyPiece[] = [`Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n`];
  try {
    environment.database.transaction(() => {
      const made = new Map<string, string>();
      for (const operation of operations) {
        const answer = answerInTransaction(input, operation, made);
        inner.push(`--${boundary}\r\n`, ...written(environment, operation.contentId, answer));
        const url = answer.headers?.['OData-EntityId'];
        if (operation.contentId !== null && url !== undefined) made.set(operation.contentId, url);
      }
    });
  } catch (failure) {
    if (!(failure instanceof ChangeSetFailure)) throw failure;
    pieces.push(...written(environment, failure.operation.contentId, failure.answer));
    return false;
  }
  pieces.push(...inner, `--${boundary}--\r\n`);
  return true;
}

function answerInTransaction(input: CallInput, operation: BatchOperation, made: ReadonlyMap<string, string>): Answer {
  try {
    return answerCallAtOnce(innerCall(input, operation, made));
  } catch (failure) {
    throw new ChangeSetFailure(operation, answerOfFailure(failure, operation.headers));
  }
}

function innerCall(input: CallInput, operation: BatchOperation, made: ReadonlyMap<string, string>): CallInput {
  const outer = input.noted;
  const noted: Noted = {
    get rows() {
      return 0;
    },
    set rows(count) {
      outer.rows = (outer.rows ?? 0) + (count ?? 0);
    },
  };
  return { ...input, noted, request: wireRequest(input, operation, made) };
}

function wireRequest(
  { environment, request }: CallInput,
  { method, target, headers, body }: BatchOperation,
  made: ReadonlyMap<string, string>,
): WireRequest {
  const url = withoutRoot(resolvedTarget(target, made), environment, request.headers.host);
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (/^(?:\$|%24)batch$/i.test(path)) throw badBatch('A batch cannot hold another batch.');
  return {
    method,
    path,
    query: at < 0 ? '' : url.slice(at + 1),
    headers,
    body: resolvedBody(body, made),
  };
}

/** The URL below the service root. @throws WireError 400 for another host or service. */
function withoutRoot(url: string, { apiUrl }: Environment, host: string | undefined): string {
  const root = new URL(apiUrl);
  const absolute = /^https?:\/\/([^/]+)(\/.*)$/i.exec(url);
  if (absolute !== null && absolute[1] !== root.host && absolute[1] !== host) {
    throw badBatch(`The request URI '${url}' is not below the service root.`);
  }
  const rest = absolute?.[2] ?? url;
  if (!rest.startsWith('/')) return rest;
  if (rest.startsWith(`${root.pathname}/`)) return rest.slice(root.pathname.length + 1);
  throw badBatch(`The request URI '${url}' is not below the service root.`);
}

/** `$1/name`, where 1 is the `Content-ID` of an earlier operation of the change set. */
function resolvedTarget(target: string, made: ReadonlyMap<string, string>): string {
  const match = /^(?:https?:\/\/[^/]+)?(?:\/api\/data\/v[\d.]+)?\/?\$([\w-]+)(.*)$/s.exec(target);
  if (match === null || /^(?:batch|metadata)$/i.test(match[1] ?? '')) return target;
  return reference(match[1] ?? '', made) + (match[2] ?? '');
}

/**
 * Replaces references in `...@odata.bind` and `@odata.id`, in the text: read and written again, the numbers of a body
 * would not stay exact.
 */
function resolvedBody(body: string, made: ReadonlyMap<string, string>): string {
  return body.replace(
    /("[^"]*@odata\.(?:bind|id)"\s*:\s*)("\$[^"]*"|\[[^\]]*\])/g,
    (_all, key: string, value: string) => {
      return key + value.replace(/"\$([\w-]+)"/g, (_text, id: string) => JSON.stringify(reference(id, made)));
    },
  );
}

function reference(id: string, made: ReadonlyMap<string, string>): string {
  const url = made.get(id);
  if (url === undefined) throw badBatch(`Content-ID Reference: '$${id}' does not exist in the batch context.`);
  return url;
}

/** One part of the answer; the boundary before it is written already. */
function written(environment: Environment, contentId: string | null, answer: Answer): readonly BodyPiece[] {
  const named = contentId === null ? '' : `Content-ID: ${contentId}\r\n`;
  const headers: Record<string, string> = {
    ...(answer.status < 400 ? {} : { REQ_ID: environment.newId() }),
    ...(answer.body === undefined ? {} : { 'Content-Type': 'application/json; odata.metadata=minimal' }),
    'OData-Version': '4.0',
    ...answer.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = typeof answer.body === 'string' ? [answer.body] : (answer.body ?? []);
  return [
    `Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n${named}\r\n`,
    `HTTP/1.1 ${answer.status} ${statusText(answer.status)}\r\n${lines.join('')}\r\n`,
    ...body,
    '\r\n',
  ];
}
