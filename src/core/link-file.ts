import type { ByteStore } from './bytestore.ts';
import {
  type Check,
  flag,
  integer,
  isoTime,
  listOf,
  matching,
  maybe,
  NotValid,
  objectOf,
  oneOf,
  orNull,
  text,
} from './check.ts';
import type { PartitionStrategy } from './commit.ts';
import { Fault } from './fault.ts';
import { type OutputChoice, PARTITION_STRATEGIES, type TableChoice } from './link-choices.ts';
import { decodeJson, encodeJson } from './log-codec.ts';
import { type LinkName, parseLinkName, parseTableName, type TableName } from './names.ts';

export const LINK_FILE = '.lakelink/link.json';

/**
 * What a link is, kept in its own lake without secrets, so that the lake can be attached again after the ledger was
 * lost (I-7). `revision` rises with every change; the file never goes back.
 */
export interface LinkFile extends Partial<OutputChoice> {
  readonly format: 1;
  readonly revision: number;
  /** Unique for ever, of this link: how a lake is known to be another link's. */
  readonly linkId: string;
  readonly name: LinkName;
  readonly environmentUrl: string;
  readonly organizationId: string;
  readonly tables: readonly TableName[];
  readonly partitionStrategy: PartitionStrategy;
  /** ISO. */
  readonly createdAt: string;
  /** What follows, and the output, is absent in files of earlier versions. Modes and strategies of `tables`. */
  readonly choices?: readonly TableChoice[];
  readonly lakeName?: string;
  readonly tenantId?: string;
  readonly clientId?: string;
  readonly authorityUrl?: string | null;
  readonly pollSeconds?: number;
  readonly publishSeconds?: number;
}

const seconds: Check = (value, at) => {
  if (typeof value !== 'number' || !(value > 0)) throw new NotValid(at, 'a number of seconds');
};
const strategy = oneOf(...PARTITION_STRATEGIES);

const check = objectOf<LinkFile>({
  format: oneOf(1),
  revision: integer,
  linkId: matching(/^[A-Za-z0-9-]{1,64}$/, 'a link id'),
  name: text,
  environmentUrl: matching(/^https?:\/\/[^\s@]+$/, 'an address without a user'),
  organizationId: text,
  tables: listOf(text),
  partitionStrategy: strategy,
  createdAt: isoTime,
  output: maybe(oneOf('replica', 'incremental')),
  snapshotMinutes: maybe(orNull(integer)),
  snapshotsKept: maybe(integer),
  incrementalMinutes: maybe(integer),
  choices: maybe(listOf(objectOf<TableChoice>({ table: text, appendOnly: flag, partitionStrategy: strategy }))),
  lakeName: maybe(text),
  tenantId: maybe(text),
  clientId: maybe(text),
  authorityUrl: maybe(orNull(text)),
  pollSeconds: maybe(seconds),
  publishSeconds: maybe(seconds),
});

/** The link whose lake this is; null when it is no link's yet. A file that cannot be read is `lake/corrupt`. */
export async function readLinkFile(store: ByteStore, signal: AbortSignal): Promise<LinkFile | null> {
  const bytes = await store.read(LINK_FILE, signal);
  return bytes === null ? null : parseLinkFile(bytes);
}

/** `lake/corrupt` when it cannot be read. */
export function parseLinkFile(bytes: Uint8Array): LinkFile {
  const file = decodeJson(bytes, { path: LINK_FILE, check }) as LinkFile;
  try {
    for (const { table } of file.choices ?? []) parseTableName(table);
    return { ...file, name: parseLinkName(file.name), tables: file.tables.map(parseTableName) };
  } catch {
    throw new Fault('lake/corrupt', { path: LINK_FILE, reason: 'a name in it is not valid' });
  }
}

/**
 * Writes what the link is now. A lake of another link is `lake/foreign` and stays as it is; a revision below the one
 * in the lake changes nothing and is `lake/lost-race`: read it again.
 */
export async function writeLinkFile(store: ByteStore, file: LinkFile, signal: AbortSignal): Promise<void> {
  const bytes = encodeJson(file);
  // Two links that claim one empty lake at once: only one makes the file.
  if ((await store.putIfAbsent(LINK_FILE, { bytes }, signal)) === 'created') return;
  await requireOwnLake(store, file.linkId, signal);
  const answer = await store.publish(LINK_FILE, { bytes }, { sequence: file.revision, signal });
  if (answer === 'stale') throw new Fault('lake/lost-race', { path: LINK_FILE });
}

/** Fails with `lake/foreign` when the lake holds another link's data. */
export async function requireOwnLake(store: ByteStore, linkId: string, signal: AbortSignal): Promise<void> {
  const there = await readLinkFile(store, signal);
  if (there !== null && there.linkId !== linkId) {
    throw new Fault('lake/foreign', { path: store.location, link: there.name });
  }
}
