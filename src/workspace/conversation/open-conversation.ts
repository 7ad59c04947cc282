import type { Clock } from '../../core/clock.ts';
import { Fault, toFault } from '../../core/fault.ts';
import type { SessionFacts } from '../catalogue-door.ts';
import type { LakeDatabase } from '../database-view.ts';
import { type DatabaseEntry, type Directory, mayUse } from '../directory.ts';
import type { QuerySession } from '../sql-session.ts';
import type { ConversationStart, OpenConversation } from '../wire/conversation.ts';
import { Interrupts } from './interrupts.ts';
import { type ConversationEars, LakeConversation } from './lake-conversation.ts';
import { MAINTENANCE_DATABASE, maintenanceDatabase } from './maintenance-database.ts';
import { refusal } from './refusal.ts';
import { SessionSettings } from './settings.ts';
import { engineSettings, SqlSession } from './sql-session.ts';
import { startSettings } from './start-settings.ts';

export interface ConversationParts extends ConversationEars {
  readonly directory: Directory;
  /** Opens a lake database, or counts one more user of it; each is closed once. */
  readonly openDatabase: (entry: DatabaseEntry) => Promise<LakeDatabase>;
  readonly openQuerySession: (facts: SessionFacts) => Promise<QuerySession>;
  /** Names of all users, for the catalogue. */
  readonly userNames: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly statementTimeoutMs: number;
  /** Lakelink's own. */
  readonly version: string;
}

/** The version of PostgreSQL whose words and rules these are. */
const POSTGRESQL_VERSION = '15.0';
const POSTGRESQL_VERSION_NUMBER = '150000';

/** Begins the conversations of a server. */
export function conversations(parts: ConversationParts): OpenConversation {
  return async start => {
    const { user, backend } = start;
    const entry = await entryOf(parts.directory, start);
    const settings = new SessionSettings(serverFacts(parts, start));
    for (const [name, value] of startSettings(start.parameters)) settings.setInitial(name, value);
    const database = entry === null ? maintenanceDatabase() : await parts.openDatabase(entry);
    const interrupts = new Interrupts(parts.clock);
    let query: QuerySession | null = null;
    try {
      query = await parts.openQuerySession(await sessionFacts(parts, start, settings));
      const { directory, statementTimeoutMs } = parts;
      const session = new SqlSession({
        user,
        database,
        query,
        settings,
        directory,
        backend,
        interrupts,
        statementTimeoutMs,
      });
      await session.applySettings();
      return {
        conversation: new LakeConversation(session, interrupts, parts),
        settings: settings.reported(),
      };
    } catch (thrown) {
      // What was opened is closed; why it failed is what the client hears of.
      const ignore = (second: unknown) => parts.report(toFault(second));
      await query?.close().catch(ignore);
      await database.close().catch(ignore);
      throw thrown;
    }
  };
}

/** Null: the maintenance database. Throws `sql/database-unknown`, `sql/denied`. */
async function entryOf(directory: Directory, { database, user, parameters }: ConversationStart) {
  const replication = parameters.get('replication') ?? 'false';
  if (!/^(f(alse)?|no?|off|0)$/i.test(replication)) {
    throw refusal({ state: '0A000', message: 'Lakelink does not send replication streams' });
  }
  if (database === MAINTENANCE_DATABASE) return null;
  // Whoever may not use any database of the name learns nothing of which there are.
  if (!mayUse(user, database)) {
    throw new Fault('sql/denied', { reason: `permission denied for database "${database}"` });
  }
  const entry = (await directory.databases()).find(({ name }) => name === database);
  if (entry === undefined) {
    throw new Fault('sql/database-unknown', { reason: `database "${database}" does not exist` });
  }
  return entry;
}

function serverFacts({ version }: ConversationParts, start: ConversationStart): ReadonlyMap<string, string> {
  return new Map([
    ['server_version', `${POSTGRESQL_VERSION} (Lakelink ${version})`],
    ['server_version_num', POSTGRESQL_VERSION_NUMBER],
    ['session_authorization', start.user.name],
    ['is_superuser', 'off'],
    ['in_hot_standby', 'off'],
    ['port', String(start.serverPort)],
    ['ssl', start.isEncrypted ? 'on' : 'off'],
  ]);
}

async function sessionFacts(
  { directory, userNames, clock }: ConversationParts,
  { user, database, processId, clientAddress, serverPort, isEncrypted }: ConversationStart,
  settings: SessionSettings,
): Promise<SessionFacts> {
  const databases = (await directory.databases()).filter(({ name }) => mayUse(user, name));
  return {
    database,
    user,
    databases: [{ name: MAINTENANCE_DATABASE, lakePath: '', link: null }, ...databases],
    users: await userNames(),
    processId,
    get applicationName() {
      return settings.show('application_name');
    },
    clientAddress,
    serverPort,
    isEncrypted,
    startedAtMs: clock.nowMs(),
    settings: engineSettings(settings),
  };
}
