import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { Statements } from './database.ts';
import type { LedgerLink } from './link-rows.ts';

/*
 * A link's database comes and goes in the transactions of its link, so that at no moment one is there without the other.
 */

type Claim = Pick<LedgerLink, 'id' | 'lakePath'> & { readonly lakeName: string | null };

const LAKE_NAME_MAX = 63;
/** Names that PostgreSQL's own databases have, and the word for every database. */
const RESERVED_NAMES: readonly string[] = ['postgres', 'template0', 'template1', 'all'];

/**
 * `lake/name-taken`: another lake's database, in use or not, has this name; `proposal` is a free one. `store/busy`: the
 * database of this lake is being dropped.
 */
export async function refuseDatabase(statements: Statements, { lakePath, lakeName }: Claim): Promise<void> {
  const databases = await statements
    .selectFrom('databases')
    .leftJoin('links', 'links.id', 'databases.link_id')
    .select(['databases.name as name', 'databases.lake_path as path', 'dropping', 'links.name as link'])
    .execute();
  const own = databases.find(({ path }) => path === lakePath);
  if (own !== undefined && own.dropping !== 'no') {
    throw new Fault('store/busy', { path: lakePath, database: own.name, reason: 'its database is being dropped' });
  }
  if (lakeName === null) return;
  const others = databases.filter(({ path }) => path !== lakePath);
  const holder = others.find(({ name }) => name === lakeName);
  const isReserved = RESERVED_NAMES.includes(lakeName);
  if (holder === undefined && !isReserved) return;
  const proposal = freeName(lakeName, new Set([...RESERVED_NAMES, ...others.map(({ name }) => name)]));
  const reason = isReserved ? 'it is reserved' : holder?.link == null ? 'no link uses it any more' : undefined;
  throw new Fault('lake/name-taken', { lakeName, link: holder?.link, reason, proposal });
}

/**
 * Makes the database of a new link. A lake that was kept brings its own, with its rights and views, under the name it has
 * now; one of another lake that lay in the same folder is gone with that lake, and nobody inherits rights from it.
 */
export async function claimDatabase(statements: Statements, link: LedgerLink, clock: Clock): Promise<void> {
  const { id, lakePath: lake_path, lakeName: name } = link;
  const there = await statements
    .selectFrom('databases')
    .select(['name', 'lake_id'])
    .where('lake_path', '=', lake_path)
    .executeTakeFirst();
  if (there?.lake_id === id) {
    const change = { name, link_id: id };
    await statements.updateTable('databases').set(change).where('name', '=', there.name).execute();
    return;
  }
  if (there !== undefined) await statements.deleteFrom('databases').where('name', '=', there.name).execute();
  const created_at = new Date(clock.nowMs()).toISOString();
  await statements
    .insertInto('databases')
    .values({ name, lake_path, lake_id: id, link_id: id, created_at, kept_at: null, dropping: 'no' })
    .execute();
}

/**
 * The link ends. With its data deleted the database is gone as well; with its data kept it stays for who may read it. A
 * link that never began (nothing of it is being removed) leaves everything as it was before.
 */
export async function releaseDatabase(statements: Statements, linkId: string, clock: Clock): Promise<void> {
  const link = await statements.selectFrom('links').select('removing').where('id', '=', linkId).executeTakeFirst();
  const database = await statements
    .selectFrom('databases')
    .select(['name', 'kept_at'])
    .where('link_id', '=', linkId)
    .executeTakeFirst();
  if (database === undefined) return;
  const { name } = database;
  const stays = link?.removing === 'keep-data' || (link?.removing === 'no' && database.kept_at !== null);
  if (!stays) {
    await statements.deleteFrom('databases').where('name', '=', name).execute();
    return;
  }
  const kept_at = link.removing === 'no' ? database.kept_at : new Date(clock.nowMs()).toISOString();
  await statements.updateTable('databases').set({ link_id: null, kept_at }).where('name', '=', name).execute();
}

/** The name with the lowest number behind it that nobody has. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 2; ; number += 1) {
    const suffix = `-${number}`;
    const proposal = `${name.slice(0, LAKE_NAME_MAX - suffix.length).replace(/-+$/, '')}${suffix}`;
    if (!taken.has(proposal)) return proposal;
  }
}
