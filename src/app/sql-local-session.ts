import { Fault } from '../core/fault.ts';
import type { PreparedQuery, QuerySession } from '../workspace/sql-session.ts';

/** What a query session told on the way to its answer, beside the answer. */
export interface SessionEars {
  /** A table was read whose initial sync is not complete. */
  readonly onPartial: (table: string) => void;
  readonly onFault: (fault: Fault) => void;
}

/** A query session that is listened to. */
export function heardSession(session: QuerySession, ears: SessionEars): QuerySession {
  const heard = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (failure) {
      if (failure instanceof Fault) ears.onFault(failure);
      throw failure;
    }
  };
  return {
    prepare: async (text, options) => heardQuery(await heard(session.prepare(text, options)), { ears, heard }),
    get asOf() {
      return session.asOf;
    },
    set asOf(asOf) {
      session.asOf = asOf;
    },
    get settings() {
      return session.settings;
    },
    set: (name, value) => session.set(name, value),
    close: () => session.close(),
  };
}

function heardQuery(
  query: PreparedQuery,
  { ears, heard }: { readonly ears: SessionEars; readonly heard: <T>(work: Promise<T>) => Promise<T> },
): PreparedQuery {
  return {
    parameterTypes: query.parameterTypes,
    fields: query.fields,
    run: async options => {
      const rows = await heard(query.run(options));
      for (const { table, initialSyncCompleted } of rows.tables) if (!initialSyncCompleted) ears.onPartial(table);
      return rows;
    },
  };
}
