import { asOfTime } from './as-of.ts';
import {
  anyText,
  applicationName,
  boolean,
  dateStyle,
  duration,
  encoding,
  integer,
  language,
  oneOf,
  only,
  type ParseValue,
  real,
  searchPath,
} from './setting-values.ts';
import { timeZone } from './time-zone.ts';

/** One setting as clients know it. */
export interface SettingEntry {
  /** As PostgreSQL writes it (`DateStyle`). */
  readonly name: string;
  readonly initial: string;
  /** Null: nobody may set it. */
  readonly parse: ParseValue | null;
  readonly about: string;
  /** Clients are told when it changes. */
  readonly isReported?: true;
  /** Takes a list of names; each is quoted where it needs it. */
  readonly isNames?: true;
  /** Takes a list. */
  readonly isList?: true;
}

const ISOLATION = oneOf('serializable', 'repeatable read', 'read committed', 'read uncommitted');
const FREE = anyText(1_024);

/** What changes something here. */
const OWN: readonly SettingEntry[] = [
  {
    name: 'application_name',
    initial: '',
    parse: applicationName,
    isReported: true,
    about: 'Name of the program, as monitoring shows it.',
  },
  {
    name: 'bytea_output',
    initial: 'hex',
    parse: oneOf('hex', 'escape'),
    about: 'How bytes are written as text.',
  },
  {
    name: 'client_encoding',
    initial: 'UTF8',
    parse: encoding,
    isReported: true,
    about: 'Encoding of texts; UTF8 only.',
  },
  {
    name: 'DateStyle',
    initial: 'ISO, MDY',
    parse: dateStyle,
    isReported: true,
    isList: true,
    about: 'How dates are written; ISO only.',
  },
  {
    name: 'default_transaction_isolation',
    initial: 'read committed',
    parse: ISOLATION,
    about: 'Isolation of new transactions.',
  },
  {
    name: 'extra_float_digits',
    initial: '1',
    parse: integer(-15, 3),
    about: 'Digits of floating-point numbers; above 0: the shortest exact text.',
  },
  {
    name: 'IntervalStyle',
    initial: 'postgres',
    parse: oneOf('postgres'),
    isReported: true,
    about: 'How intervals are written.',
  },
  {
    name: 'lakelink.as_of',
    initial: '',
    parse: asOfTime,
    about: 'Every table of dbo is read as it was at this time; empty: as it is now.',
  },
  {
    name: 'lakelink.language',
    initial: '',
    parse: language,
    about: 'Language (LCID, 1033) of the texts in <table>_labels; empty: the first that a choice has.',
  },
  {
    name: 'search_path',
    initial: 'dbo, public, lakelink',
    parse: searchPath,
    isNames: true,
    isList: true,
    about: 'Where names without a schema are looked for.',
  },
  {
    name: 'statement_timeout',
    initial: '0',
    parse: duration,
    about: 'Longest time of a statement; 0: as long as the server allows, which is the limit in any case.',
  },
  { name: 'TimeZone', initial: 'UTC', parse: timeZone, isReported: true, about: 'Zone in which times are shown.' },
];

/** What holds here whatever a client says. */
const FIXED: readonly SettingEntry[] = [
  {
    name: 'standard_conforming_strings',
    initial: 'on',
    parse: only('on', 'A backslash in a text is a backslash.'),
    isReported: true,
    about: 'Whether a backslash in a text is a backslash.',
  },
  {
    name: 'default_transaction_read_only',
    initial: 'on',
    // Drivers set it when they give a connection back. A lake database stays read-only, as a hot standby does.
    parse: boolean,
    isReported: true,
    about: 'Whether new transactions ask for reading only; no transaction can write.',
  },
  { name: 'role', initial: 'none', parse: null, about: 'The current role.' },
];

/** Name, initial value: what clients ask for and nobody sets. */
const INTERNAL: readonly (readonly [string, string])[] = [
  ['block_size', '8192'],
  ['integer_datetimes', 'on'],
  ['lc_collate', 'C.UTF-8'],
  ['lc_ctype', 'C.UTF-8'],
  ['max_connections', '100'],
  ['max_function_args', '100'],
  ['max_identifier_length', '63'],
  ['max_index_keys', '32'],
  ['segment_size', '1GB'],
  ['server_encoding', 'UTF8'],
  ['transaction_deferrable', 'off'],
  ['transaction_isolation', 'read committed'],
  ['transaction_read_only', 'on'],
  ['wal_block_size', '8192'],
  ['wal_level', 'replica'],
];

