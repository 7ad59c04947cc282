import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { packed, packingFor } from './compression.ts';
import type { FaultRule } from './faults.ts';
import type { Answer, BodyPiece, Environment } from './wire.ts';

export interface Exchange {
  readonly environment: Environment;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** What goes out of a body, and how the answer ends. */
interface Sending {
  readonly bytes: Buffer | readonly Uint8Array[];
  readonly headers: Readonly<Record<string, string | number>>;
  readonly ending: 'whole' | 'break' | 'hang';
}

/** Writes the answer, or what the fault leaves of it; answers the bytes of the body that went out. */
export async function writeAnswer(exchange: Exchange, answer: Answer, fault: FaultRule | null): Promise<number> {
  const { environment, response } = exchange;
  if (fault?.do === 'reset' || fault?.do === 'lost-answer') {
    response.socket?.resetAndDestroy();
    return 0;
  }
  if (fault?.do === 'stall' && fault.at === 'start') return 0;
  if (fault?.do === 'stall' && fault.at === 'headers') {
    response.socket?.write('HTTP/1.1 200 OK\r\nContent-Type: application/json; odata.met');
    return 0;
  }
  const { bytes, headers, ending } = await sendingOf(exchange, answer, fault);
  response.writeHead(answer.status, {
    'Content-Type': 'application/json; odata.metadata=minimal',
    'OData-Version': '4.0',
    'Cache-Control': 'no-cache',
    'x-ms-service-request-id': environment.newId(),
    REQ_ID: environment.newId(),
    ...answer.headers,
    ...headers,
  });
  if (!Buffer.isBuffer(bytes)) return endInPieces(response, bytes);
  if (fault?.do === 'drip') await drip(exchange, bytes, fault);
  else if (ending === 'whole') response.end(bytes);
  else {
    response.flushHeaders();
    response.write(bytes, () => (ending === 'break' ? response.socket?.destroy() : undefined));
  }
  return bytes.length;
}

/** As they are: put together first, a page of prepared rows would be copied once more. */
function endInPieces(response: ServerResponse, pieces: readonly Uint8Array[]): number {
  response.cork();
  for (const piece of pieces) response.write(piece);
  response.uncork();
  response.end();
  return lengthOf(pieces);
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

async function sendingOf(exchange: Exchange, answer: Answer, fault: FaultRule | null): Promise<Sending> {
  const pieces = piecesOf(answer.body);
  if (answer.status === 204 || answer.status === 304) return { bytes: pieces, headers: {}, ending: 'whole' };
  if (fault === null) return wholeSending(exchange, pieces);
  const whole = Buffer.concat(pieces);
  const told = { 'Content-Length': whole.length };
  const part = (of: Buffer, spare: number) => of.subarray(0, fault.bytes ?? spare);
  switch (fault.do) {
    case 'stall':
      return { bytes: part(whole, 0), headers: told, ending: 'hang' };
    case 'expire-access-token':
      if (fault.bytes === undefined) return { bytes: whole, headers: told, ending: 'whole' };
      return { bytes: part(whole, 0), headers: told, ending: 'break' };
    case 'cut-gzip':
    case 'truncate': {
      const packs = fault.do === 'cut-gzip' && /\bgzip\b/.test(acceptedEncoding(exchange.request) ?? '');
      const full = packs ? gzipSync(whole) : whole;
      const encoding: Record<string, string> = packs ? { 'Content-Encoding': 'gzip' } : {};
      const bytes = part(full, Math.floor(full.length / 2));
      // Without a length the end of the bytes is the end of the answer, as far as HTTP can tell.
      if (fault.clean ?? fault.do === 'cut-gzip') return { bytes, headers: encoding, ending: 'whole' };
      return { bytes, headers: { ...encoding, 'Content-Length': full.length }, ending: 'break' };
    }
    default:
      return fault.do === 'drip' ? { bytes: whole, headers: told, ending: 'whole' } : wholeSending(exchange, pieces);
  }
}

async function wholeSending({ environment, request }: Exchange, pieces: readonly Uint8Array[]): Promise<Sending> {
  const offered = environment.behaviour.compression === 'offered';
  const packing = offered ? packingFor(acceptedEncoding(request)) : null;
  const bytes = packing === null ? null : await packed(Buffer.concat(pieces), packing);
  if (bytes === null) return { bytes: pieces, headers: { 'Content-Length': lengthOf(pieces) }, ending: 'whole' };
  const headers = { 'Content-Encoding': packing ?? '', Vary: 'Accept-Encoding', 'Content-Length': bytes.length };
  return { bytes, headers, ending: 'whole' };
}

function acceptedEncoding({ headers }: IncomingMessage): string | undefined {
  const given = headers['accept-encoding'];
  return Array.isArray(given) ? given.join(',') : given;
}

function piecesOf(body: Answer['body']): readonly Uint8Array[] {
  const pieces: readonly BodyPiece[] = typeof body === 'string' ? [body] : (body ?? []);
  return pieces.map(piece => (typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece));
}

async function drip(exchange: Exchange, bytes: Buffer, { ms = 10_000, pieces = 10 }: FaultRule): Promise<void> {
  const { response } = exchange;
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length && !response.destroyed; at += size) {
    response.write(bytes.subarray(at, at + size));
    await pause(exchange, ms / pieces);
  }
  response.end();
}

/** Waits, unless the caller gives up: then there is nobody to be slow for. */
export async function pause({ environment, request }: Exchange, ms: number): Promise<void> {
  const gone = new AbortController();
  const abort = () => gone.abort();
  request.socket.once('close', abort);
  try {
    await environment.clock.sleep(ms, gone.signal);
  } catch {
    // The caller gave up.
  } finally {
    request.socket.off('close', abort);
  }
}
