import { z } from 'zod';
import { readLevels, standardApplication } from './applications.ts';
import { parseBehaviour } from './behaviour.ts';
import { expireDeltaTokens } from './delta-token.ts';
import { parseFaultRules } from './fault-rules.ts';
import { prepareRows } from './prepare.ts';
import { retainRows } from './retention.ts';
import type { Answer, Environment } from './wire.ts';
import { json } from './wire.ts';

interface AdminRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

type AdminHandler = (environment: Environment, body: unknown) => Answer | Promise<Answer>;

const applicationShape = z.strictObject({
  clientId: z.string(),
  clientSecret: z.string().exactOptional(),
  userId: z.string().exactOptional(),
  readLevels: z.record(z.string(), z.enum(readLevels)).exactOptional(),
  readsSecuredColumns: z.boolean().exactOptional(),
  writes: z.boolean().exactOptional(),
  readsDefinitions: z.boolean().exactOptional(),
  businessUnitId: z.guid().exactOptional(),
});

/** What a reader will ask for, so that its pages can be made ready. */
const prepareShape = z.strictObject({
  table: z.string(),
  select: z.array(z.string()).exactOptional(),
  annotations: z.array(z.string()).exactOptional(),
  ieee754: z.boolean().exactOptional(),
  hidesSecured: z.boolean().exactOptional(),
});

const restoreShape = z.strictObject({ name: z.string(), newOrganizationId: z.guid().exactOptional() });

const renameShape = z.strictObject({
  friendlyName: z.string().min(1).exactOptional(),
  uniqueName: z.string().min(1).exactOptional(),
  /** The origin by which it is called from now on; it has to lead here. */
  url: z.url({ protocol: /^https?$/ }).exactOptional(),
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
  'POST prepare': async ({ database }, body) => {
    const { table, ...rest } = prepareShape.parse(body);
    const rows = await prepareRows(database, { table: { logicalName: table }, ...rest });
    return json({ rows, bytes: database.prepared.bytes() });
  },
  'POST retain': retainRows,
  'GET restore-point': ({ restorePoints }) => json(restorePoints.names()),
  'POST restore-point': ({ restorePoints }, body) => {
    restorePoints.take(z.strictObject({ name: z.string().min(1) }).parse(body).name);
    return { status: 204 };
  },
  'POST restore': ({ restorePoints }, body) => {
    const { name, newOrganizationId } = restoreShape.parse(body);
    restorePoints.restore(name, { organizationId: newOrganizationId?.toLowerCase() ?? null });
    return { status: 204 };
  },
  'POST admin-mode': ({ state }, body) => {
    state.isInAdminMode = z.strictObject({ on: z.boolean() }).parse(body).on;
    return { status: 204 };
  },
  'POST rename': renameEnvironment,
  'POST applications': ({ applications }, body) => {
    const given = applicationShape.parse(body);
    applications.put({ ...standardApplication, ...applications.get(given.clientId), ...given });
    return { status: 204 };
  },
};

export async function answerAdmin(environment: Environment, { method, path, body }: AdminRequest): Promise<Answer> {
  const handle = handlers[`${method} ${path.slice('/__sandbox/'.length)}`];
  if (handle === undefined) return json({ error: `the sandbox offers ${Object.keys(handlers).join(', ')}` }, 404);
  try {
    return await handle(environment, body === '' ? {} : JSON.parse(body));
  } catch (failure) {
    return json({ error: reasonOf(failure) }, 400);
  }
}

/** Names change at once; with a new URL the old one is not answered any more, and its tokens are not good for the new. */
function renameEnvironment({ database, state }: Environment, body: unknown): Answer {
  const { friendlyName, uniqueName, url } = renameShape.parse(body);
  const before = database.organization();
  database.setOrganization({
    ...before,
    friendlyName: friendlyName ?? before.friendlyName,
    uniqueName: uniqueName ?? before.uniqueName,
  });
  if (url !== undefined) state.renamedUrl = new URL(url).origin;
  return { status: 204 };
}

/** A refused field is named with its place, one line each. */
function reasonOf(failure: unknown): string {
  if (failure instanceof z.ZodError) return z.prettifyError(failure);
  return failure instanceof Error ? failure.message : String(failure);
}
