import { type FaultCode, toFault } from '../core/fault.ts';
import type { LinkName, TableName } from '../core/names.ts';
import type { DeleteLinkOptions, LakeContents } from '../engine/control.ts';
import { bringDown, type LinkRecord } from './link-record.ts';
import type { ServiceParts } from './service-parts.ts';

/** The lake of a link that is being deleted is gone already: an earlier try, or somebody else, removed it. */
const LAKE_IS_GONE: ReadonlySet<FaultCode> = new Set(['store/missing', 'lake/not-empty', 'lake/foreign']);

/** What of the service's links a removal needs. */
interface Links {
  readonly parts: ServiceParts;
  remove(name: LinkName): void;
}

/** Deletes a link. From here on it goes on at every start until it is done. */
export async function deleteLink(links: Links, record: LinkRecord, options: DeleteLinkOptions): Promise<void> {
  await links.parts.ledger.beginRemoveLink(record.settings.id, options);
  await finishDelete(links, record, options);
}

/** What is in the lake of a link, whether it runs or not. */
export async function contentsOf(links: Links, record: LinkRecord): Promise<LakeContents> {
  if (record.lake !== null) return record.lake.contents();
  const lake = await links.parts.lakes.open(record.settings);
  try {
    return await lake.contents();
  } finally {
    await lake.close();
  }
}

/** Goes on with the deletion of a whole link, without starting it; answers whether there was one. */
export async function endedRemoval(links: Links, record: LinkRecord): Promise<boolean> {
  const [pending] = await links.parts.ledger.removals(record.settings.id);
  if (pending === undefined || pending.table !== null) return false;
  await finishDelete(links, record, pending);
  return true;
}

/** Goes on with the removal of tables that was cut short: of all, or of these. Where the link does not run they stay noted. */
export async function finishRemovals(
  links: Pick<Links, 'parts'>,
  { running, settings: { id } }: LinkRecord,
  tables: readonly TableName[] | null = null,
): Promise<void> {
  if (running === null) return;
  const { ledger } = links.parts;
  for (const { table, deleteData } of await ledger.removals(id)) {
    if (table === null || tables?.includes(table) === false) continue;
    await running.removeTables([table], { deleteData });
    await ledger.finishRemoveTables(id, [table]);
  }
}

async function finishDelete(
  links: Links,
  record: LinkRecord,
  { deleteData, deleteForeign }: DeleteLinkOptions,
): Promise<void> {
  const { ledger, log } = links.parts;
  const { id, name } = record.settings;
  const { running } = record;
  record.running = null;
  // Nothing writes any more from here on.
  await running?.stop();
  if (deleteData) await eraseLake(links, record, { foreign: deleteForeign });
  await bringDown(record);
  await ledger.finishRemoveLink(id);
  links.remove(name);
  log.info('link deleted', { link: name, action: deleteData ? 'data deleted' : 'data kept' });
}

async function eraseLake(links: Links, record: LinkRecord, options: { readonly foreign: boolean }) {
  try {
    record.lake ??= await links.parts.lakes.open(record.settings);
  } catch (failure) {
    if (!LAKE_IS_GONE.has(toFault(failure).code)) throw failure;
    links.parts.log.warn('the lake of a deleted link is not there', { link: record.settings.name });
    return;
  }
  await record.lake.erase(options);
}
