import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { interruptible, type Session, sessionOn } from '../../batch/duckdb.ts';
import { ident, literal } from '../../batch/sql.ts';
import { Fault } from '../../core/fault.ts';
import type { CatalogueDoor, OpenCatalogue, SessionFacts } from '../catalogue-door.ts';
import type { AsOf, DatabaseView } from '../database-view.ts';
import type { ParameterValue, PreparedQuery, QueryRows, QuerySession, ResultField } from '../sql-session.ts';
import { zoneOffsets } from './calendar.ts';
import { decodeParameter } from './decode.ts';
import type { TextStyle } from './encode-text.ts';
import { engineFailure } from './engine-fault.ts';
import { toldType } from './parameters.ts';
import { oids, pgTypeOf } from './pg-types.ts';
import { type PlanParts, planQuery, prepareText, type QueryPlan } from './plan.ts';
import { queryFault, sqlStates } from './query-fault.ts';
import type { QueryTexts } from './query-texts.ts';
import { HeldRows, StoredRows } from './result-rows.ts';
import { checkSetting } from './settings.ts';
import { type StuckStatements, toldWhenStuck } from './stuck.ts';
import { type ParsedQuery, parseText } from './tree-text.ts';

export interface QueryLimits {
  readonly rowsMax: number;
  readonly timeoutMs: number;
}

export interface SessionParts {
  readonly connection: DuckDBConnection;
  readonly facts: SessionFacts;
  readonly openCatalogue: OpenCatalogue | null;
  readonly limits: QueryLimits;
  readonly stuck: StuckStatements;
  readonly texts: QueryTexts;
  /** Names for temporary tables, each once in the engine's life. */
  readonly newTable: () => string;
  readonly onClose: () => void;
}

/** How a whole result is written to a file. */
export type CopyFormat = 'parquet' | 'csv' | 'json' | 'jsonl';

const COPY_FORMS: Readonly<Record<CopyFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER',
  json: 'FORMAT json, ARRAY true',
  jsonl: 'FORMAT json',
};

