import type { FaultCode, FaultDetails } from '../core/fault.ts';
import type { TableStatus } from '../core/status.ts';
import type { LogFields } from './log.ts';
import type { Settings } from './settings.ts';

/** Where the SQL endpoint listens. */
export interface SqlAddress {
  /** As it is set; `0.0.0.0` and `::` stand for every address of the machine. */
  readonly host: string;
  readonly port: number;
  /** Whether connections can be encrypted. */
  readonly tls: boolean;
}

/** What the service tells the process of the SQL endpoint. */
export type SqlOrder =
  | {
      readonly kind: 'start';
      readonly settings: Settings;
      readonly version: string;
      readonly port: number;
      /** A free port is taken where that one is in use. */
      readonly orFreePort: boolean;
    }
  /** The answer to `ask-tables` of this number. */
  | { readonly kind: 'tables'; readonly id: number; readonly tables: readonly TableStatus[] };

/** What that process tells the service. */
export type SqlNews =
  | { readonly kind: 'ready'; readonly address: SqlAddress }
  | { readonly kind: 'failed'; readonly code: FaultCode; readonly details: FaultDetails }
  /** What the service knows of its tables now, for the system tables. */
  | { readonly kind: 'ask-tables'; readonly id: number }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly sentence: string;
      readonly fields: LogFields;
    };
