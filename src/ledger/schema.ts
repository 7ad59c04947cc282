import type { Generated } from 'kysely';
import type { PartitionStrategy } from '../core/commit.ts';
import type { Role } from '../core/user-name.ts';

/** What is in the control database, table by table. Times are ISO texts, truth values 0 and 1. */
export interface LedgerSchema {
  readonly links: {
    id: string;
    name: string;
    environment_url: string;
    tenant_id: string;
    client_id: string;
    authority_url: string | null;
    organization_id: string;
    lake_path: string;
    lake_name: string;
    partition_strategy: PartitionStrategy;
    poll_seconds: number;
    publish_seconds: number;
    created_at: string;
    /** A deletion that began and may have been interrupted; it goes on at the next start. */
    removing: 'no' | 'keep-data' | 'delete-data';
    /** Whether files that others put into the lake go too. */
    removing_foreign: number;
    output: 'replica' | 'incremental';
    /** Null: no snapshots. */
    snapshot_minutes: number | null;
    snapshots_kept: number;
    incremental_minutes: number;
    /** Why a person paused it; null while it runs. */
    paused: string | null;
  };
  readonly link_tables: {
    link_id: string;
    /** Order in which tables were added. */
    position: number;
    table_name: string;
    partition_strategy: PartitionStrategy;
    append_only: number;
    added_at: string;
    removing: 'no' | 'keep-data' | 'delete-data';
    paused: string | null;
  };
  /** Sealed texts (AES-256-GCM); the key is elsewhere. `name` is a link's id, or `key-check`. */
  readonly secrets: { name: string; nonce: string; sealed: string; tag: string };
  readonly audit: {
    id: Generated<number>;
    at: string;
    actor: string;
    action: string;
    link: string | null;
    details: string;
  };
  /** Who signs in to the SQL endpoint; of the password only what checks it (SCRAM-SHA-256, base64). */
  readonly users: {
    /** Never used twice. */
    id: Generated<number>;
    name: string;
    role: Role;
    scram_iterations: number;
    scram_salt: string;
    scram_stored_key: string;
    scram_server_key: string;
    all_databases: number;
    created_at: string;
    disabled: number;
  };
  readonly grants: { user_id: number; database: string };
  /** A lake database: one a lake, from its first link on until it is dropped. */
  readonly databases: {
    name: string;
    lake_path: string;
    /** The link whose mark the lake has, also when it is gone: how the lake is known to be still the same. */
    lake_id: string;
    /** The link that uses it; null after it was unlinked with its data kept. */
    link_id: string | null;
    created_at: string;
    /** When a link last left it with its data kept; null: none did. */
    kept_at: string | null;
    /** A drop with its files that began and may have been interrupted; it goes on at the next start. */
    dropping: 'no' | 'delete-files';
  };
  /** What users made in schema `public`; names are compared without case. */
  readonly views: { database: string; name: string; sql: string; owner: string; created_at: string };
}

/** Written into the file's header, so that another program's SQLite file is not taken for ours. ASCII `LLNK`. */
export const APPLICATION_ID = 0x4c4c4e4b;

