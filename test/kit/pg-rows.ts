import { createRequire } from 'node:module';
import type pg from 'pg';

/** Values as the text that came. */
export const asItCame: pg.CustomTypesConfig = { getTypeParser: () => (value: unknown) => value };

export interface RawRows {
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Rows as arrays of the text that the server sent. */
export async function rawRows(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<RawRows> {
  return client.query({ text, values: [...values], rowMode: 'array', types: asItCame });
}

export async function rowsOf(
  client: pg.Client,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return (await client.query<Record<string, unknown>>(text, [...values])).rows;
}

/** The one value of a result of one row and column. */
export async function oneValue(client: pg.Client, text: string, values: readonly unknown[] = []): Promise<unknown> {
  const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' });
  if (rows.length !== 1 || rows[0]?.length !== 1) throw new Error(`no single value: ${JSON.stringify(rows)}`);
  return rows[0][0];
}

/** `pg-cursor`, which comes without types. */
export interface PortalCursor extends pg.Submittable {
  read(rows: number): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export function portalCursor(text: string, values: readonly unknown[] = []): PortalCursor {
  const Cursor = createRequire(import.meta.url)('pg-cursor') as new (text: string, values: unknown[]) => PortalCursor;
  return new Cursor(text, [...values]);
}
