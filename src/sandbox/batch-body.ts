import { WireError } from './errors.ts';

/** One request inside a batch, as it was written; nothing of it is decoded or resolved yet. */
export interface BatchOperation {
  readonly contentId: string | null;
  readonly method: string;
  /** `accounts`, `/api/data/v9.2/accounts`, a whole URL, or `$1/name`. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type BatchPart =
  | { readonly kind: 'operation'; readonly operation: BatchOperation }
  | { readonly kind: 'change-set'; readonly operations: readonly BatchOperation[] };

/** Of the whole batch, change sets unfolded ("Execute batch operations using the Web API"). */
export const batchOperationsMax = 1_000;

/**
 * Reads the body of `POST $batch`. Lines end in CRLF or LF. @throws WireError 400 when the boundary is missing or never
 * comes, a part is no HTTP request, a change set is nested or asks, or there are more operations than allowed.
 */
export function parseBatch({
  contentType,
  body,
}: {
  readonly contentType: string | undefined;
  readonly body: string;
}): readonly BatchPart[] {
  const parts: BatchPart[] = [];
  let operations = 0;
  for (const text of splitParts(body, boundaryOf(contentType))) {
    const part = parsePart(text);
    parts.push(part);
    operations += part.kind === 'operation' ? 1 : part.operations.length;
  }
  if (operations > batchOperationsMax) {
    throw badBatch(
      `The current batch message contains too many parts. Only batch messages with a maximum number of '${batchOperationsMax}' query operations, including changeset operations, are allowed.`,
    );
  }
  return parts;
}

function parsePart(text: string): BatchPart {
  const { headers, rest } = splitHeaders(text);
  if (!/^multipart\/mixed/i.test(headers['content-type'] ?? '')) {
    return { kind: 'operation', operation: parseOperation(headers, rest) };
  }
  const operations = splitParts(rest, boundaryOf(headers['content-type'])).map(inner => {
    const part = splitHeaders(inner);
    const operation = parseOperation(part.headers, part.rest);
    if (operation.method === 'GET')
      throw badBatch("An invalid HTTP method 'GET' was detected for a request in a change set.");
    return operation;
  });
  return { kind: 'change-set', operations };
}

function parseOperation(part: Readonly<Record<string, string>>, text: string): BatchOperation {
  if (!/^application\/http/i.test(part['content-type'] ?? '')) {
    throw badBatch("A part of the batch has no 'Content-Type: application/http'.");
  }
  const start = text.replace(/^(?:\r?\n)+/, '');
  const lineEnd = start.indexOf('\n');
  const line = (lineEnd < 0 ? start : start.slice(0, lineEnd)).trimEnd();
  const match = /^([A-Z]+) (\S(?:.*\S)?) HTTP\/\d(?:\.\d)?$/.exec(line);
  if (match === null) throw badBatch(`The request line '${line.slice(0, 200)}' is invalid.`);
  const { headers, rest } = splitHeaders(lineEnd < 0 ? '' : start.slice(lineEnd + 1));
  return {
    contentId: part['content-id'] ?? headers['content-id'] ?? null,
    method: match[1] ?? '',
    target: match[2] ?? '',
    headers,
    body: rest.trim(),
  };
}

/** Header lines up to the first empty line, and what follows it. */
function splitHeaders(text: string): { readonly headers: Record<string, string>; readonly rest: string } {
  const headers: Record<string, string> = {};
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    const line = (end < 0 ? text.slice(start) : text.slice(start, end)).trimEnd();
    start = end < 0 ? text.length : end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon < 1) throw badBatch(`The header line '${line.slice(0, 200)}' is invalid.`);
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { headers, rest: text.slice(start) };
}

/** What stands between the boundary lines; the line end before one belongs to it. */
function splitParts(body: string, boundary: string): readonly string[] {
  const pattern = new RegExp(`(?:^|\\r?\\n)--${escaped(boundary)}(--)?[ \\t]*(?=\\r?\\n|$)`, 'g');
  const parts: string[] = [];
  let start: number | null = null;
  for (const match of body.matchAll(pattern)) {
    if (start !== null) parts.push(body.slice(start, match.index).replace(/^\r?\n/, ''));
    if (match[1] === '--') return parts;
    start = match.index + match[0].length;
  }
  throw badBatch(`The boundary '${boundary}' does not end the message.`);
}

function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/mixed\s*;.*?\bboundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType ?? '');
  const boundary = match?.[1] ?? match?.[2] ?? '';
  // RFC 2046 allows no more than 70 characters.
  if (boundary === '' || boundary.length > 70) {
    throw badBatch("The content type of a batch must be 'multipart/mixed' with a boundary of 1 to 70 characters.");
  }
  return boundary;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}

/** The texts are those of the OData library the platform is built on; the code is the one of its other syntax errors. */
export function badBatch(message: string): WireError {
  return new WireError({ status: 400, code: '0x80060888', message });
}
