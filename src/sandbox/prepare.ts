import type { SandboxDatabase } from './database.ts';
import { othersTurn } from './page-read.ts';
import { type RowShape, rowWriter, textKind } from './rows-json.ts';

const sliceRows = 1_000;

/**
 * Makes the texts of all rows of a table for one kind of answer, so that pages of it go out as bytes. Other work gets
 * its turn between slices. Answers how many rows have theirs now, fewer than there are when room on disk ran out.
 * @throws Error for a kind whose texts depend on other rows.
 */
export async function prepareRows(
  database: SandboxDatabase,
  { table: { logicalName }, select = null, ieee754 = true, annotations = [], hidesSecured = false }: Preparation,
): Promise<number> {
  const table = database.table(logicalName);
  if (table === undefined) throw new Error(`there is no table ${logicalName}`);
  const shape: RowShape = { table, select, ieee754, wants: name => annotations.includes(name), hidesSecured };
  const write = rowWriter(database, shape);
  const kind = textKind(database, shape, write);
  if (kind === null) throw new Error('formatted values are made anew for each answer');
  database.prepared.keep(logicalName, kind);
  let rows = 0;
  let after: string | null = null;
  for (;;) {
    const slice = database.prepared.page(logicalName, { kind, write, after, limit: sliceRows });
    rows += slice?.rows ?? 0;
    if (slice === null || slice.rows < sliceRows) return rows;
    after = String(slice.last);
    await othersTurn();
  }
}

/** The answers to make ready for: what is asked for, and by whom. */
export interface Preparation {
  readonly table: { readonly logicalName: string };
  /** Names of `$select`; null, the default, for a question without it. */
  readonly select?: readonly string[] | null;
  /** Numbers as text; the default. */
  readonly ieee754?: boolean;
  /** Full names of annotations that are asked for. */
  readonly annotations?: readonly string[];
  /** For callers that may not read secured columns. */
  readonly hidesSecured?: boolean;
}
