import { literal } from '../../batch/sql.ts';
import type { SessionFacts } from '../catalogue-door.ts';
import { OWNER, OWNER_OID } from './fixed-tables.ts';
import { hash } from './lake-tables.ts';
import type { Sources } from './relation-source.ts';

/* Relations of pg_catalog about a server's databases, users, settings and sessions, as one session may see them. */

/** UTF-8 (PostgreSQL's pg_wchar.h numbers of encodings). */
const UTF8 = 6;
/** Object ids of databases and users begin here. */
const OID_FIRST = 20_000;
const OID_RANGE = 0x7000_0000;
const DEFAULT_TABLESPACE = 1663;

/** A database's object id: the same for as long as it has its name. */
export function databaseOid(name: string): number {
  return OID_FIRST + (hash(`database ${name}`) % OID_RANGE);
}

/** A user's object id. */
export function roleOid(name: string): number {
  return name === OWNER ? OWNER_OID : OID_FIRST + (hash(`role ${name}`) % OID_RANGE);
}

/** Everyone there is, the owner of all relations first. */
export function roleNames({ users, user }: SessionFacts): readonly string[] {
  return [...new Set([OWNER, ...users, user.name])];
}

export function databaseNames({ databases, database }: SessionFacts): readonly string[] {
  return [...new Set([...databases.map(({ name }) => name), database])].sort();
}

export function sessionSources(facts: SessionFacts): Sources {
  const databases = databaseNames(facts).map(name => `(${databaseOid(name)}, ${literal(name)})`);
  const from = `(VALUES ${databases.join(', ')}) d(x_oid, x_name)`;
  const isCurrent = `d.x_name = ${literal(facts.database)}`;
  return {
    pg_database: {
      from,
      columns: {
        oid: 'd.x_oid',
        datname: 'd.x_name',
        datdba: `${OWNER_OID}`,
        encoding: `${UTF8}`,
        datlocprovider: `'c'`,
        datallowconn: 'true',
        datconnlimit: '-1',
        dattablespace: `${DEFAULT_TABLESPACE}`,
        datcollate: `'C.UTF-8'`,
        datctype: `'C.UTF-8'`,
      },
    },
    pg_stat_database: {
      from,
      columns: { datid: 'd.x_oid', datname: 'd.x_name', numbackends: `CASE WHEN ${isCurrent} THEN 1 ELSE 0 END` },
    },
    ...roleSources(facts),
    pg_settings: settingsSource(facts),
    ...activitySources(facts),
  };
}

function roleSources(facts: SessionFacts): Sources {
  const roles = roleNames(facts).map(name => `(${roleOid(name)}, ${literal(name)})`);
  const from = `(VALUES ${roles.join(', ')}) r(x_oid, x_name)`;
  const canLogin = `r.x_oid <> ${OWNER_OID}`;
  return {
    pg_roles: {
      from,
      columns: {
        oid: 'r.x_oid',
        rolname: 'r.x_name',
        rolsuper: 'false',
        rolinherit: 'true',
        rolcreaterole: 'false',
        rolcreatedb: 'false',
        rolcanlogin: canLogin,
        rolreplication: 'false',
        rolconnlimit: '-1',
        rolpassword: `'********'`,
        rolbypassrls: 'false',
      },
    },
    pg_user: {
      from: `${from} WHERE ${canLogin}`,
      columns: {
        usename: 'r.x_name',
        usesysid: 'r.x_oid',
        usecreatedb: 'false',
        usesuper: 'false',
        userepl: 'false',
        usebypassrls: 'false',
        passwd: `'********'`,
      },
    },
  };
}

function settingsSource({ settings }: SessionFacts): Sources[string] {
  const rows = [...settings].map(([name, value]) => `(${literal(name)}, ${literal(value)})`);
  return {
    from:
      rows.length === 0
        ? '(SELECT NULL, NULL WHERE false) s(x_name, x_value)'
        : `(VALUES ${rows.join(', ')}) s(x_name, x_value)`,
    columns: {
      name: 's.x_name',
      setting: 's.x_value',
      category: `'Client Connection Defaults'`,
      short_desc: `''`,
      context: `'user'`,
      vartype: `'string'`,
      source: `'session'`,
      boot_val: 's.x_value',
      reset_val: 's.x_value',
      pending_restart: 'false',
    },
  };
}

function activitySources(facts: SessionFacts): Sources {
  const from = '(SELECT 1) x_one';
  const pid = String(facts.processId);
  return {
    pg_stat_activity: {
      from,
      columns: {
        datid: String(databaseOid(facts.database)),
        datname: literal(facts.database),
        pid,
        usesysid: String(roleOid(facts.user.name)),
        usename: literal(facts.user.name),
        application_name: literal(facts.applicationName),
        client_addr: literal(facts.clientAddress),
        backend_start: moment(facts.startedAtMs),
        state: `'active'`,
        query: `''`,
        backend_type: `'client backend'`,
      },
    },
    pg_stat_ssl: {
      from,
      columns: { pid, ssl: String(facts.isEncrypted) },
    },
  };
}

/** A moment in the engine's words. */
export function moment(ms: number): string {
  return `TIMESTAMPTZ ${literal(`${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}+00`)}`;
}
