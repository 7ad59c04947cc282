import { createHmac, randomBytes } from 'node:crypto';
import { scramVerifier } from '../../src/core/scram.ts';
import type { Directory, Role } from '../../src/workspace/directory.ts';
import { openWire, type Wire, type WireOptions } from '../../src/workspace/wire/listener.ts';
import { type WireLimits, wireLimits } from '../../src/workspace/wire/wire-limits.ts';
import { FakeClock } from './clock.ts';
import { type FakeAnswer, FakeConversations } from './fake-conversation.ts';
import { WireClient } from './wire-client.ts';

export interface WireWorld {
  readonly wire: Wire;
  readonly clock: FakeClock;
  readonly conversations: FakeConversations;
  readonly log: readonly string[];
  client(): Promise<WireClient>;
  /** One that signed in as Ann, or whoever. */
  signedIn(user?: string): Promise<WireClient>;
  close(): Promise<void>;
}

const roles: Readonly<Record<string, Role>> = { ann: 'Reader', eve: 'Reader', root: 'System Administrator' };
export const PASSWORD = 'sécret';
const verifier = scramVerifier(PASSWORD);

/** A listener with fake conversations, on a free port, under a clock that tests own. */
export async function openWireWorld(
  options: Partial<Omit<WireOptions, 'limits'>> & {
    readonly limits?: Partial<WireLimits>;
    readonly answer?: FakeAnswer;
  } = {},
): Promise<WireWorld> {
  const { answer, limits, ...others } = options;
  const clock = new FakeClock();
  const conversations = new FakeConversations(answer);
  const log: string[] = [];
  const clients: WireClient[] = [];
  const wire = await openWire({
    host: '127.0.0.1',
    port: 0,
    tls: null,
    requireTls: false,
    directory: { user } as Directory,
    openConversation: conversations.open,
    limits: { ...wireLimits, ...limits },
    clock,
    newBytes: randomBytes,
    decoyKey: createHmac('sha256', 'test').digest(),
    nextTurn: () => new Promise(resolve => setImmediate(resolve)),
    log: (level, sentence, fields) => log.push(`${level} ${sentence} ${fields.code ?? ''}`),
    ...others,
  });
  const client = async () => {
    const connected = await WireClient.connect(wire.port);
    clients.push(connected);
    return connected;
  };
  return {
    wire,
    clock,
    conversations,
    log,
    client,
    signedIn: async (user = 'ann') => {
      const connected = await client();
      const [last] = (await connected.signIn({ user, password: PASSWORD, database: 'lake' })).slice(-1);
      if (last?.type !== 'Z') throw new Error(`not signed in: ${last?.body.toString()}`);
      return connected;
    },
    close: async () => {
      for (const each of clients) each.destroy();
      await wire.close();
    },
  };
}

async function user(name: string): ReturnType<Directory['user']> {
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  return role === undefined ? null : { name, role, databases: 'all', verifier: await verifier };
}

/** Waits for something that another part of the program does, turn by turn. */
export async function eventually(isTrue: () => boolean, what: string): Promise<void> {
  const endMs = Date.now() + 10_000;
  while (Date.now() < endMs) {
    if (isTrue()) return;
    await new Promise(resolve => setImmediate(resolve));
  }
  throw new Error(`never came: ${what}`);
}
