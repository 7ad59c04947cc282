import { availableParallelism, homedir, totalmem } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';

interface Setting<T> {
  /** Name in the environment. */
  readonly env: string;
  /** Throws a plain `Error` that says what is accepted. */
  readonly parse: (text: string) => T;
  /** What holds where it is not set, in the form a person would write; null: nothing. */
  readonly initial: string | null;
  /** Read in lower case first, as other programs read it. */
  readonly alsoLowerCase?: boolean;
  /** Never shown, never logged. */
  readonly secret: boolean;
  readonly about: string;
}

/** Every setting of the program. `docs/settings.md` and `lakelink start --help` come from this table. */
export const settingTable = {
  home: {
    env: 'LAKELINK_HOME',
    parse: folder,
    initial: '.lakelink',
    secret: false,
    about:
      'Folder of the control database, the spool and the access token; readable by its owner only. A relative path is seen from the current folder.',
  },
  port: {
    env: 'LAKELINK_PORT',
    parse: wholeNumber({ min: 0, max: 65_535 }),
    initial: '0',
    secret: false,
    about: 'Port of the local API on 127.0.0.1. 0 takes a free one; commands find it in `service.json` of the home.',
  },
  linksMax: {
    env: 'LAKELINK_LINKS_MAX',
    parse: wholeNumber({ min: 1, max: 1_000 }),
    initial: String(limits.linksPerEnvironment),
    secret: false,
    about: 'Links allowed per environment.',
  },
  pollSeconds: {
    env: 'LAKELINK_POLL_SECONDS',
    parse: seconds({ min: 0.2, max: 3_600 }),
    initial: '5',
    secret: false,
    about: 'Pause between two looks at a table that changes; a quiet one is asked less often. A link can have its own.',
  },
  publishSeconds: {
    env: 'LAKELINK_PUBLISH_SECONDS',
    parse: seconds({ min: 0.2, max: 86_400 }),
    initial: '15',
    secret: false,
    about:
      'Pause between two publications of a table as CSV; SQL sees a change at its commit already. A link can have its own.',
  },
  engineMemoryMb: {
    env: 'LAKELINK_ENGINE_MEMORY_MB',
    parse: wholeNumber({ min: 256, max: 1_048_576 }),
    initial: null,
    secret: false,
    about:
      'Memory of the embedded engine; above it work spills to disk. Not set: a quarter of the machine, at most 4096.',
  },
  engineThreads: {
    env: 'LAKELINK_ENGINE_THREADS',
    parse: wholeNumber({ min: 1, max: 256 }),
    initial: null,
    secret: false,
    about: 'Threads of the embedded engine. Not set: the processors of the machine, at most 8.',
  },
  sqlPort: {
    env: 'LAKELINK_SQL_PORT',
    parse: portOrOff,
    initial: '5433',
    secret: false,
    about:
      'Port of the SQL endpoint (PostgreSQL protocol). `off`: there is none. 0 takes a free one; `lakelink status` says which. The service does not start when the port is taken; the demo then takes a free one.',
  },
  sqlHost: {
    env: 'LAKELINK_SQL_HOST',
    parse: hostName,
    initial: '127.0.0.1',
    secret: false,
    about:
      'Address that the SQL endpoint listens on: `0.0.0.0` for every IPv4 address of the machine, `::` for all. Any but a loopback address needs a certificate.',
  },
  sqlCertFile: {
    env: 'LAKELINK_SQL_CERT_FILE',
    parse: folder,
    initial: null,
    secret: false,
    about:
      'PEM file of the SQL endpoint’s certificate, those of the authorities between behind it. A renewed file is used within a minute. With a certificate, connections that are not from this machine must be encrypted.',
  },
  sqlKeyFile: {
    env: 'LAKELINK_SQL_KEY_FILE',
    parse: folder,
    initial: null,
    secret: false,
    about: 'PEM file of the private key of that certificate, without a passphrase, readable by its owner only.',
  },
  sqlConnections: {
    env: 'LAKELINK_SQL_CONNECTIONS',
    parse: wholeNumber({ min: 1, max: 10_000 }),
    initial: '100',
    secret: false,
    about: 'SQL connections allowed at once.',
  },
  sqlTimeoutSeconds: {
    env: 'LAKELINK_SQL_TIMEOUT_SECONDS',
    parse: seconds({ min: 1, max: 86_400 }),
    initial: '600',
    secret: false,
    about: 'Longest time a query may take.',
  },
  sqlMemoryMb: {
    env: 'LAKELINK_SQL_MEMORY_MB',
    parse: wholeNumber({ min: 128, max: 1_048_576 }),
    initial: null,
    secret: false,
    about:
      'Memory of the query engine, for all queries together; above it they spill to disk. Not set: a quarter of the machine, at most 4096.',
  },
  sqlThreads: {
    env: 'LAKELINK_SQL_THREADS',
    parse: wholeNumber({ min: 1, max: 256 }),
    initial: null,
    secret: false,
    about: 'Threads of the query engine. Not set: the processors of the machine, at most 8.',
  },
  sqlTempMb: {
    env: 'LAKELINK_SQL_TEMP_MB',
    parse: wholeNumber({ min: 0, max: 100_000_000 }),
    initial: '10240',
    secret: false,
    about: 'Disk space in the home that queries may spill to.',
  },
  sqlRows: {
    env: 'LAKELINK_SQL_ROWS',
    parse: wholeNumber({ min: 1, max: 999_999_999 }),
    initial: '10000000',
    secret: false,
    about: 'Rows a result may have. One with more is an error, never cut.',
  },
  logLevel: {
    env: 'LAKELINK_LOG_LEVEL',
    parse: oneOf(['debug', 'info', 'warn', 'error', 'silent']),
    initial: 'info',
    secret: false,
    about: 'Least severity that is logged: debug, info, warn, error or silent.',
  },
  httpsProxy: {
    env: 'HTTPS_PROXY',
    alsoLowerCase: true,
    parse: notEmpty,
    initial: null,
    secret: true,
    about:
      'Proxy to the environment and the sign-in: `http://host:port`, with `user:password@` before the host where it wants them. In lower case too. Never used for loopback addresses.',
  },
  httpProxy: {
    env: 'HTTP_PROXY',
    alsoLowerCase: true,
    parse: notEmpty,
    initial: null,
    secret: true,
    about: 'The same where `HTTPS_PROXY` is not set.',
  },
  noProxy: {
    env: 'NO_PROXY',
    alsoLowerCase: true,
    parse: notEmpty,
    initial: null,
    secret: false,
    about:
      'Hosts that are reached without the proxy, between commas, each with all names below it: `contoso.com,10.1.2.3`; `*` for all.',
  },
  caFile: {
    env: 'LAKELINK_CA_FILE',
    parse: folder,
    initial: null,
    secret: false,
    about:
      'PEM file of one or more certificates that are trusted beside those of Node.js, for a proxy that inspects traffic or an authority of your own.',
  },
  secretKey: {
    env: 'LAKELINK_SECRET_KEY',
    parse: notEmpty,
    initial: null,
    secret: true,
    about:
      'Key that seals stored secrets: 32 bytes as 64 hexadecimal digits or base64. Not set: `secret.key` in the home.',
  },
} as const satisfies Record<string, Setting<unknown>>;

