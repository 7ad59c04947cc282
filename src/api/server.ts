import { type FastifyInstance, fastify } from 'fastify';
import { ZodError, type z } from 'zod';
import { Fault, toFault } from '../core/fault.ts';
import type { LinkControl } from '../engine/control.ts';
import type { Administration } from './administration.ts';
import type { ServiceAnswer } from './contract.ts';
import { checkHost, checkToken } from './guard.ts';
import { problemOf, statusOf } from './problem.ts';
import { registerRoutes } from './routes.ts';

const BODY_BYTES_MAX = 256 * 1024;
const PARAMETER_CHARACTERS_MAX = 800;
/** A creation checks every table in the environment before it answers. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What the API tells about, and asks of, the service around it. */
export interface ServiceControl {
  info(): Omit<ServiceAnswer, 'links'>;
  /** Begins to stop; the answer is sent first. */
  stop(): void;
}

export interface Api {
  readonly port: number;
  /** Takes no more requests and waits for those under way. Closing twice is allowed. */
  close(): Promise<void>;
}

/**
 * The local HTTP API, on 127.0.0.1 only. Every request needs the token (`Authorization: Bearer`) and a Host header of
 * this machine. Failures are `application/problem+json` (contract.ts).
 */
export async function openApi(options: {
  readonly control: LinkControl;
  readonly administration: Administration;
  readonly service: ServiceControl;
  readonly token: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly nowMs: () => number;
  /** Called with what was not a person's mistake. */
  readonly onFailure: (fault: Fault) => void;
}): Promise<Api> {
  const server = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    // A user's name of 63 characters, each of them four bytes that are escaped.
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
  });
  let port = options.port;
  server.addHook('onRequest', async request => {
    checkHost(request.headers.host, port);
    checkToken(request.headers.authorization, options.token);
  });
  server.setErrorHandler((failure, _request, reply) => {
    const fault = faultOfRequest(failure);
    const status = httpStatus(failure) ?? statusOf(fault.code);
    if (status === 500) options.onFailure(fault);
    return reply.code(status).type('application/problem+json').send(problemOf(fault, status));
  });
  server.setNotFoundHandler((_request, reply) => {
    const fault = new Fault('input/invalid', { reason: 'there is nothing at this address' });
    return reply.code(404).type('application/problem+json').send(problemOf(fault, 404));
  });
  registerRoutes(server, options);
  port = await listen(server, options.port);
  return { port, close: () => server.close() };
}

async function listen(server: FastifyInstance, wanted: number): Promise<number> {
  try {
    await server.listen({ host: '127.0.0.1', port: wanted });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const reason = code === 'EADDRINUSE' ? 'the port is in use' : `the port cannot be opened (${code})`;
    throw new Fault('input/invalid', { setting: 'LAKELINK_PORT', port: wanted, reason }, { cause });
  }
  const address = server.server.address();
  return typeof address === 'object' && address !== null ? address.port : wanted;
}

/** What a thrown thing means: a fault as it is, a request of the wrong shape or size as `input/invalid`. */
function faultOfRequest(failure: unknown): Fault {
  if (failure instanceof Fault) return failure;
  if (failure instanceof ZodError) return new Fault('input/invalid', { reason: issuesOf(failure) }, { cause: failure });
  const status = httpStatus(failure);
  if (status !== null && status < 500) {
    const reason = failure instanceof Error ? failure.message.slice(0, 200) : 'the request cannot be read';
    return new Fault('input/invalid', { reason }, { cause: failure });
  }
  return toFault(failure);
}

function issuesOf(failure: z.ZodError): string {
  return failure.issues
    .slice(0, 3)
    .map(issue => `${issue.path.map(String).join('.') || 'request'}: ${issue.message}`)
    .join('; ');
}

function httpStatus(failure: unknown): number | null {
  if (failure instanceof Fault || failure instanceof ZodError) return null;
  const given = failure instanceof Error && 'statusCode' in failure ? failure.statusCode : null;
  return typeof given === 'number' ? given : null;
}
