import { column } from '../test/kit/batch-fixtures.ts';
import { createdSql, idSql, type MadeColumn, type MadeTable } from './sql-lake.ts';

const MONTHS = 60;

interface Counts {
  readonly accounts: number;
  readonly contacts: number;
  readonly opportunities: number;
}

/** Accounts, contacts and opportunities as 1 : 3 : 5, over five years; each contact has its account, each opportunity both. */
export function businessTables(opportunities: number): readonly MadeTable[] {
  const counts = { accounts: opportunities / 5, contacts: (opportunities * 3) / 5, opportunities };
  return [accountTable(counts), contactTable(counts), opportunityTable(counts)];
}

function accountTable({ accounts: rows }: Counts): MadeTable {
  const size = { rows, months: MONTHS };
  return {
    name: 'account',
    primaryId: 'accountid',
    ...size,
    columns: [
      text('name', `if(changed, 'Changed account ', 'Account number ') || n`),
      { column: column('description', 'memo'), sql: memo },
      { column: column('statecode', 'state'), sql: 'n % 2' },
      { column: column('industrycode', 'choice'), sql: 'hash(n) % 40' },
      owner,
      money('revenue'),
      { column: column('numberofemployees', 'integer'), sql: '(hash(n) % 5000)::INTEGER' },
      text('telephone1', `'+45 ' || (hash(n) % 90000000 + 10000000)`),
      text('address1_city', `'City ' || (hash(n) % 800)`),
      ...dates(size),
    ],
  };
}

function contactTable({ accounts, contacts: rows }: Counts): MadeTable {
  const size = { rows, months: MONTHS };
  return {
    name: 'contact',
    primaryId: 'contactid',
    ...size,
    columns: [
      text('fullname', `if(changed, 'Changed person ', 'Person ') || n`),
      text('emailaddress1', `'person.' || n || '@example.com'`),
      { column: column('statecode', 'state'), sql: 'n % 2' },
      { column: column('gendercode', 'choice'), sql: '1 + n % 2' },
      {
        column: column('parentcustomerid', 'customer'),
        sql: idSql('account', accountOf('n', accounts)),
        entityType: `'account'`,
      },
      owner,
      ...dates(size),
    ],
  };
}

function opportunityTable({ accounts, contacts, opportunities: rows }: Counts): MadeTable {
  const size = { rows, months: MONTHS };
  const contact = `((n * 13) % ${contacts})`;
  return {
    name: 'opportunity',
    primaryId: 'opportunityid',
    ...size,
    columns: [
      text('name', `if(changed, 'Changed deal ', 'Deal ') || n`),
      { column: column('description', 'memo'), sql: memo },
      { column: column('statecode', 'state'), sql: 'hash(n) % 3' },
      { column: column('statuscode', 'status'), sql: '1 + hash(n) % 5' },
      {
        column: column('parentaccountid', 'lookup'),
        sql: idSql('account', accountOf(contact, accounts)),
        entityType: `'account'`,
      },
      { column: column('parentcontactid', 'lookup'), sql: idSql('contact', contact), entityType: `'contact'` },
      owner,
      money('estimatedvalue'),
      { column: column('estimatedclosedate', 'dateonly'), sql: `DATE '2020-01-01' + (n % 2000)::INTEGER` },
      ...dates(size),
    ],
  };
}

function accountOf(contact: string, accounts: number): string {
  return `((${contact}) * 7) % ${accounts}`;
}

/** One table of 20 columns in the lake, over ten years. */
export function wideTable(name: string, rows: number): MadeTable {
  const size = { rows, months: 120 };
  return {
    name,
    primaryId: `${name}id`,
    ...size,
    columns: [
      text('name', `'Row number ' || n`),
      { column: column('description', 'memo'), sql: memo },
      { column: column('statecode', 'state'), sql: 'n % 2' },
      { column: column('statuscode', 'status'), sql: '1 + hash(n) % 5' },
      { column: column('industrycode', 'choice'), sql: 'hash(n) % 40' },
      { column: column('donotemail', 'boolean'), sql: 'n % 3 = 0' },
      owner,
      money('revenue'),
      { column: column('numberofemployees', 'integer'), sql: '(hash(n) % 5000)::INTEGER' },
      text('telephone1', `'+45 ' || (hash(n) % 90000000 + 10000000)`),
      text('address1_city', `'City ' || (hash(n) % 800)`),
      { column: column('lastusedincampaign', 'dateonly'), sql: `DATE '2015-01-01' + (n % 3000)::INTEGER` },
      ...dates(size),
    ],
  };
}

const memo = `'Notes on the renewal of ' || hash(n) || ': ' || md5(n::VARCHAR) || ' was seen by ' || md5((n + 1)::VARCHAR)`;

const owner: MadeColumn = {
  column: column('ownerid', 'owner'),
  sql: idSql('systemuser', 'n % 100'),
  entityType: `'systemuser'`,
};

function text(name: string, sql: string): MadeColumn {
  return { column: column(name, 'string', { maxLength: 200 }), sql };
}

function money(name: string): MadeColumn {
  return {
    column: column(name, 'money', { precision: 4 }),
    sql: '(hash(n) % 100000000)::DECIMAL(18,4) / 100 + if(changed, 1, 0)',
  };
}

function dates(size: Pick<MadeTable, 'rows' | 'months'>): MadeColumn[] {
  return [
    { column: column('createdon', 'datetime'), sql: createdSql(size) },
    { column: column('modifiedon', 'datetime'), sql: createdSql(size) },
  ];
}
