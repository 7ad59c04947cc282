/**
 * Shapes on the wire of the local API, shared by the routes and the client. Requests are parsed by these; names are
 * parsed into values by the routes. Answers are what the types say.
 */
import { z } from 'zod';
import type { ChoiceDifferences } from '../core/choice-differences.ts';
import { limits } from '../core/limits.ts';
import { DEFAULT_OUTPUT, PARTITION_STRATEGIES } from '../core/link-choices.ts';
import type { OfferedTable } from '../core/source.ts';
import type { TableStatus } from '../core/status.ts';
import type { LakeContents, LinkView } from '../engine/control.ts';
import type { SnapshotResult } from '../engine/snapshot-schedule.ts';

export const API_VERSION = 'v1';

const text = z.string().min(1).max(2_000);
const partitionStrategy = z.enum(PARTITION_STRATEGIES);
const tables = z.array(z.string().max(200)).max(1_000);
const seconds = z.number().min(0.2).max(86_400);

/** A name alone is a table as the link's own choices have it. */
const chosenTables = z
  .array(
    z.union([
      z.string().max(200),
      z.strictObject({
        table: z.string().max(200),
        appendOnly: z.boolean().default(false),
        partitionStrategy: partitionStrategy.nullable().default(null),
      }),
    ]),
  )
  .max(1_000);

const snapshotMinutes = z.int().min(limits.snapshotMinutesMin).max(limits.snapshotMinutesMax);
const snapshotsKept = z.int().min(1).max(limits.snapshotsKeptMax);
const incrementalMinutes = z.int().min(limits.incrementalMinutesMin).max(limits.incrementalMinutesMax);

const output = {
  output: z.enum(['replica', 'incremental']).default(DEFAULT_OUTPUT.output),
  snapshotMinutes: snapshotMinutes.nullable().default(DEFAULT_OUTPUT.snapshotMinutes),
  snapshotsKept: snapshotsKept.default(DEFAULT_OUTPUT.snapshotsKept),
  incrementalMinutes: incrementalMinutes.default(DEFAULT_OUTPUT.incrementalMinutes),
};

const lakeName = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  .max(63)
  .nullable()
  .default(null);

export const createLinkBody = z.strictObject({
  name: z.string().max(200),
  environmentUrl: text,
  tenantId: text,
  clientId: text,
  clientSecret: text,
  authorityUrl: text.nullable().default(null),
  lakePath: z.string().min(1).max(4_000),
  lakeName,
  partitionStrategy: partitionStrategy.default('year'),
  pollSeconds: seconds.nullable().default(null),
  publishSeconds: seconds.nullable().default(null),
  ...output,
  tables: chosenTables,
});
export type CreateLinkBody = z.input<typeof createLinkBody>;
export type ChosenTable = z.output<typeof createLinkBody>['tables'][number];

/** Null: as the lake's link.json has it. */
export const attachLinkBody = z.strictObject({
  name: z.string().max(200),
  lakePath: z.string().min(1).max(4_000),
  clientSecret: text,
  environmentUrl: text.nullable().default(null),
  tenantId: text.nullable().default(null),
  clientId: text.nullable().default(null),
  authorityUrl: text.nullable().default(null),
  lakeName,
});
export type AttachLinkBody = z.input<typeof attachLinkBody>;

/** Absent: as it is. */
export const changeLinkBody = z.strictObject({
  snapshotMinutes: snapshotMinutes.nullable().optional(),
  snapshotsKept: snapshotsKept.optional(),
  incrementalMinutes: incrementalMinutes.optional(),
  partitionStrategy: partitionStrategy.optional(),
  pollSeconds: seconds.optional(),
  publishSeconds: seconds.optional(),
});
export type ChangeLinkBody = z.input<typeof changeLinkBody>;

export const changeTablesBody = z.strictObject({
  tables: tables.min(1),
  appendOnly: z.boolean().optional(),
  partitionStrategy: partitionStrategy.optional(),
});
export type ChangeTablesBody = z.input<typeof changeTablesBody>;

/** Tables null: the whole link. */
export const pauseBody = z.strictObject({
  tables: tables.min(1).nullable().default(null),
  reason: z.string().min(1).max(500),
});
export type PauseBody = z.input<typeof pauseBody>;
export const resumeBody = pauseBody.omit({ reason: true });
export type ResumeBody = z.input<typeof resumeBody>;

export const moveLinkBody = z.strictObject({ environmentUrl: text, authorityUrl: text.nullable().default(null) });
export type MoveLinkBody = z.input<typeof moveLinkBody>;

/** `choices` is the text of a file of choices. */
export const applyChoicesBody = z.strictObject({
  choices: z.string().max(1_000_000),
  dryRun: z.boolean().default(false),
  deleteData: z.boolean().default(false),
});
export type ApplyChoicesBody = z.input<typeof applyChoicesBody>;

export const replaceSecretBody = z.strictObject({ clientSecret: text });

export const addTablesBody = z.strictObject({
  tables: tables.min(1),
  partitionStrategy: partitionStrategy.nullable().default(null),
  appendOnly: z.boolean().default(false),
});
export type AddTablesBody = z.input<typeof addTablesBody>;

export const removeTablesBody = z.strictObject({ tables: tables.min(1), deleteData: z.boolean().default(false) });
export type RemoveTablesBody = z.input<typeof removeTablesBody>;

/** Null: every table of the link. */
export const takeSnapshotsBody = z.strictObject({ tables: tables.min(1).nullable().default(null) });
export type TakeSnapshotsBody = z.input<typeof takeSnapshotsBody>;

const truth = z.enum(['true', 'false']).default('false');
export const deleteLinkQuery = z.strictObject({ deleteData: truth, deleteForeign: truth });

export const statusQuery = z.strictObject({ link: z.string().max(200).optional() });

/** A link without its secret, which never leaves the service. */
export type LinkAnswer = LinkView;

export type ContentsAnswer = LakeContents;
export type ApplyAnswer = ChoiceDifferences;

export interface LinksAnswer {
  readonly links: readonly LinkAnswer[];
}

/** What the environment offers, each with whether the link has it. */
export interface TablesAnswer {
  readonly tables: readonly (OfferedTable & { readonly chosen: boolean })[];
}

/** How it went with each table. `error` with `failed` alone. */
export interface SnapshotsAnswer {
  readonly snapshots: readonly {
    readonly table: string;
    readonly outcome: SnapshotResult['outcome'];
    readonly error: TableStatus['error'];
  }[];
}

export interface StatusAnswer {
  readonly at: string;
  readonly tables: readonly TableStatus[];
  readonly sql: ServiceAnswer['sql'];
}

export interface ServiceAnswer {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly home: string;
  readonly links: number;
  /** Where the SQL endpoint listens; null: there is none, or it is being started again. */
  readonly sql: { readonly host: string; readonly port: number; readonly tls: boolean } | null;
}

/** RFC 9457. `code`, `remedy` and `details` are a fault's. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  remedy: z.string().nullable(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type Problem = z.infer<typeof problem>;
