import { type LinkChoices, linkChoicesText } from '../core/link-choices.ts';
import { type EnvironmentProfiles, readSynapseLinkProfiles } from '../dataverse/synapse-link-profiles.ts';
import { choicesOf, type ImportNote } from '../dataverse/synapse-link-profiles-choices.ts';
import { systemClock } from './clock.ts';
import { networkOf } from './network.ts';
import type { SourceAddress } from './service-parts.ts';
import type { Settings } from './settings.ts';

/** A profile of Azure Synapse Link that an environment has, and a link's choices made of it. */
export interface ImportableProfile {
  readonly profile: EnvironmentProfiles['profiles'][number];
  readonly choices: LinkChoices;
  /** The choices as the text of a file. */
  readonly choicesText: string;
  /** What could not be carried over as it was, with the reason. */
  readonly notes: readonly ImportNote[];
}

/** Asks an environment for its own profiles; needs no service and changes nothing. */
export async function importableProfiles({
  settings,
  address,
  signal,
}: {
  readonly settings: Settings;
  readonly address: SourceAddress;
  readonly signal: AbortSignal;
}): Promise<ImportableProfile[]> {
  const { environmentUrl, authorityUrl, tenantId, clientId, clientSecret } = address;
  const authority = authorityUrl === null ? {} : { authority: authorityUrl };
  const found = await readSynapseLinkProfiles(
    {
      url: environmentUrl,
      tenantId,
      clientId,
      clientSecret,
      ...authority,
      clock: systemClock,
      network: networkOf(settings),
    },
    signal,
  );
  return found.profiles.map(profile => {
    const { choices, notes } = choicesOf(profile, found.offered);
    return { profile, choices, choicesText: linkChoicesText(choices), notes };
  });
}
