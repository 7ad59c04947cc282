import { existsSync } from 'node:fs';
import { Fault } from '../core/fault.ts';
import type { LinkName } from '../core/names.ts';
import type { LinkSettings } from '../engine/control.ts';
import { type Home, homeLayout } from './home.ts';
import type { Settings } from './settings.ts';
import { openServiceLedger } from './start-service.ts';

/** A link as the control database has it, with its secret. */
export interface LinkAtRest {
  readonly link: LinkSettings;
  readonly secret: string;
}

/**
 * Finds a link without a service, which may run or not. Without a name it is the only link; `link/unknown` when there
 * is none, `input/invalid` when there are several.
 */
export async function findLink(settings: Settings, name: LinkName | null): Promise<LinkAtRest> {
  const home: Home = homeLayout(settings.home);
  if (!existsSync(home.ledgerPath)) throw new Fault('link/unknown', { link: name, home: home.path });
  const ledger = await openServiceLedger(home, settings);
  try {
    const links = await ledger.links();
    const link = name === null ? onlyLink(links) : links.find(one => one.name === name);
    if (link === undefined) throw new Fault('link/unknown', { link: name, home: home.path });
    return { link, secret: await ledger.secret(link.id) };
  } finally {
    await ledger.close();
  }
}

function onlyLink(links: readonly LinkSettings[]): LinkSettings | undefined {
  if (links.length < 2) return links[0];
  const names = links.map(link => link.name).join(', ');
  throw new Fault('input/invalid', { option: '--link', reason: `there are several links, name one: ${names}` });
}
