import { z } from 'zod';
import { standardApplication } from './applications.ts';
import { parseBehaviour } from './behaviour.ts';
import { expireDeltaTokens } from './delta-token.ts';
import { parseFaultRules } from './fault-rules.ts';
import type { Answer, Environment } from './wire.ts';
import { json } from './wire.ts';

interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

type AdminHandler = (environment: Environment, body: unknown) => Answer;

const applicationShape = z.object({
  clientId: z.string(),
  clientSecret: z.string().exactOptional(),
  userId: z.string().exactOptional(),
  readLevels: z.record(z.string(), z.enum(['organization', 'user', 'none'])).exactOptional(),
  readsSecuredColumns: z.boolean().exactOptional(),
  writes: z.boolean().exactOptional(),
});

/** What tests and people do to the environment itself; not part of the platform's wire. Loopback only, no sign-in. */
const handlers: Readonly<Record<string, AdminHandler>> = {
  'GET requests': ({ log }) => json(log.entries()),
  'DELETE requests': ({ log }) => {
    log.clear();
    return { status: 204 };
  },
  'GET faults': ({ faults }) => json(faults.rest()),
  'POST faults': ({ faults }, body) => {
    faults.set(parseFaultRules(body));
    return { status: 204 };
  },
  'GET behaviour': ({ behaviour }) => json(behaviour),
  'POST behaviour': (environment, body) => {
    environment.changeBehaviour(parseBehaviour(body));
    return { status: 204 };
  },
  'POST expire-delta-tokens': ({ database }, body) => {
    const { table } = z.object({ table: z.string().exactOptional() }).parse(body);
    expireDeltaTokens(database, table ?? null);
    return { status: 204 };
  },
  'POST applications': ({ applications }, body) => {
    const given = applicationShape.parse(body);
    applications.put({ ...standardApplication, ...applications.get(given.clientId), ...given });
    return { status: 204 };
  },
};

export function answerAdmin(environment: Environment, { method, path, body }: AdminRequest): Answer {
  const handle = handlers[`${method} ${path.slice('/__sandbox/'.length)}`];
  if (handle === undefined) return json({ error: `the sandbox offers ${Object.keys(handlers).join(', ')}` }, 404);
  try {
    return handle(environment, body === '' ? {} : JSON.parse(body));
  } catch (failure) {
    return json({ error: reasonOf(failure) }, 400);
  }
}

/** A refused field is named with its place, one line each. */
function reasonOf(failure: unknown): string {
  if (failure instanceof z.ZodError) return z.prettifyError(failure);
  return failure instanceof Error ? failure.message : String(failure);
}
