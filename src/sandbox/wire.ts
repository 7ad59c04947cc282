import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Application, ApplicationRegister } from './applications.ts';
import type { Behaviour } from './behaviour.ts';
import type { SandboxDatabase } from './database.ts';
import type { Faults } from './faults.ts';
import type { Preferences } from './preferences.ts';
import type { QueryOptions } from './query-options.ts';
import type { RequestLog } from './request-log.ts';
import type { RestorePoints } from './restore.ts';
import type { ServiceProtection } from './service-limits.ts';
import type { WebServers } from './web-servers.ts';

/** All a handler may use. */
export interface Environment {
  readonly database: SandboxDatabase;
  /** As it is now; a lever may change it between any two requests. */
  readonly behaviour: Behaviour;
  changeBehaviour(changes: Partial<Behaviour>): void;
  readonly clock: Clock;
  readonly newId: () => string;
  /** `http://127.0.0.1:1234`, and the Web API below it. */
  readonly url: string;
  readonly apiUrl: string;
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly applications: ApplicationRegister;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly protection: ServiceProtection;
  readonly webServers: WebServers;
  readonly restorePoints: RestorePoints;
  readonly state: EnvironmentState;
}

/** What happens to a whole environment; levers change it. */
export interface EnvironmentState {
  /** Only administrators get in; applications are none. */
  isInAdminMode: boolean;
  /** The origin by which it is called; null until it was renamed, and then other names are not answered any more. */
  renamedUrl: string | null;
}

/** One request, read whole. */
export interface Call {
  readonly method: string;
  /** Below the service root, decoded. */
  readonly path: string;
  readonly options: QueryOptions;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly application: Application;
  readonly preferences: Preferences;
  /** Decimals and 64-bit integers as text. */
  readonly ieee754: boolean;
  /** What the request log shall know beyond the request itself. */
  readonly noted: Noted;
}

export interface Noted {
  table?: string;
  rows?: number;
  /** Names one page of one read, so that pages fetched twice can be counted. */
  page?: string;
  /** Requests inside a batch. */
  operations?: number;
  /** Those that stood alone in it, in order. */
  parts?: NotedPart[];
}

/** A request inside a batch, for the log. */
export interface NotedPart {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly table: string | null;
  readonly rows: number | null;
  readonly page: string | null;
  readonly fault: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or pieces of one text; bytes are UTF-8 and go out as they are. */
  readonly body?: string | readonly BodyPiece[];
}

export type BodyPiece = string | Uint8Array;

/** Parts of the path that the route's pattern named. */
export type PathParts = Readonly<Record<string, string | undefined>>;

export type Handler = (environment: Environment, call: Call, parts: PathParts) => Answer | Promise<Answer>;

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: Handler;
}

export function json(body: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(body) };
}
