import { z } from 'zod';
import { removeRow } from './cascade.ts';
import type { Answer, Environment } from './wire.ts';
import { json } from './wire.ts';

const retainBody = z.strictObject({ table: z.string(), ids: z.array(z.guid()).min(1) });

/**
 * `POST /__sandbox/retain {"table": "account", "ids": [...]}`: takes rows out of the live table as a run of long-term
 * retention does. The platform purges what it has retained with its own Delete message, cascades included ("Long-term
 * data retention"), so change tracking tells of a delete; that the lake is not told, as its users may hope, is the
 * behaviour `retainedRows: 'silent'`, since nothing documented rules it out. Retained rows cannot be asked for here.
 * Answers how many rows were there. @throws when the table is none, or a relationship restricts the delete
 */
export function retainRows({ behaviour, database }: Environment, body: unknown): Answer {
  const { table: name, ids } = retainBody.parse(body);
  const table = database.table(name);
  if (table === undefined) throw new Error(`there is no table ${name}`);
  const found = ids.map(id => id.toLowerCase()).filter(id => database.get(name, id) !== undefined);
  database.transaction(() => {
    for (const id of found) removeRow(database, table, id, { tombstones: behaviour.retainedRows === 'deleted' });
  });
  return json({ retained: found.length });
}
