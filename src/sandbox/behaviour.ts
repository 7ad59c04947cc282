import { z } from 'zod';
import type { ServiceLimits } from './service-limits.ts';

/** How the environment behaves where real ones differ, or where a test needs it unkind. */
export interface Behaviour {
  /** Life of an access token. */
  readonly accessTokenLifeMs: number;
  /** Life of a change-tracking token. */
  readonly deltaTokenLifeMs: number;
  /**
   * Which moment the token of a first, paged read stands for. Users report the last page's, so that what changed
   * while they paged is not in the next delta.
   */
  readonly deltaTokenMintedAt: 'first-page' | 'last-page';
  /** Which pages carry a delta link. On every page, a page may have both links. */
  readonly deltaLinkOn: 'last-page' | 'every-page';
  /**
   * Whether a delta link may be asked with another `$select`: `free` takes what is asked, `fixed` keeps to the columns of
   * the first read, `refused` answers 400 when they differ.
   */
  readonly deltaLinkSelect: 'free' | 'fixed' | 'refused';
  /** Whether the last page of a tracked read carries its token also when formatted values are asked for. */
  readonly deltaLinkWithAnnotations: 'given' | 'missing';
  /** What a token says that is newer than the environment, as after a restore: that nothing changed, or an error. */
  readonly deltaTokenFromFuture: 'empty' | 'expired';
  /** Whether a change of a table's definition ends its change-tracking tokens. */
  readonly metadataChangeExpiresTokens: boolean;
  /** Whether `IEEE754Compatible=true` makes decimals and 64-bit integers come as text. */
  readonly ieee754: 'honoured' | 'ignored';
  /** Whether change tracking tells of rows that long-term retention takes away: as deletes, or not at all. */
  readonly retainedRows: 'deleted' | 'silent';
  /** Whether `RetrieveTotalRecordCount` answers as it is now, or keeps its first figure for a day. */
  readonly recordCounts: 'exact' | 'cached';
  /** The order of rows where none is asked for: of their ids, or of `createdon`. */
  readonly pageOrder: 'id' | 'created';
  /**
   * How a page knows where it begins: after the row before it, or after as many rows as came before. By number, rows slip
   * between pages or come twice when others are made or deleted meanwhile.
   */
  readonly pages: 'keyset' | 'offset';
  /** Whether answers are packed when the caller's `Accept-Encoding` allows it, as the real service does. */
  readonly compression: 'offered' | 'never';
  /** The limits of service protection; null for none, and then none of their headers. */
  readonly limits: ServiceLimits | null;
  /** Web servers, each with limits of its own. A caller without the affinity cookie is passed around. */
  readonly webServers: number;
  /** Answers after which a connection is closed; null for any number. */
  readonly requestsPerConnection: number | null;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
}

const day = 24 * 3_600_000;

/**
 * What the environment starts with. No limits: most tests ask faster than any real caller. No packing: on one machine it
 * takes longer than sending the bytes as they are.
 */
export const standardBehaviour: Behaviour = {
  accessTokenLifeMs: 300_000,
  deltaTokenLifeMs: 7 * day,
  deltaTokenMintedAt: 'last-page',
  deltaLinkOn: 'last-page',
  deltaLinkSelect: 'free',
  deltaLinkWithAnnotations: 'given',
  deltaTokenFromFuture: 'empty',
  metadataChangeExpiresTokens: false,
  ieee754: 'honoured',
  retainedRows: 'deleted',
  recordCounts: 'exact',
  pageOrder: 'id',
  pages: 'keyset',
  compression: 'never',
  limits: null,
  webServers: 1,
  requestsPerConnection: null,
  keepAliveMs: 30_000,
};

const limitsShape = z.strictObject({
  requestsPerWindow: z.int().min(1),
  executionMsPerWindow: z.int().min(1),
  concurrent: z.int().min(1),
  windowMs: z.int().min(1),
});

const behaviourShape = z.strictObject({
  accessTokenLifeMs: z.int().min(0),
  deltaTokenLifeMs: z.int().min(0),
  deltaTokenMintedAt: z.enum(['first-page', 'last-page']),
  deltaLinkOn: z.enum(['last-page', 'every-page']),
  deltaLinkSelect: z.enum(['free', 'fixed', 'refused']),
  deltaLinkWithAnnotations: z.enum(['given', 'missing']),
  deltaTokenFromFuture: z.enum(['empty', 'expired']),
  metadataChangeExpiresTokens: z.boolean(),
  ieee754: z.enum(['honoured', 'ignored']),
  retainedRows: z.enum(['deleted', 'silent']),
  recordCounts: z.enum(['exact', 'cached']),
  pageOrder: z.enum(['id', 'created']),
  pages: z.enum(['keyset', 'offset']),
  compression: z.enum(['offered', 'never']),
  limits: limitsShape.nullable(),
  webServers: z.int().min(1).max(100),
  requestsPerConnection: z.int().min(1).nullable(),
  keepAliveMs: z.int().min(1),
} satisfies Record<keyof Behaviour, z.ZodType>);

const changesShape = behaviourShape.partial();

/** Some options as they were posted or stand in a file. @throws Error that names what is wrong, one line each. */
export function parseBehaviour(given: unknown): Partial<Behaviour> {
  const { data: changes, error } = changesShape.safeParse(given);
  if (error !== undefined) throw new Error(z.prettifyError(error));
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
