import { z } from 'zod';
import { Fault, type FaultCode } from '../core/fault.ts';
import type { TableName } from '../core/names.ts';
import type { WebApi } from './web-api.ts';

/** Names in one request, so that its URL stays short. */
const TABLES_AT_ONCE = 50;

const counts = z.object({
  EntityRecordCountCollection: z.object({ Keys: z.array(z.string()), Values: z.array(z.coerce.number()) }),
});

/** Answers that only mean: no figures for these tables. */
const SILENCE: readonly FaultCode[] = [
  'source/refused',
  'source/table-unknown',
  'source/not-dataverse',
  'source/forbidden',
];

/**
 * Row counts by `RetrieveTotalRecordCount`: a figure of the last 24 hours that costs the environment nothing. It is a
 * comfort (progress bars), so a refusal leaves tables out; trouble with the connection is thrown like any other.
 */
export async function readEstimates({
  api,
  tables,
  signal,
}: {
  readonly api: WebApi;
  readonly tables: readonly TableName[];
  readonly signal: AbortSignal;
}): Promise<ReadonlyMap<TableName, number>> {
  const found = new Map<TableName, number>();
  for (let start = 0; start < tables.length; start += TABLES_AT_ONCE) {
    const some = tables.slice(start, start + TABLES_AT_ONCE);
    const byName = await readSome({ api, tables: some, signal });
    for (const table of some) {
      const count = byName.get(table);
      if (count !== undefined && count >= 0) found.set(table, count);
    }
  }
  return found;
}

async function readSome({
  api,
  tables,
  signal,
}: {
  readonly api: WebApi;
  readonly tables: readonly TableName[];
  readonly signal: AbortSignal;
}): Promise<ReadonlyMap<string, number>> {
  const names = encodeURIComponent(JSON.stringify(tables));
  try {
    const resource = `RetrieveTotalRecordCount(EntityNames=@p1)?@p1=${names}`;
    const result = counts.safeParse(await api.json({ target: { resource }, kind: 'metadata', signal }));
    const { Keys, Values } = result.data?.EntityRecordCountCollection ?? { Keys: [], Values: [] };
    return new Map(Keys.map((name, position) => [name.toLowerCase(), Values[position] ?? -1]));
  } catch (error) {
    if (error instanceof Fault && SILENCE.includes(error.code)) return new Map();
    throw error;
  }
}