type Table = typeof settingTable;
type Parsed<K extends keyof Table> = ReturnType<Table[K]['parse']>;

/** What the program works with: frozen, every value present. */
export interface Settings {
  readonly home: string;
  readonly port: number;
  readonly linksMax: number;
  readonly pollSeconds: number;
  readonly publishSeconds: number;
  readonly engineMemoryMb: number;
  readonly engineThreads: number;
  /** Null: there is no SQL endpoint. */
  readonly sqlPort: number | null;
  readonly sqlHost: string;
  readonly sqlCertFile: string | null;
  readonly sqlKeyFile: string | null;
  readonly sqlConnections: number;
  readonly sqlTimeoutSeconds: number;
  readonly sqlMemoryMb: number;
  readonly sqlThreads: number;
  readonly sqlTempMb: number;
  readonly sqlRows: number;
  readonly logLevel: Parsed<'logLevel'>;
  readonly httpsProxy: string | null;
  readonly httpProxy: string | null;
  readonly noProxy: string | null;
  readonly caFile: string | null;
  readonly secretKey: string | null;
}

/** Reads the settings from an environment (`process.env`). `input/invalid` names the setting and what it accepts. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const value = <K extends keyof Table>(name: K): Parsed<K> | null => {
    const setting: Setting<unknown> = settingTable[name];
    const inLowerCase = setting.alsoLowerCase === true ? environment[setting.env.toLowerCase()] : undefined;
    const text = inLowerCase ?? environment[setting.env] ?? setting.initial;
    if (text === null || (text === '' && setting.initial === null)) return null;
    try {
      return setting.parse(text) as Parsed<K>;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Fault('input/invalid', { setting: setting.env, reason }, { cause });
    }
  };
  return Object.freeze({
    home: value('home') ?? folder('.lakelink'),
    port: value('port') ?? 0,
    linksMax: value('linksMax') ?? limits.linksPerEnvironment,
    pollSeconds: value('pollSeconds') ?? 5,
    publishSeconds: value('publishSeconds') ?? 15,
    engineMemoryMb: value('engineMemoryMb') ?? quarterOfMemoryMb(),
    engineThreads: value('engineThreads') ?? Math.min(8, availableParallelism()),
    sqlPort: offIsNull(value('sqlPort')),
    sqlHost: value('sqlHost') ?? '127.0.0.1',
    sqlCertFile: value('sqlCertFile'),
    sqlKeyFile: value('sqlKeyFile'),
    sqlConnections: value('sqlConnections') ?? 100,
    sqlTimeoutSeconds: value('sqlTimeoutSeconds') ?? 600,
    sqlMemoryMb: value('sqlMemoryMb') ?? quarterOfMemoryMb(),
    sqlThreads: value('sqlThreads') ?? Math.min(8, availableParallelism()),
    sqlTempMb: value('sqlTempMb') ?? 10_240,
    sqlRows: value('sqlRows') ?? 10_000_000,
    logLevel: value('logLevel') ?? 'info',
    httpsProxy: value('httpsProxy'),
    httpProxy: value('httpProxy'),
    noProxy: value('noProxy'),
    caFile: value('caFile'),
    secretKey: value('secretKey'),
  });
}

function quarterOfMemoryMb(): number {
  return Math.max(256, Math.min(4096, Math.floor(totalmem() / 4 / 1_048_576)));
}

function portOrOff(text: string): number | 'off' {
  if (text === 'off') return 'off';
  if (!/^[0-9]{1,5}$/.test(text)) throw new Error('off, or a whole number from 0 to 65535');
  return within(Number(text), { min: 0, max: 65_535 });
}

function offIsNull(port: number | 'off' | null): number | null {
  return port === 'off' ? null : port;
}

/** A name or an address; whether it is one of this machine is seen when it is listened on. */
function hostName(text: string): string {
  if (!/^[A-Za-z0-9_.:%-]{1,253}$/.test(text)) throw new Error('an address or a name of this machine');
  return text;
}

function folder(text: string): string {
  if (text.trim() === '') throw new Error('a folder');
  const expanded = text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : text;
  return isAbsolute(expanded) ? resolve(expanded) : resolve(process.cwd(), expanded);
}

function wholeNumber(range: { readonly min: number; readonly max: number }): (text: string) => number {
  return text => {
    if (!/^[0-9]{1,9}$/.test(text)) throw new Error(`a whole number from ${range.min} to ${range.max}`);
    return within(Number(text), range);
  };
}

function seconds(range: { readonly min: number; readonly max: number }): (text: string) => number {
  return text => {
    if (!/^[0-9]{1,9}(\.[0-9]{1,3})?$/.test(text)) throw new Error(`seconds from ${range.min} to ${range.max}`);
    return within(Number(text), range);
  };
}

function within(number: number, range: { readonly min: number; readonly max: number }): number {
  if (number < range.min || number > range.max) throw new Error(`a number from ${range.min} to ${range.max}`);
  return number;
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T {
  return text => {
    const found = values.find(value => value === text);
    if (found === undefined) throw new Error(`one of ${values.join(', ')}`);
    return found;
  };
}

function notEmpty(text: string): string {
  if (text === '') throw new Error('a text');
  return text;
}
