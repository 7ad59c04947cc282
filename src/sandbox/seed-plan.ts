/** How many rows each table gets, and over how many years; in the order in which they are written. */
export interface TablePlan {
  readonly table: string;
  readonly rows: number;
  readonly years: number;
}

/** Share of the rows that is left after the small tables, and age of the table in years. */
const SHARES: readonly (readonly [table: string, share: number, years: number])[] = [
  ['account', 0.07, 10],
  ['contact', 0.15, 10],
  ['lead', 0.05, 9],
  ['opportunity', 0.05, 9],
  ['incident', 0.07, 6],
  ['contactleads', 0.02, 5],
  ['lake_everything', 0.03, 2],
  ['lake_untracked', 0.01, 1],
  ['lake_reading', 0.005, 1],
];

/** Shares of the activities; each brings a row in `activitypointer` and one or two parties. */
const ACTIVITY_SHARES: readonly (readonly [table: string, share: number])[] = [
  ['task', 0.045],
  ['email', 0.055],
  ['phonecall', 0.02],
  ['appointment', 0.02],
];

const ACTIVITY_YEARS = 8;

/** The fewest rows an environment can have: the small tables, and at least one row in the others. */
export const ROWS_LEAST = 120;

/**
 * Spreads `rows` over the tables: more contacts than accounts, many activities. `annotation` takes what is left, so
 * that the total over all tables is exactly `rows` (`ROWS_LEAST` at least).
 */
export function planRows({ rows }: { readonly rows: number }): TablePlan[] {
  const total = Math.max(ROWS_LEAST, Math.floor(rows));
  const scaled = (share: number, least: number, most: number) =>
    Math.max(least, Math.min(most, Math.round(total * share)));
  const users = scaled(0.004, 8, 400);
  const small: TablePlan[] = [
    { table: 'businessunit', rows: scaled(0.0005, 3, 30), years: 10 },
    { table: 'transactioncurrency', rows: 5, years: 10 },
    { table: 'role', rows: 5, years: 10 },
    { table: 'systemuser', rows: users, years: 10 },
    { table: 'team', rows: scaled(0.001, 3, 60), years: 8 },
    { table: 'systemuserroles', rows: Math.floor(users * 1.5), years: 10 },
    { table: 'product', rows: scaled(0.005, 5, 2000), years: 10 },
    { table: 'campaign', rows: scaled(0.002, 3, 200), years: 7 },
  ];
  const left = total - sumOf(small);
  const large = SHARES.map(([table, share, years]) => ({ table, rows: Math.max(1, Math.floor(left * share)), years }));
  const activities = ACTIVITY_SHARES.map(([table, share]) => ({
    table,
    rows: Math.max(1, Math.floor(left * share)),
    years: ACTIVITY_YEARS,
  }));
  const written = sumOf(large) + activities.reduce((sum, plan) => sum + activityRows(plan.rows), 0);
  return [...small, ...large, ...activities, { table: 'annotation', rows: left - written, years: ACTIVITY_YEARS }];
}

/** All rows that so many activities bring: themselves, their pointers, and one and two parties in turn. */
export function activityRows(activities: number): number {
  return activities * 3 + Math.floor(activities / 2);
}

function sumOf(plans: readonly TablePlan[]): number {
  return plans.reduce((sum, plan) => sum + plan.rows, 0);
}
