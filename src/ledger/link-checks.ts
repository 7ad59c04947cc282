import { Fault } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { Statements } from './database.ts';
import { refuseDatabase } from './database-claims.ts';
import { type LedgerLink, type LedgerTable, tableRowOf } from './link-rows.ts';

/** By what a link could collide with another one. `lakeName` null: not known yet. */
export type LinkIdentity = Pick<LedgerLink, 'id' | 'name' | 'organizationId' | 'lakePath'> & {
  readonly lakeName: string | null;
};

export async function refuseLink(statements: Statements, link: LinkIdentity, linksMax: number): Promise<void> {
  const links = await statements.selectFrom('links').select(['id', 'name', 'organization_id', 'lake_path']).execute();
  if (links.some(other => other.name === link.name)) throw new Fault('link/exists', { link: link.name });
  // A copied lake carries the id of the link that it was copied from.
  const holder = links.find(other => other.lake_path === link.lakePath || other.id === link.id);
  if (holder !== undefined) throw new Fault('lake/foreign', { path: link.lakePath, link: holder.name });
  const count = links.filter(other => other.organization_id === link.organizationId).length;
  if (count >= linksMax) {
    throw new Fault('link/limit', { organization: link.organizationId, links: count, allowed: linksMax });
  }
  await refuseDatabase(statements, link);
}

export async function nameOf(statements: Statements, linkId: string): Promise<string> {
  const row = await statements.selectFrom('links').select('name').where('id', '=', linkId).executeTakeFirst();
  if (row === undefined) throw new Fault('link/unknown', { id: linkId });
  return row.name;
}

export async function tableRow(statements: Statements, linkId: string, table: TableName): Promise<object | undefined> {
  return statements
    .selectFrom('link_tables')
    .select('table_name')
    .where('link_id', '=', linkId)
    .where('table_name', '=', table)
    .executeTakeFirst();
}

export async function insertTables(
  statements: Statements,
  linkId: string,
  tables: readonly LedgerTable[],
): Promise<void> {
  if (tables.length === 0) return;
  const last = await statements
    .selectFrom('link_tables')
    .select(builder => builder.fn.max('position').as('position'))
    .where('link_id', '=', linkId)
    .executeTakeFirst();
  const from = Number(last?.position ?? 0) + 1;
  for (const [index, table] of tables.entries()) {
    await statements
      .insertInto('link_tables')
      .values(tableRowOf(linkId, from + index, table))
      .execute();
  }
}

export async function requireTable(
  statements: Statements,
  link: { readonly id: string; readonly name: string },
  table: TableName,
): Promise<void> {
  const found = await tableRow(statements, link.id, table);
  if (found === undefined) throw new Fault('link/table-unknown', { link: link.name, table });
}