/** One client's queries on a connection of its own. One runs at a time: the others wait for it. */
export class EngineSession implements QuerySession {
  asOf: AsOf | null = null;
  readonly #parts: SessionParts;
  readonly #settings: Map<string, string>;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#settings = new Map(parts.facts.settings);
  }

  get settings(): ReadonlyMap<string, string> {
    return this.#settings;
  }

  async set(name: string, value: string): Promise<void> {
    const known = checkSetting(name, value);
    if (known === 'timezone') {
      const { connection } = this.#parts;
      await this.#inTurn(() =>
        interruptible({ connection, signal: undefined }, () => connection.run(`SET TimeZone = ${literal(value)}`)),
      ).catch((failure: unknown) => {
        throw queryFault(sqlStates.badValue, `invalid value for parameter "TimeZone"`, { cause: failure });
      });
    }
    for (const key of this.#settings.keys()) if (key.toLowerCase() === name.toLowerCase()) this.#settings.delete(key);
    this.#settings.set(name, value);
  }

  prepare(
    text: string,
    options: { readonly view: DatabaseView; readonly parameterTypes: readonly number[]; readonly signal: AbortSignal },
  ): Promise<PreparedQuery> {
    const { texts } = this.#parts;
    return this.#limited(options.signal, async (signal, session) => {
      const query = await parseText({ session, texts }, text);
      const declared = options.parameterTypes;
      const parts = this.#planParts({ view: options.view, signal, session });
      const plan = await planQuery({ query, declared, previous: null }, parts);
      return this.#prepared({ query, declared, plan });
    });
  }

  /** Writes a query's whole result to a file; the caller answers for the path. */
  async copy(
    text: string,
    options: {
      readonly view: DatabaseView;
      readonly path: string;
      readonly format: CopyFormat;
      readonly signal: AbortSignal;
    },
  ): Promise<{ readonly rows: number }> {
    const { texts } = this.#parts;
    return this.#limited(options.signal, async (signal, session) => {
      const query = await parseText({ session, texts }, text);
      const parts = this.#planParts({ view: options.view, signal, session });
      const { sql } = await planQuery({ query, declared: [], previous: null }, parts);
      try {
        const [row] = await session.runAll(`COPY (${sql}) TO ${literal(options.path)} (${COPY_FORMS[options.format]})`);
        return { rows: Number(row?.Count ?? 0) };
      } catch (failure) {
        throw engineFailure(failure, query);
      }
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { connection, onClose } = this.#parts;
    connection.interrupt();
    await this.#last.catch(() => undefined);
    connection.closeSync();
    onClose();
  }

  #prepared(made: {
    readonly query: ParsedQuery;
    readonly declared: readonly number[];
    readonly plan: QueryPlan;
  }): PreparedQuery {
    const { query, declared, plan } = made;
    const told = Array.from({ length: query.parameterCount }, (_, index) =>
      toldType(plan.foundTypes[index] ?? plan.parameterTypes[index] ?? null, declared[index] ?? 0),
    );
    const fields = plan.names.map((name, index): ResultField => {
      const type = plan.types[index];
      return { name, ...(type === undefined ? TEXT : pgTypeOf(type)) };
    });
    return {
      parameterTypes: told,
      fields,
      run: ({ view, parameters, signal: asked }) =>
        this.#limited(asked, async (signal, session) => {
          const parts = this.#planParts({ view, signal, session });
          const current = await planQuery({ query, declared, previous: plan }, parts);
          checkFields(current, fields);
          const values = await this.#values(parameters, { plan: current, told, session: parts });
          return this.#run({ plan: current, query, values, signal });
        }),
    };
  }

  async #values(
    parameters: readonly ParameterValue[],
    {
      plan,
      told,
      session,
    }: { readonly plan: QueryPlan; readonly told: readonly number[]; readonly session: PlanParts },
  ): Promise<DuckDBValue[]> {
    if (parameters.length < told.length) {
      throw queryFault(
        sqlStates.unknownParameter,
        `the query takes ${told.length} parameters, not ${parameters.length}`,
      );
    }
    const values: DuckDBValue[] = [];
    for (const [index, oid] of told.entries()) {
      const parameter = parameters[index];
      const type = plan.parameterTypes[index] ?? null;
      if (parameter === undefined || type === null) values.push(null);
      else {
        const target = { oid, type, number: index + 1 };
        values.push(await decodeParameter(parameter, target, (text, sqlType) => castText(session, text, sqlType)));
      }
    }
    return values;
  }

  async #run(work: {
    readonly plan: QueryPlan;
    readonly query: ParsedQuery;
    readonly values: readonly DuckDBValue[];
    readonly signal: AbortSignal;
  }): Promise<QueryRows> {
    const { plan, query, signal } = work;
    const { connection, limits } = this.#parts;
    const style = this.#style();
    try {
      if (plan.isSmall) {
        const statement = plan.statement ?? (await prepareText(plan.sql, query, { connection, signal }));
        bind(statement, plan.parameterTypes, work.values);
        const result = await interruptible({ connection, signal }, () => statement.run());
        if (result.rowCount > limits.rowsMax) throw tooManyRows(limits);
        return new HeldRows({ result, types: plan.types, style, rowCount: result.rowCount, tables: plan.tables });
      }
      return await this.#store(work, style);
    } catch (failure) {
      throw engineFailure(failure, query);
    }
  }

  /** A result of any size is put at rest where the engine's limits of memory and disk hold for it. */
  async #store(
    {
      plan,
      query,
      values,
      signal,
    }: {
      readonly plan: QueryPlan;
      readonly query: ParsedQuery;
      readonly values: readonly DuckDBValue[];
      readonly signal: AbortSignal;
    },
    style: TextStyle,
  ): Promise<QueryRows> {
    const { connection, limits, newTable } = this.#parts;
    const table = `temp.main.${ident(newTable())}`;
    const columns = plan.types.map((_, index) => `c${index}`).join(', ');
    const sql = `CREATE TEMP TABLE ${table} AS SELECT * FROM (${plan.sql}) AS result(${columns}) LIMIT ${limits.rowsMax + 1}`;
    const statement = await prepareText(sql, query, { connection, signal });
    try {
      bind(statement, plan.parameterTypes, values);
      const made = await interruptible({ connection, signal }, () => statement.run());
      const [[count] = []] = await made.getRowsJson();
      const rows = new StoredRows({
        connection,
        table,
        types: plan.types,
        style,
        rowCount: Number(count),
        tables: plan.tables,
      });
      if (rows.rowCount > limits.rowsMax) {
        await rows.close();
        throw tooManyRows(limits);
      }
      return inTurn(rows, work => this.#inTurn(work));
    } finally {
      statement.destroySync();
    }
  }

  #style(): TextStyle {
    const setting = (name: string) => [...this.#settings].find(([key]) => key.toLowerCase() === name)?.[1];
    const digits = Number(setting('extra_float_digits') ?? 1);
    return {
      offsetAt: zoneOffsets(setting('timezone') ?? 'UTC'),
      extraFloatDigits: Number.isInteger(digits) ? digits : 1,
      isByteaEscaped: setting('bytea_output') === 'escape',
    };
  }

  #planParts(of: { readonly view: DatabaseView; readonly signal: AbortSignal; readonly session: Session }): PlanParts {
    const { connection, openCatalogue, facts, texts } = this.#parts;
    const openDoor = async (): Promise<CatalogueDoor | null> =>
      openCatalogue === null ? null : openCatalogue({ ...of, facts: { ...facts, settings: this.#settings } });
    return { ...of, connection, texts, asOf: this.asOf, openDoor };
  }

  /** Work within the time that a query may take, when those before it are done. */
  #limited<T>(asked: AbortSignal, work: (signal: AbortSignal, session: Session) => Promise<T>): Promise<T> {
    const { connection, limits, stuck } = this.#parts;
    return this.#inTurn(async () => {
      asked.throwIfAborted();
      const late = AbortSignal.timeout(limits.timeoutMs);
      const signal = AbortSignal.any([asked, late]);
      try {
        return await toldWhenStuck(() => work(signal, sessionOn(connection, signal)), { signal, stuck });
      } catch (failure) {
        asked.throwIfAborted();
        if (late.aborted) throw new Fault('sql/timeout', { seconds: limits.timeoutMs / 1_000 }, { cause: failure });
        throw failure;
      }
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(
      () => this.#begin(work),
      () => this.#begin(work),
    );
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #begin<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Fault('service/stopped', { reason: 'the session is closed' });
    return work();
  }
}

const DECIMAL = DuckDBTypeId.DECIMAL;
const TEXT = { typeOid: oids.text, typeSize: -1, typeModifier: -1 };

/** A statement's fields were told to the client: a table that has other columns by now cannot answer it. */
function checkFields(plan: QueryPlan, fields: readonly ResultField[]): void {
  const isSame =
    plan.types.length === fields.length &&
    plan.types.every((type, index) => pgTypeOf(type).typeOid === fields[index]?.typeOid);
  if (!isSame) throw queryFault(sqlStates.unsupported, 'cached plan must not change result type');
}

function bind(
  statement: DuckDBPreparedStatement,
  types: readonly (DuckDBType | null)[],
  values: readonly DuckDBValue[],
): void {
  for (const [index, value] of values.entries()) {
    const type = types[index] ?? null;
    if (type === null) continue;
    if (value === null) statement.bindNull(index + 1);
    // A decimal has the scale of its own value.
    else if (type.typeId === DECIMAL) statement.bindValue(index + 1, value);
    else statement.bindValue(index + 1, value, type);
  }
}

async function castText({ connection, signal }: PlanParts, text: string, sqlType: string): Promise<DuckDBValue> {
  const sql = `SELECT TRY_CAST($1 AS ${sqlType})`;
  const result = await interruptible({ connection, signal }, () => connection.runAndReadAll(sql, [text]));
  return result.getRows()[0]?.[0] ?? null;
}

function tooManyRows({ rowsMax }: QueryLimits): Fault {
  return new Fault('sql/rows', { max: rowsMax });
}

/** Rows are read between the session's other work, never during it. */
function inTurn(rows: StoredRows, turn: <T>(work: () => Promise<T>) => Promise<T>): QueryRows {
  return {
    rowCount: rows.rowCount,
    tables: rows.tables,
    next: (max, formats) => turn(() => rows.next(max, formats)),
    close: () => turn(() => rows.close()),
  };
}
