import { pino } from 'pino';
import type { EngineLog } from '../engine/table-parts.ts';
import type { Settings } from './settings.ts';

/**
 * The only fields a log line may have. None carries a row's values, a token, a secret, or a page or delta link.
 * (`reason` is a fault's text, which by the rule of `FaultDetails` has none of these either.)
 */
export const LOG_KEYS = [
  'action',
  'behind',
  'code',
  'columns',
  'connections',
  'count',
  'database',
  'environment',
  'epoch',
  'generation',
  'home',
  'host',
  'id',
  'lake',
  'link',
  'mb',
  'ms',
  'names',
  'omitted',
  'pages',
  'partitions',
  'path',
  'pid',
  'port',
  'reason',
  'rows',
  'sequence',
  'signal',
  'status',
  'table',
  'tables',
  'tls',
  'user',
  'vanished',
  'version',
] as const;
export type LogKey = (typeof LOG_KEYS)[number];

export type LogFields = Readonly<Partial<Record<LogKey, string | number | boolean | null>>>;

/** Sentences in lower case, with fields beside them. */
export interface Log {
  debug(sentence: string, fields?: LogFields): void;
  info(sentence: string, fields?: LogFields): void;
  warn(sentence: string, fields?: LogFields): void;
  error(sentence: string, fields?: LogFields): void;
}

/** One JSON object a line, to a file or (null) to the standard error output. */
export function openLog(options: { readonly level: Settings['logLevel']; readonly file: string | null }): Log {
  const destination = pino.destination({
    dest: options.file ?? 2,
    sync: true,
    mkdir: false,
    append: true,
    mode: 0o600,
  });
  const base = pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    debug: (sentence, fields = {}) => base.debug(fields, sentence),
    info: (sentence, fields = {}) => base.info(fields, sentence),
    warn: (sentence, fields = {}) => base.warn(fields, sentence),
    error: (sentence, fields = {}) => base.error(fields, sentence),
  };
}

/** For tests and for commands that log nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What the engine says, under a link's name. Of its fields only those of the list are written. */
export function engineLog(log: Log, link: string): EngineLog {
  const known: ReadonlySet<string> = new Set(LOG_KEYS);
  const fields = (given: Readonly<Record<string, string | number | boolean | null>>): LogFields => ({
    link,
    ...Object.fromEntries(Object.entries(given).filter(([key]) => known.has(key))),
  });
  return {
    info: (sentence, given) => log.info(sentence, fields(given)),
    warn: (sentence, given) => log.warn(sentence, fields(given)),
  };
}
