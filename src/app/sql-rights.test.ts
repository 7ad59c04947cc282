import { describe, expect, test } from 'vitest';
import { FakeConversations } from '../../test/kit/fake-conversation.ts';
import { RecordingBackend } from '../../test/kit/spoken-world.ts';
import type { ScramVerifier } from '../core/scram.ts';
import type { SqlUser } from '../workspace/directory.ts';
import { endedByLostRights } from './sql-rights.ts';

const DATABASE = 'dataverse-env-org';
const ana: SqlUser = { name: 'ana', role: 'Reader', databases: [DATABASE] };
const verifier: ScramVerifier = {
  iterations: 4096,
  salt: '',
  storedKey: '',
  serverKey: '',
};

/** A conversation of `ana` under rights that a test changes. */
async function signedIn(database = DATABASE) {
  const ledger = { version: 1, user: ana as SqlUser | null, databases: [DATABASE], looks: 0 };
  const fake = new FakeConversations();
  const open = endedByLostRights(fake.open, {
    version: () => ledger.version,
    directory: {
      user: async () => {
        ledger.looks += 1;
        return ledger.user === null ? null : { ...ledger.user, verifier };
      },
      databases: async () => ledger.databases.map(name => ({ name, lakePath: '/lake', link: null })),
    },
  });
  const { conversation } = await open({
    user: ana,
    database,
    parameters: new Map(),
    backend: new RecordingBackend(),
    processId: 1,
    clientAddress: '::1',
    serverPort: 5433,
    isEncrypted: true,
  });
  const change = (to: Partial<typeof ledger>) => Object.assign(ledger, to, { version: ledger.version + 1 });
  return { conversation, ledger, change, heard: () => fake.last.heard.length };
}

const query = { is: 'query', sql: 'SELECT 1' } as const;

describe('rights that were taken end the connection at its next statement (R: per-database rights)', () => {
  test.each([
    ['a user who is deleted or turned off', { user: null }, /may no longer sign in/],
    ['a user who may not use the database any more', { user: { ...ana, databases: [] } }, /permission denied/],
    ['a database that is dropped', { databases: [] }, /was dropped/],
  ])('%s', async (_, to, reason) => {
    const { conversation, change, heard } = await signedIn();
    await conversation.handle(query);
    change(to);
    for (const message of [query, { is: 'execute', portal: '', maxRows: 0 } as const]) {
      await expect(conversation.handle(message)).rejects.toMatchObject({
        code: 'sql/denied',
        details: { sqlstate: '57P01', reason: expect.stringMatching(reason) },
      });
    }
    expect(heard()).toBe(1);
    await conversation.handle({ is: 'sync' });
    expect(heard()).toBe(2);
  });

  test('other changes, and an administrator without grants, go on', async () => {
    const { conversation, change, heard } = await signedIn();
    change({ user: { ...ana, role: 'System Administrator', databases: [] } });
    await conversation.handle(query);
    change({ user: { ...ana, databases: 'all' }, databases: ['other', DATABASE] });
    await conversation.handle(query);
    expect(heard()).toBe(2);
  });

  test('the maintenance database needs a user and no more', async () => {
    const { conversation, change } = await signedIn('postgres');
    change({ user: { ...ana, databases: [] }, databases: [] });
    await conversation.handle(query);
    change({ user: null });
    await expect(conversation.handle(query)).rejects.toMatchObject({ code: 'sql/denied' });
  });

  test('the ledger is read again only when it changed', async () => {
    const { conversation, ledger } = await signedIn();
    for (let index = 0; index < 5; index += 1) await conversation.handle(query);
    expect(ledger.looks).toBe(1);
  });
});
