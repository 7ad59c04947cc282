import type { Generated } from 'kysely';

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
    partition_strategy: 'year' | 'month';
    poll_seconds: number;
    publish_seconds: number;
    created_at: string;
    /** A deletion that began and may have been interrupted; it goes on at the next start. */
    removing: 'no' | 'keep-data' | 'delete-data';
  };
  readonly link_tables: {
    link_id: string;
    /** Order in which tables were added. */
    position: number;
    table_name: string;
    partition_strategy: 'year' | 'month';
    added_at: string;
    removing: 'no' | 'keep-data' | 'delete-data';
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
];
