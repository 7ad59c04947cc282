import type { ByteStore } from '../core/bytestore.ts';
import type { Clock } from '../core/clock.ts';
import type { Source } from '../core/source.ts';
import type { LinkSettings, RunningLink } from '../engine/control.ts';
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
  /** Removes what Lakelink wrote beside the tables' own files, and the mark of the link. Foreign files stay. */
  erase(): Promise<void>;
  /** Gives the lock back. Closing twice is allowed. */
  close(): Promise<void>;
}

/** Folders that are, or are to become, lakes. */
export interface Lakes {
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
