import type { FaultEntry } from './fault.ts';

/** The part of the one table of failures that clients of SQL see; what states of SQL they are is said where they are sent. */
export const sqlFaults = {
  'sql/sign-in': {
    means: 'User name or password is wrong',
    retry: 'never',
    remedy: 'Check both; a new password: lakelink user password <name>.',
  },
  'sql/denied': {
    means: 'This user may not do that',
    retry: 'never',
    remedy: 'A System Administrator can: lakelink user grant <name> --database <database>.',
  },
  'sql/database-unknown': {
    means: 'There is no such lake database',
    retry: 'never',
    remedy: 'See: lakelink database list.',
  },
  'sql/user-unknown': {
    means: 'There is no such user',
    retry: 'never',
    remedy: 'See: lakelink user list.',
  },
  'sql/in-use': {
    means: 'A link uses this database',
    retry: 'never',
    remedy: 'Unlink first: lakelink link delete <link>.',
  },
  'sql/exists': {
    means: 'There is one of this name already',
    retry: 'never',
    remedy: 'Choose another name, or drop it first.',
  },
  'sql/connections': {
    means: 'There are as many connections as allowed',
    retry: 'soon',
    remedy: 'Close idle ones, or raise LAKELINK_SQL_CONNECTIONS.',
  },
  'sql/protocol': { means: 'The client does not keep to the PostgreSQL protocol', retry: 'never', remedy: null },
  'sql/timeout': {
    means: 'The query took longer than allowed',
    retry: 'never',
    remedy: 'Read less, or raise LAKELINK_SQL_TIMEOUT_SECONDS.',
  },
  'sql/memory': {
    means: 'The query needs more memory than allowed',
    retry: 'never',
    remedy: 'Read less, or raise LAKELINK_SQL_MEMORY_MB.',
  },
  'sql/temp-disk': {
    means: 'The query needs more temporary disk space than allowed',
    retry: 'never',
    remedy: 'Read less, or raise LAKELINK_SQL_TEMP_MB.',
  },
  'sql/rows': {
    means: 'The result has more rows than allowed',
    retry: 'never',
    remedy: 'Add a LIMIT or a WHERE, or raise LAKELINK_SQL_ROWS.',
  },
  'sql/not-retained': {
    means: 'The table as it was then is no longer kept',
    retry: 'never',
    remedy: 'Ask for a later time, or read a snapshot: <table>_partitioned.',
  },
} as const satisfies Record<string, FaultEntry>;
