import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import type { TableChoice } from '../core/link-choices.ts';
import type { LinkFile } from '../core/link-file.ts';
import type { TableName } from '../core/names.ts';
import type { Source } from '../core/source.ts';
import type { LakeContents, LinkSettings, RunningLink } from '../engine/control.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Log } from './log.ts';
import type { Settings } from './settings.ts';

/** How a link's environment is reached. */
export interface SourceAddress {
  readonly environmentUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorityUrl: string | null;
}

/** A lake that is ours alone until it is closed. */
export interface OpenLake {
  readonly store: ByteStore;
  /** Keeps in the lake what the link is now, so that the lake can be attached again (I-7). */
  describe(link: LinkSettings): Promise<void>;
  /** What is in it, by kind. */
  contents(): Promise<LakeContents>;
  /** Tables whose log lies in it, of the link or not. */
  loggedTables(): Promise<TableName[]>;
  /**
   * Removes everything that Lakelink wrote, manifests first, the mark of the link last; with `foreign` all other files
   * too. Repeats: after an interruption it goes on.
   */
  erase(options: { readonly foreign: boolean }): Promise<void>;
  /** Gives the lock back. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Folders that are, or are to become, lakes. */
export interface Lakes {
  /** What a folder says of the link it is the lake of; `lake/unmarked` when it is none. Changes nothing. */
  kept(path: string): Promise<KeptLake>;
  /**
   * Refuses a folder that cannot become a new link's lake, and changes nothing: `store/missing`, `store/read-only`,
   * `store/full`, `lake/foreign` (another link's data, or inside another lake), `lake/not-empty`.
   */
  inspect(path: string): Promise<void>;
  /**
   * Locks the folder for this process and marks it as this link's. `store/busy`: another service works on it;
   * `lake/foreign`: it is another link's; `store/no-link`: commits cannot be made there. When it throws, what it made is gone.
   */
  open(link: LinkSettings): Promise<OpenLake>;
}

/** A lake that was kept when its link ended, or whose ledger was lost: what it says of itself (I-7). */
export interface KeptLake {
  readonly mark: LinkFile;
  readonly tables: readonly TableChoice[];
}

/** What the service is made of; the real ones are put together in wiring.ts. */
export interface ServiceParts {
  readonly settings: Pick<Settings, 'linksMax' | 'pollSeconds' | 'publishSeconds'>;
  readonly ledger: Ledger;
  readonly lakes: Lakes;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Log;
  /** Connects nothing yet. */
  openSource(address: SourceAddress): Source & { close(): Promise<void> };
  /** Begins a link's work. The lake stays open until the link was stopped. */
  startLink(link: LinkSettings, options: { readonly secret: string; readonly lake: OpenLake }): Promise<RunningLink>;
}
