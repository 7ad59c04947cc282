import { sqlFaults } from './fault-sql.ts';

/**
 * The one table of failures. Code, API, command line and docs/errors.md read it.
 *
 * `retry` says what the program does by itself:
 * - `soon`: the same step again with growing pauses;
 * - `after-delay`: again when the other side said so (`waitMs` in the details);
 * - `refresh-shape`: read the table's definition again, then the same step;
 * - `resync`: a new full read of the table (a new generation);
 * - `pause`: nothing until a person acted on `remedy`; looked at again by itself every few minutes;
 * - `never`: the request itself is wrong.
 */
export type Retry = 'soon' | 'after-delay' | 'refresh-shape' | 'resync' | 'pause' | 'never';

export interface FaultEntry {
  readonly means: string;
  readonly retry: Retry;
  /** What a person should do; null where nobody has to. */
  readonly remedy: string | null;
}

export const faults = {
  // What a person typed or sent.
  'input/invalid': {
    means: 'An option or argument is not valid',
    retry: 'never',
    remedy: 'See --help for the accepted values.',
  },
  'input/table-name': {
    means: 'This is not a table name',
    retry: 'never',
    remedy: 'Use the logical name: lower-case letters, digits and _, for example account.',
  },
  'input/link-name': {
    means: 'This is not a link name',
    retry: 'never',
    remedy: 'Use 1 to 63 lower-case letters, digits and single hyphens.',
  },
  'input/sql': {
    means: 'This SQL cannot be run here',
    retry: 'never',
    remedy: 'Send one SELECT over the tables of the lake.',
  },
  // SQL of clients.
  ...sqlFaults,
  // Where the environment answers.
  'source/unreachable': {
    means: 'The environment cannot be reached',
    retry: 'soon',
    remedy: 'Check the environment URL, the network and the proxy.',
  },
  'source/proxy': {
    means: 'The proxy refused the connection',
    // Asked again and again, a wrong password locks accounts; a proxy that is merely down is source/unreachable.
    retry: 'pause',
    remedy:
      'Check HTTPS_PROXY with its user name and password, and that the proxy lets this host through; or add it to NO_PROXY.',
  },
  'source/certificate': {
    means: 'No secure connection: the certificate or TLS version of the other side is not acceptable',
    // Nothing but a person, here or there, changes it.
    retry: 'pause',
    remedy:
      'The reason says what is wrong. Behind a proxy that inspects traffic, or with an authority of your own, put its certificate into a PEM file and set LAKELINK_CA_FILE.',
  },
  'source/not-dataverse': {
    means: 'The address answers, but not as a Dataverse environment',
    retry: 'pause',
    remedy:
      'Use the environment URL as shown in the Power Platform admin center, for example https://contoso.crm.dynamics.com.',
  },
  'source/sign-in-tenant': {
    means: 'The tenant is unknown to Microsoft Entra ID',
    retry: 'pause',
    remedy: 'Check the tenant ID of the environment.',
  },
  'source/sign-in-refused': {
    means: 'Sign-in was refused',
    retry: 'pause',
    remedy: 'Check the application (client) ID and its secret; secrets expire.',
  },
  'source/token-rejected': {
    means: 'The environment did not accept our access token',
    retry: 'soon',
    remedy: 'Add the application as an application user of this environment.',
  },
  'source/forbidden': {
    means: 'The application user may not read this table in the whole organization',
    retry: 'pause',
    remedy:
      'Give its security role Read at organization level on the table; for definitions, Read on Entity, Attribute and Relationship.',
  },
  'source/blocked': {
    means: 'A rule of the environment or of its network blocks us, whatever our role allows',
    retry: 'pause',
    remedy:
      'Allow the address of this machine in the IP firewall of the environment, and this application where access is limited to some; check Conditional Access for the application.',
  },
  'source/disabled': {
    means: 'The environment is disabled or in administration mode',
    retry: 'pause',
    remedy: 'Enable it, or turn administration mode off, in the Power Platform admin center; work goes on by itself.',
  },
  'source/throttled': { means: 'The environment asked us to slow down', retry: 'after-delay', remedy: null },
  'source/unavailable': { means: 'The environment is temporarily unavailable', retry: 'soon', remedy: null },
  'source/answer-broken': { means: 'The answer broke off or is not valid', retry: 'soon', remedy: null },
  'source/timeout': { means: 'The environment did not answer in time', retry: 'soon', remedy: null },
  'source/token-expired': { means: 'The change token is too old', retry: 'resync', remedy: null },
  'source/foreign-link': {
    means: 'A link in the answer points to another host, so no token was sent there',
    retry: 'pause',
    remedy:
      'Use the environment URL that its own links show; if the environment was renamed: lakelink link move <link> --environment-url <url>.',
  },
  'source/no-token': { means: 'The last page carried no change token', retry: 'soon', remedy: null },
  'source/table-unknown': {
    means: 'The environment has no such table',
    retry: 'pause',
    remedy: 'Check the logical name, or remove the table from the link.',
  },
  'source/table-untracked': {
    means: 'Track changes is off for this table',
    retry: 'pause',
    remedy: 'Turn on Track changes in the table properties, then add it again.',
  },
  'source/table-refused': {
    means: 'This table cannot be exported',
    retry: 'never',
    remedy: 'Attachment, String Map and Calendar cannot be exported, nor can virtual and private tables.',
  },
  'source/no-profiles': {
    means: 'The environment has no tables of Azure Synapse Link: the feature was never used in it',
    retry: 'never',
    remedy: 'Choose the tables yourself: lakelink link create --tables.',
  },
  'source/refused': {
    means: 'The environment refused the request',
    retry: 'pause',
    remedy: 'The message says why; if it persists, report it with the request id.',
  },
  'source/changed': {
    means: 'The environment behind this URL is another organization than before',
    retry: 'pause',
    remedy:
      'Check the URL; if the environment was restored or copied, accept it: lakelink link accept-environment <link>.',
  },
  'source/restored': {
    means: 'The environment was restored to an earlier time, so the table is read again',
    retry: 'resync',
    remedy: null,
  },
  // Pages to batches.
  'batch/page-invalid': { means: 'A page is not a list of rows', retry: 'soon', remedy: null },
  'batch/cast': {
    means: 'A value does not fit its column',
    retry: 'refresh-shape',
    remedy: 'Report the column; the table stays as it was.',
  },
  'batch/engine': { means: 'The embedded engine failed', retry: 'soon', remedy: 'Check free disk space and memory.' },
  // The lake.
  'store/missing': {
    means: 'The lake folder does not exist',
    retry: 'pause',
    remedy: 'Create it, or correct the path.',
  },
  'store/read-only': {
    means: 'The lake cannot be written',
    retry: 'pause',
    remedy: 'Give the account that runs Lakelink write access to it.',
  },
  'store/full': {
    means: 'No space is left in the lake or on the spool disk',
    retry: 'pause',
    remedy: 'Free space; work goes on by itself.',
  },
  'store/no-link': {
    means: 'The file system of the lake cannot create hard links, which commits need',
    retry: 'never',
    remedy: 'Use a local disk (NTFS, APFS, ext4, xfs) or cloud storage.',
  },
  'store/failed': {
    means: 'The lake could not be read or written',
    retry: 'soon',
    remedy: 'Check the disk and its permissions.',
  },
  'store/busy': {
    means: 'Another Lakelink service works on this lake',
    retry: 'pause',
    remedy: 'Stop the other service, or use another lake folder.',
  },
  'lake/foreign': {
    means: 'The lake folder holds data of another link',
    retry: 'never',
    remedy:
      'To go on with that data: lakelink link attach <name> --lake <folder>. Else choose an empty folder, or delete the link with its data first.',
  },
  'lake/unmarked': {
    means: 'The folder is not the lake of a link',
    retry: 'never',
    remedy: 'Name the folder that holds .lakelink/link.json.',
  },
  'lake/name-taken': {
    means: 'Another lake database has this name',
    retry: 'never',
    remedy:
      'Give another one: --lake-name <name>. One that no link uses any more can be dropped: lakelink database drop <name>.',
  },
  'lake/not-empty': {
    means: 'The lake folder holds files that Lakelink did not write',
    retry: 'never',
    remedy: 'Choose an empty folder.',
  },
  'lake/corrupt': {
    means: 'State in the lake cannot be read',
    retry: 'pause',
    remedy: 'Restore the named file from a backup, or remove the table and add it again.',
  },
  'lake/no-manifest': {
    means: 'The folder has no readable manifest of a lake',
    retry: 'never',
    remedy:
      'Give the container, the folder that holds model.json; a lake of Lakelink has one after its first publication.',
  },
  'lake/lost-race': { means: 'Another worker committed first', retry: 'soon', remedy: null },
  // Decisions that need a person.
  'sync/too-many-deletes': {
    means: 'A full read no longer shows many rows; they may be gone, or a role was cut down',
    retry: 'pause',
    remedy:
      'Check the role of the application user; if the rows are really gone, confirm with: lakelink tables confirm-deletes <link> <table>.',
  },
  'sync/restored-deletes': {
    means: 'The environment was restored to an earlier time and no longer has rows that the lake has',
    retry: 'pause',
    remedy:
      'Check the environment and the role of the application user; if the rows may go, confirm with: lakelink tables confirm-deletes <link> <table>.',
  },
  // Control state.
  'ledger/broken': {
    means: 'The control database cannot be opened',
    retry: 'never',
    remedy: 'Restore it, with secret.key, from a backup; the lakes keep all data.',
  },
  'ledger/newer': {
    means: 'The control database was written by a newer Lakelink',
    retry: 'never',
    remedy: 'Update Lakelink.',
  },
  'ledger/secret': {
    means: 'A stored secret cannot be decrypted',
    retry: 'never',
    remedy: 'Restore secret.key (or LAKELINK_SECRET_KEY) from a backup.',
  },
  'link/unknown': { means: 'There is no such link', retry: 'never', remedy: 'See: lakelink link list.' },
  'link/exists': { means: 'A link of this name exists', retry: 'never', remedy: 'Choose another name.' },
  'link/limit': {
    means: 'The environment has as many links as allowed',
    retry: 'never',
    remedy: 'Delete a link, or raise LAKELINK_LINKS_MAX.',
  },
  'link/output-fixed': {
    means: 'The output of a link cannot be changed',
    retry: 'never',
    remedy: 'Make another link with a lake folder of its own, and delete this one when its readers have moved.',
  },
  'link/append-only': {
    means: 'This table keeps every version and every delete in any case',
    retry: 'never',
    remedy: null,
  },
  'link/paused': {
    means: 'A person paused this',
    retry: 'never',
    remedy: 'Let it go on: lakelink tables resume <link> <table>, or lakelink link resume <link>.',
  },
  'link/table-exists': { means: 'The table is in this link already', retry: 'never', remedy: null },
  'link/table-unknown': {
    means: 'The table is not in this link',
    retry: 'never',
    remedy: 'See: lakelink tables list <link>.',
  },
  // The service.
  'service/not-running': {
    means: 'No Lakelink service is running',
    retry: 'never',
    remedy: 'Start one: lakelink start.',
  },
  'service/running': {
    means: 'A Lakelink service is running on this home already',
    retry: 'never',
    remedy: 'Stop it, or set LAKELINK_HOME to another folder.',
  },
  'service/unauthorized': {
    means: 'The access token is missing or wrong',
    retry: 'never',
    remedy: 'Run the command as the user who started the service.',
  },
  'service/host': {
    means: 'The request was addressed to another host',
    retry: 'never',
    remedy: 'Call the service as 127.0.0.1 or localhost.',
  },
  'service/stopped': { means: 'The service was stopped', retry: 'never', remedy: null },
  // Packages for the sandbox.
  'package/invalid': {
    means: 'This is not a Configuration Migration package',
    retry: 'never',
    remedy: 'Give a folder or zip with data.xml and data_schema.xml.',
  },
  'package/unsafe': {
    means: 'The package was refused for safety',
    retry: 'never',
    remedy: 'It holds XML entities, or unpacks to more than allowed.',
  },
  'internal/bug': { means: 'Something happened that should not', retry: 'pause', remedy: 'Please report this.' },
} as const satisfies Record<string, FaultEntry>;

export type FaultCode = keyof typeof faults;

/** Never a row value, a token or a delta link. `table`, `link`, `path`, `column`, `id`, `url` (without query) say where. */
export type FaultDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A failure of the closed list. Branch on `code`, never on `message`. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly details: FaultDetails;

  constructor(code: FaultCode, details: FaultDetails = {}, options: { readonly cause?: unknown } = {}) {
    super(describe(code, details), options);
    this.name = 'Fault';
    this.code = code;
    this.details = details;
  }

  get entry(): FaultEntry {
    return faults[this.code];
  }
}

function describe(code: FaultCode, details: FaultDetails): string {
  const where = Object.entries(details)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
  return where === '' ? faults[code].means : `${faults[code].means} (${where})`;
}

/** Any thrown thing as a `Fault`; an unknown one becomes `internal/bug` and keeps its cause. */
export function toFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new Fault('internal/bug', { reason }, { cause: thrown });
}
