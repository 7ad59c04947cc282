import type { SqlCell, SqlClient, SqlColumn } from './sql-client.ts';

/** A query's answer that is here as a whole. */
export interface SqlAnswer {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly (readonly SqlCell[])[];
  /** What a person should know beside it: a table whose initial sync is not complete, for example. */
  readonly notices: readonly string[];
}

/** Runs one query whose answer is small enough to be held. Fails as `run` does. */
export async function answerOf(
  client: SqlClient,
  { sql, signal }: { readonly sql: string; readonly signal: AbortSignal },
): Promise<SqlAnswer> {
  let columns: readonly SqlColumn[] = [];
  const rows: (readonly SqlCell[])[] = [];
  const notices: string[] = [];
  const sink = {
    columns: (told: readonly SqlColumn[]) => {
      columns = told;
    },
    rows: (some: readonly (readonly SqlCell[])[]) => void rows.push(...some),
    done: () => {},
    raw: () => {},
    notice: (text: string) => void notices.push(text),
  };
  await client.run(sql, { sink, signal });
  return { columns, rows, notices };
}