/**
 * Steps forward, never edited once released: the schema's version is how many have run (`PRAGMA user_version`).
 * Each step runs in one transaction together with its number.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    `CREATE TABLE links (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       environment_url TEXT NOT NULL,
       tenant_id TEXT NOT NULL,
       client_id TEXT NOT NULL,
       authority_url TEXT,
       organization_id TEXT NOT NULL,
       lake_path TEXT NOT NULL UNIQUE,
       lake_name TEXT NOT NULL,
       partition_strategy TEXT NOT NULL CHECK (partition_strategy IN ('year', 'month')),
       poll_seconds REAL NOT NULL,
       publish_seconds REAL NOT NULL,
       created_at TEXT NOT NULL,
       removing TEXT NOT NULL DEFAULT 'no' CHECK (removing IN ('no', 'keep-data', 'delete-data'))
     ) STRICT`,
    'CREATE INDEX links_by_organization ON links (organization_id)',
    `CREATE TABLE link_tables (
       link_id TEXT NOT NULL REFERENCES links (id) ON DELETE CASCADE,
       position INTEGER NOT NULL,
       table_name TEXT NOT NULL,
       partition_strategy TEXT NOT NULL CHECK (partition_strategy IN ('year', 'month')),
       added_at TEXT NOT NULL,
       removing TEXT NOT NULL DEFAULT 'no' CHECK (removing IN ('no', 'keep-data', 'delete-data')),
       PRIMARY KEY (link_id, table_name)
     ) STRICT`,
    'CREATE TABLE secrets (name TEXT PRIMARY KEY, nonce TEXT NOT NULL, sealed TEXT NOT NULL, tag TEXT NOT NULL) STRICT',
    `CREATE TABLE audit (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       at TEXT NOT NULL,
       actor TEXT NOT NULL,
       action TEXT NOT NULL,
       link TEXT,
       details TEXT NOT NULL
     ) STRICT`,
  ],
  [
    // A check cannot be changed, so a column with the new one takes the old one's place.
    ...['links', 'link_tables'].flatMap(table => [
      `ALTER TABLE ${table} ADD COLUMN partitions TEXT NOT NULL DEFAULT 'year' CHECK (partitions IN ('year', 'month', 'day'))`,
      `UPDATE ${table} SET partitions = partition_strategy`,
      `ALTER TABLE ${table} DROP COLUMN partition_strategy`,
      `ALTER TABLE ${table} RENAME COLUMN partitions TO partition_strategy`,
      `ALTER TABLE ${table} ADD COLUMN paused TEXT`,
    ]),
    "ALTER TABLE links ADD COLUMN output TEXT NOT NULL DEFAULT 'replica' CHECK (output IN ('replica', 'incremental'))",
    // Links from before there were snapshots go on without them: their readers know model.json as it is.
    'ALTER TABLE links ADD COLUMN snapshot_minutes INTEGER',
    'ALTER TABLE links ADD COLUMN snapshots_kept INTEGER NOT NULL DEFAULT 5',
    'ALTER TABLE links ADD COLUMN incremental_minutes INTEGER NOT NULL DEFAULT 15',
    'ALTER TABLE link_tables ADD COLUMN append_only INTEGER NOT NULL DEFAULT 0 CHECK (append_only IN (0, 1))',
  ],
  ['ALTER TABLE links ADD COLUMN removing_foreign INTEGER NOT NULL DEFAULT 0 CHECK (removing_foreign IN (0, 1))'],
  [
    // Names of databases are unique from now on: of links that share one the oldest keeps it.
    `UPDATE links SET lake_name = rtrim(substr(lake_name, 1, 26), '-') || '-' || id
       WHERE lake_name IN ('postgres', 'template0', 'template1', 'all')
          OR rowid NOT IN (SELECT min(rowid) FROM links GROUP BY lake_name)`,
    `CREATE TABLE databases (
       name TEXT NOT NULL PRIMARY KEY,
       lake_path TEXT NOT NULL UNIQUE,
       lake_id TEXT NOT NULL,
       link_id TEXT UNIQUE REFERENCES links (id),
       created_at TEXT NOT NULL,
       kept_at TEXT,
       dropping TEXT NOT NULL DEFAULT 'no' CHECK (dropping IN ('no', 'delete-files')),
       CHECK (dropping = 'no' OR link_id IS NULL)
     ) STRICT`,
    `INSERT INTO databases (name, lake_path, lake_id, link_id, created_at)
       SELECT lake_name, lake_path, id, id, created_at FROM links`,
    `CREATE TABLE users (
       id INTEGER PRIMARY KEY AUTOINCREMENT,
       name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),
       role TEXT NOT NULL CHECK (role IN ('System Administrator', 'Maker', 'Reader')),
       scram_iterations INTEGER NOT NULL,
       scram_salt TEXT NOT NULL,
       scram_stored_key TEXT NOT NULL,
       scram_server_key TEXT NOT NULL,
       all_databases INTEGER NOT NULL DEFAULT 0 CHECK (all_databases IN (0, 1)),
       created_at TEXT NOT NULL,
       disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
     ) STRICT`,
    `CREATE TABLE grants (
       user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
       database TEXT NOT NULL REFERENCES databases (name) ON DELETE CASCADE ON UPDATE CASCADE,
       PRIMARY KEY (user_id, database)
     ) STRICT`,
    `CREATE TABLE views (
       database TEXT NOT NULL REFERENCES databases (name) ON DELETE CASCADE ON UPDATE CASCADE,
       name TEXT NOT NULL COLLATE NOCASE,
       sql TEXT NOT NULL,
       owner TEXT NOT NULL,
       created_at TEXT NOT NULL,
       PRIMARY KEY (database, name)
     ) STRICT`,
  ],
];
