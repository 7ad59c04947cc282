import type { DatabaseEntry, RelationInfo, ResultSink, SqlCell, SqlClient } from '../../src/app/sql-client.ts';
import { Fault } from '../../src/core/fault.ts';

type Answer =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly SqlCell[])[] }
  | { readonly tag: string }
  | { readonly fault: Fault }
  /** Until it is interrupted. */
  | 'hangs';

/** A client whose answers a test writes down; what ran is kept. */
export class FakeSqlClient implements SqlClient {
  database = 'dataverse-contoso-org1';
  readonly ran: string[] = [];
  readonly answers = new Map<string, Answer>();
  /** Called when a statement begins that hangs. */
  hanging: () => void = () => {};
  isClosed = false;

  async databases(): Promise<readonly DatabaseEntry[]> {
    return ['dataverse-contoso-org1', 'dataverse-other-org2'].map((name, at) => ({
      name,
      lakePath: `/lakes/${at}`,
      link: at === 0 ? 'sales' : null,
    }));
  }

  async relations(): Promise<readonly RelationInfo[]> {
    return [
      relation('dbo', 'account', ['accountid', 'name', 'revenue']),
      relation('dbo', 'account_labels', ['accountid', 'industrycode_label']),
      relation('dbo', 'contact', ['contactid', 'fullname']),
      relation('lakelink', 'tables', ['table_name', 'rows']),
    ];
  }

  async connect(database: string): Promise<void> {
    if (!(await this.databases()).some(({ name }) => name === database)) {
      throw new Fault('sql/database-unknown', { database });
    }
    this.database = database;
  }

  async run(text: string, { sink, signal }: { sink: ResultSink; signal: AbortSignal }): Promise<void> {
    this.ran.push(text);
    const answer = this.answers.get(text) ?? { columns: ['n'], rows: [[1]] };
    if (answer === 'hangs') {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        this.hanging();
      });
    } else if ('fault' in answer) throw answer.fault;
    else if ('tag' in answer) await sink.done(answer.tag);
    else {
      const isNumber = (at: number) => answer.rows.every(row => typeof row[at] === 'number');
      await sink.columns(answer.columns.map((name, at) => ({ name, isNumber: isNumber(at) })));
      for (const row of answer.rows) await sink.rows([row]);
      await sink.done(`SELECT ${answer.rows.length}`);
    }
  }

  copy(): Promise<{ readonly rows: number }> {
    throw new Error('this client writes no files');
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function relation(schema: RelationInfo['schema'], name: string, columns: readonly string[]): RelationInfo {
  return {
    schema,
    name,
    kind: schema === 'dbo' && !name.includes('_') ? 'table' : 'view',
    columns: columns.map((column, at) => ({
      name: column,
      sqlType: at === 0 ? 'UUID' : 'VARCHAR',
      length: at === 0 ? null : 160,
      notNull: at === 0,
      comment: at === 0 ? null : `The ${column}`,
    })),
    primaryKey: columns.slice(0, 1),
    comment: null,
    rowEstimate: 1_234,
    bytes: 2_000_000,
    definition: null,
  };
}
