import type { StoredRow } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { mayReadRow } from './privileges.ts';
import { selected } from './query-options.ts';
import { type RowWriter, rowWriter } from './rows-json.ts';
import type { Call, Environment } from './wire.ts';

/** Rows of a page, at most and by default. */
export const pageRowsMax = 5_000;
/** Rows written before other requests get their turn. */
const sliceRows = 500;

export function writerFor(environment: Environment, call: Call, table: TableDefinition): RowWriter {
  return rowWriter(environment.database, {
    table,
    select: selected(call.options),
    ieee754: call.ieee754,
    wants: call.preferences.wants,
    hidesSecured: !call.application.readsSecuredColumns,
  });
}

/** Lets other requests run between the slices of a long page. */
export function othersTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** The text of the rows of a page, a comma between any two. */
export class PageText {
  readonly #call: Call;
  readonly pieces: string[] = [];
  rows = 0;
  #last = '';

  constructor(call: Call) {
    this.#call = call;
  }

  add(texts: readonly string[]): void {
    if (texts.length === 0) return;
    this.pieces.push(this.rows === 0 ? texts.join(',') : `,${texts.join(',')}`);
    this.rows += texts.length;
    this.#last = texts.at(-1) ?? '';
  }

  /** Plays a scripted repetition and tells the log how many rows went out. */
  finish(): void {
    if (this.#call.fault?.do === 'repeat-row' && this.rows > 0) this.add([this.#last]);
    this.#call.noted.rows = this.rows;
  }
}

/** Reads rows in order of id, slice by slice; answers how to go on. */
export async function readPage({
  environment,
  call,
  table,
  after,
  limit,
  filter = () => true,
}: {
  readonly environment: Environment;
  readonly call: Call;
  readonly table: TableDefinition;
  readonly after: string | null;
  readonly limit: number;
  readonly filter?: (row: StoredRow['row']) => boolean;
}): Promise<{ readonly text: PageText; readonly first: string; readonly last: string; readonly more: boolean }> {
  const write = writerFor(environment, call, table);
  const text = new PageText(call);
  const place = { after, first: '', last: '' };
  for (;;) {
    const wanted = Math.min(sliceRows, limit - text.rows);
    // One row more than wanted tells whether there is a next slice or page.
    const slice = environment.database.page(table.logicalName, { after: place.after, limit: wanted + 1 });
    const more = slice.length > wanted;
    const rows = slice.slice(0, wanted);
    place.after = rows.at(-1)?.id ?? place.after;
    const readable = rows.filter(stored => mayReadRow(environment, call, table, stored) && filter(stored.row));
    place.first ||= readable[0]?.id ?? '';
    text.add(readable.map(write));
    if (!more || text.rows >= limit) {
      text.finish();
      return { text, first: place.first, last: place.after ?? '', more };
    }
    await othersTurn();
  }
}
