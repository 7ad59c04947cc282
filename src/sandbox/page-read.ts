import type { PreparedSlice, StoredRow, TextKind } from './database.ts';
import type { TableDefinition } from './definition.ts';
import { isStandardOrder, rowsInOrder } from './page-order.ts';
import { mayReadRow } from './privileges.ts';
import { selected } from './query-options.ts';
import { type RowShape, type RowWriter, rowWriter, textKind } from './rows-json.ts';
import type { Call, Environment } from './wire.ts';

/** Rows of a page, at most and by default. */
export const pageRowsMax = 5_000;
const comma = Buffer.from(',');
/** Rows written before other requests get their turn. */
const sliceRows = 500;

export function writerFor(environment: Environment, call: Call, table: TableDefinition): RowWriter {
  return rowWriter(environment.database, shapeOf(call, table));
}

function shapeOf(call: Call, table: TableDefinition): RowShape {
  return {
    table,
    select: selected(call.options),
    ieee754: call.ieee754,
    wants: call.preferences.wants,
    hidesSecured: !call.application.readsSecuredColumns,
  };
}

/** The kind of a call's rows, when texts of them may be kept; rows that a role hides are in no text of many rows. */
export function preparedKind(
  environment: Environment,
  call: Call,
  { table, write }: { readonly table: TableDefinition; readonly write: RowWriter },
): TextKind | null {
  const { applications, database } = environment;
  if (!database.prepared.has(table.logicalName)) return null;
  if (applications.readLevel(call.application, table.logicalName) !== 'organization') return null;
  return textKind(database, shapeOf(call, table), write);
}

/** Lets other requests run between the slices of a long page. */
export function othersTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

/** The rows of a page as bytes, a comma between any two. */
export class PageText {
  readonly #call: Call;
  readonly pieces: Uint8Array[] = [];
  rows = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  add(texts: readonly string[]): void {
    if (texts.length > 0) this.#add(Buffer.from(texts.join(','), 'utf8'), texts.length);
  }

  addPrepared({ bytes, rows }: PreparedSlice): void {
    if (bytes !== null && rows > 0) this.#add(bytes, rows);
  }

  #add(bytes: Uint8Array, rows: number): void {
    if (this.rows > 0) this.pieces.push(comma);
    this.pieces.push(bytes);
    this.rows += rows;
  }

  /** Tells the log how many rows went out. */
  finish(): void {
    this.#call.noted.rows = this.rows;
  }
}

interface PageRead {
  readonly environment: Environment;
  readonly call: Call;
  readonly table: TableDefinition;
  readonly after: string | null;
  readonly limit: number;
  readonly filter?: (row: StoredRow['row']) => boolean;
}

interface PageOfRows {
  readonly text: PageText;
  readonly first: string;
  readonly last: string;
  readonly more: boolean;
}

/** Reads rows in the environment's order, of ids if not told otherwise, slice by slice; answers how to go on. */
export async function readPage(read: PageRead): Promise<PageOfRows> {
  const { environment, call, table, after, limit } = read;
  const write = writerFor(environment, call, table);
  const kind =
    read.filter === undefined && isStandardOrder(environment)
      ? preparedKind(environment, call, { table, write })
      : null;
  const text = new PageText(call);
  const place = { after, first: '' };
  for (;;) {
    const wanted = Math.min(sliceRows, limit - text.rows);
    const span = { write, kind, after: place.after, limit: wanted };
    const { first, last, more } = addPrepared(read, text, span) ?? addWritten(read, text, span);
    place.after = last ?? place.after;
    place.first ||= first ?? '';
    if (!more || text.rows >= limit) {
      text.finish();
      return { text, first: place.first, last: place.after ?? '', more };
    }
    await othersTurn();
  }
}

interface SliceSpan {
  readonly write: RowWriter;
  readonly kind: TextKind | null;
  readonly after: string | null;
  readonly limit: number;
}

interface SliceEnds {
  /** The first row that was shown. */
  readonly first: string | null;
  /** The last row that was looked at. */
  readonly last: string | null;
  readonly more: boolean;
}

/** Adds rows whose texts are kept; null when none are, or all rows must be looked at. */
function addPrepared({ environment, table }: PageRead, text: PageText, span: SliceSpan): SliceEnds | null {
  const { database } = environment;
  const { kind, ...rest } = span;
  if (kind === null) return null;
  const slice = database.prepared.page(table.logicalName, { kind, ...rest });
  if (slice === null) return null;
  text.addPrepared(slice);
  if (slice.rows === 0) return { first: null, last: null, more: false };
  const [first, last] = [String(slice.first), String(slice.last)];
  const more = slice.rows === span.limit && database.page(table.logicalName, { after: last, limit: 1 }).length > 0;
  return { first, last, more };
}

function addWritten({ environment, call, table, filter }: PageRead, text: PageText, span: SliceSpan): SliceEnds {
  const { after, limit } = span;
  const { rows, last, more } = rowsInOrder(environment, table, { after, limit });
  const readable = rows.filter(
    stored => mayReadRow(environment, call, table, stored) && filter?.(stored.row) !== false,
  );
  text.add(readable.map(span.write));
  return { first: readable[0]?.id ?? null, last, more };
}