/** Known to tools, kept and shown, and of no effect here: plans, memory and clean-up are the server's. */
const KEPT_BOOLEANS: readonly (readonly [string, string])[] = [
  ['array_nulls', 'on'],
  ['check_function_bodies', 'on'],
  ['default_transaction_deferrable', 'off'],
  ['escape_string_warning', 'on'],
  ['exit_on_error', 'off'],
  ['geqo', 'on'],
  ['jit', 'off'],
  ['quote_all_identifiers', 'off'],
  ['row_security', 'on'],
  ['synchronize_seqscans', 'on'],
  ['transform_null_equals', 'off'],
  ...(
    'async_append bitmapscan gathermerge hashagg hashjoin incremental_sort indexonlyscan indexscan material memoize ' +
    'mergejoin nestloop parallel_append parallel_hash partition_pruning seqscan sort tidscan'
  )
    .split(' ')
    .map(name => [`enable_${name}`, 'on'] as const),
  ['enable_partitionwise_aggregate', 'off'],
  ['enable_partitionwise_join', 'off'],
];
const KEPT_DURATIONS = [
  'deadlock_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'lock_timeout',
  'tcp_user_timeout',
];
const KEPT_NUMBERS: readonly (readonly [string, string])[] = [
  ['cpu_index_tuple_cost', '0.005'],
  ['cpu_operator_cost', '0.0025'],
  ['cpu_tuple_cost', '0.01'],
  ['cursor_tuple_fraction', '0.1'],
  ['default_statistics_target', '100'],
  ['effective_io_concurrency', '1'],
  ['from_collapse_limit', '8'],
  ['geqo_threshold', '12'],
  ['gin_fuzzy_search_limit', '0'],
  ['hash_mem_multiplier', '2'],
  ['join_collapse_limit', '8'],
  ['max_parallel_workers_per_gather', '2'],
  ['parallel_setup_cost', '1000'],
  ['parallel_tuple_cost', '0.1'],
  ['random_page_cost', '4'],
  ['seq_page_cost', '1'],
  ['tcp_keepalives_count', '0'],
  ['tcp_keepalives_idle', '0'],
  ['tcp_keepalives_interval', '0'],
];
const KEPT_TEXTS: readonly (readonly [string, string])[] = [
  ['default_table_access_method', 'heap'],
  ['default_tablespace', ''],
  ['default_text_search_config', 'pg_catalog.simple'],
  ['effective_cache_size', '4GB'],
  ['lc_messages', 'C.UTF-8'],
  ['lc_monetary', 'C.UTF-8'],
  ['lc_numeric', 'C.UTF-8'],
  ['lc_time', 'C.UTF-8'],
  ['maintenance_work_mem', '64MB'],
  ['temp_buffers', '8MB'],
  ['temp_tablespaces', ''],
  ['work_mem', '4MB'],
];
const KEPT_WORDS: readonly (readonly [string, readonly [string, ...string[]]])[] = [
  ['backslash_quote', ['safe_encoding', 'on', 'off']],
  ['client_min_messages', ['notice', 'debug5', 'debug4', 'debug3', 'debug2', 'debug1', 'log', 'warning', 'error']],
  ['constraint_exclusion', ['partition', 'on', 'off']],
  ['force_parallel_mode', ['off', 'on', 'regress']],
  ['plan_cache_mode', ['auto', 'force_generic_plan', 'force_custom_plan']],
  ['synchronous_commit', ['on', 'off', 'local', 'remote_write', 'remote_apply']],
  ['xmlbinary', ['base64', 'hex']],
  ['xmloption', ['content', 'document']],
];

const NO_EFFECT = 'Kept for tools; has no effect here.';

/** All settings, by their names in lower case. */
export const SETTINGS: ReadonlyMap<string, SettingEntry> = new Map(
  [
    ...OWN,
    ...FIXED,
    ...INTERNAL.map(([name, initial]) => ({
      name,
      initial,
      parse: null,
      about: 'A fact about the server.',
      ...(name === 'server_encoding' || name === 'integer_datetimes' ? { isReported: true as const } : {}),
    })),
    ...KEPT_BOOLEANS.map(([name, initial]) => ({ name, initial, parse: boolean, about: NO_EFFECT })),
    ...KEPT_DURATIONS.map(name => ({ name, initial: '0', parse: duration, about: NO_EFFECT })),
    ...KEPT_NUMBERS.map(([name, initial]) => ({ name, initial, parse: real, about: NO_EFFECT })),
    ...KEPT_TEXTS.map(([name, initial]) => ({ name, initial, parse: FREE, about: NO_EFFECT })),
    ...KEPT_WORDS.map(([name, words]) => ({ name, initial: words[0], parse: oneOf(...words), about: NO_EFFECT })),
  ].map(entry => [entry.name.toLowerCase(), entry]),
);

/** Settings of the engine, which are the server's to make: a client that tries is told so, not that there is none. */
export const ENGINE_SETTINGS: ReadonlySet<string> = new Set(
  (
    'access_mode allow_community_extensions allow_persistent_secrets allow_unsigned_extensions allowed_configs ' +
    'allowed_directories allowed_paths autoinstall_extension_repository autoinstall_known_extensions ' +
    'autoload_known_extensions calendar checkpoint_threshold custom_extension_repository default_collation ' +
    'default_null_order default_order disabled_filesystems disabled_optimizers enable_external_access ' +
    'enable_external_file_cache enable_http_logging enable_logging enable_object_cache enable_profiling ' +
    'enable_progress_bar extension_directory external_threads file_search_path home_directory http_proxy ' +
    'http_proxy_password http_proxy_username ieee_floating_point_ops integer_division lock_configuration ' +
    'log_query_path logging_level logging_storage max_expression_depth max_memory max_temp_directory_size ' +
    'memory_limit null_order old_implicit_casting preserve_identifier_case preserve_insertion_order profile_output ' +
    'profiling_mode profiling_output schema secret_directory temp_directory temp_file_encryption threads ' +
    'wal_autocheckpoint worker_threads'
  ).split(' '),
);

/** PostgreSQL's own that a restart or a superuser would change. */
export const SERVER_SETTINGS: ReadonlySet<string> = new Set(
  (
    'archive_command config_file data_directory fsync full_page_writes hba_file listen_addresses log_directory ' +
    'log_min_duration_statement log_statement max_wal_size max_worker_processes port session_replication_role ' +
    'shared_buffers shared_preload_libraries ssl superuser_reserved_connections temp_file_limit zero_damaged_pages'
  ).split(' '),
);
