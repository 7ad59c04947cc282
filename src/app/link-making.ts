import { Fault } from '../core/fault.ts';
import { lakeName } from '../core/names.ts';
import { parseEnvironmentUrl } from '../dataverse/environment-url.ts';
import type { AttachLinkRequest, CreateLinkRequest, LinkSettings } from '../engine/control.ts';
import { checkEnvironment, checkTables, refuseTooMany, wholePath } from './link-checks.ts';
import type { LinkRecords } from './link-records.ts';
import type { KeptLake } from './service-parts.ts';

/** Everything of a new link that can be found out before something is made, cheapest first. */
export async function newLink(links: LinkRecords, request: CreateLinkRequest): Promise<LinkSettings> {
  const { ledger, settings, lakes, newId } = links.parts;
  const environmentUrl = parseEnvironmentUrl(request.environmentUrl).origin;
  refuseTooMany(request.tables.length);
  const lakePath = await wholePath(request.lakePath);
  const id = newId();
  const identity = { id, name: request.name, lakePath, lakeName: request.lakeName };
  await ledger.checkLink({ ...identity, organizationId: '' }, settings.linksMax);
  return links.asking({ ...request, environmentUrl }, async (opened, signal) => {
    const { organizationId, friendlyName, uniqueName } = await checkEnvironment(opened, signal);
    const name = request.lakeName ?? lakeName({ name: friendlyName, organization: uniqueName });
    await ledger.checkLink({ ...identity, organizationId, lakeName: name }, settings.linksMax);
    await lakes.inspect(lakePath);
    const tables = request.tables.map(({ table }) => table);
    await checkTables({ source: opened, tables, chosen: [], signal });
    const { clientSecret: _, ...choices } = request;
    return {
      ...choices,
      id,
      environmentUrl,
      lakePath,
      lakeName: name,
      pollSeconds: request.pollSeconds ?? settings.pollSeconds,
      publishSeconds: request.publishSeconds ?? settings.publishSeconds,
      createdAt: links.nowText(),
      organizationId,
      paused: null,
      tables: request.tables.map(table => ({ ...table, addedAt: links.nowText(), paused: null })),
    };
  });
}

/**
 * A link of a lake that was kept. What the lake says goes before what is usual, and what the person says before both.
 * The environment is the lake's own, or nothing is made.
 */
export async function keptLink(
  links: LinkRecords,
  request: AttachLinkRequest,
): Promise<{ readonly link: LinkSettings; readonly kept: KeptLake }> {
  const { ledger, settings, lakes } = links.parts;
  const lakePath = await wholePath(request.lakePath);
  const kept = await lakes.kept(lakePath);
  const { mark } = kept;
  const { organizationId } = mark;
  const environmentUrl = parseEnvironmentUrl(request.environmentUrl ?? mark.environmentUrl).origin;
  const tenantId = said('tenantId', request.tenantId ?? mark.tenantId);
  const clientId = said('clientId', request.clientId ?? mark.clientId);
  const authorityUrl = request.authorityUrl ?? mark.authorityUrl ?? null;
  const { clientSecret, name } = request;
  const identity = { id: mark.linkId, name, lakePath, organizationId, lakeName: request.lakeName ?? mark.lakeName };
  await ledger.checkLink({ ...identity, lakeName: identity.lakeName ?? null }, settings.linksMax);
  const address = { environmentUrl, tenantId, clientId, authorityUrl, clientSecret };
  const found = await links.asking(address, checkEnvironment);
  if (found.organizationId.toLowerCase() !== organizationId.toLowerCase()) {
    throw new Fault('source/changed', {
      link: name,
      url: environmentUrl,
      organizationId: found.organizationId,
      expected: organizationId,
    });
  }
  const fallback = lakeName({ name: found.friendlyName, organization: found.uniqueName });
  const link = {
    ...identity,
    environmentUrl,
    tenantId,
    clientId,
    authorityUrl,
    lakeName: identity.lakeName ?? fallback,
    partitionStrategy: mark.partitionStrategy,
    output: mark.output ?? 'replica',
    // Links from before there were snapshots went on without them.
    snapshotMinutes: mark.snapshotMinutes ?? null,
    snapshotsKept: mark.snapshotsKept ?? 5,
    incrementalMinutes: mark.incrementalMinutes ?? 15,
    pollSeconds: mark.pollSeconds ?? settings.pollSeconds,
    publishSeconds: mark.publishSeconds ?? settings.publishSeconds,
    createdAt: mark.createdAt,
    paused: null,
    tables: kept.tables.map(table => ({ ...table, addedAt: links.nowText(), paused: null })),
  };
  await ledger.checkLink(link, settings.linksMax);
  return { link, kept };
}

function said(option: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new Fault('input/invalid', { option, reason: 'the lake does not say it, so it has to be given' });
}
