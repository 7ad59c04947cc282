import type { Cell, Reference, Row } from './database.ts';
import type { Random } from './seed-random.ts';
import { changedAt, isoSeconds } from './seed-time.ts';
import type { Texts } from './text.ts';

/** A row and the table it goes to. */
export interface Made {
  readonly table: string;
  readonly row: Row;
}

export interface Currency {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly symbol: string;
  /** Units of this currency for one of the base currency, in ten-thousandths. */
  readonly rateTenThousandths: bigint;
}

/** What a row is made from: chance, texts and the rows that already are (or will be) there. */
export interface World {
  readonly random: Random;
  readonly texts: Texts;
  readonly endMs: number;
  readonly organizationId: string;
  readonly rootBusinessUnitId: string;
  readonly currencies: readonly Currency[];
  /** The id of some row of the table; null when it has none. */
  pick(table: string): string | null;
}

/** Makes the row (or rows, for an activity) of one id, as if created at `atMs`. `index` counts within the table. */
export type Maker = (
  world: World,
  given: { readonly id: string; readonly atMs: number; readonly index: number },
) => readonly Made[];

/** A lookup to some row of one of the tables; null when none has rows. */
export function reference(world: World, ...tables: readonly string[]): Reference | null {
  const table = world.random.pick(tables);
  const id = world.pick(table);
  return id === null ? null : { table, id };
}

/** When and by whom a row was made and last changed. */
export function stamps(world: World, atMs: number): Record<string, Cell> {
  const createdby = reference(world, 'systemuser');
  return {
    createdon: isoSeconds(atMs),
    createdby,
    modifiedon: isoSeconds(changedAt(world.random, { fromMs: atMs, endMs: world.endMs })),
    modifiedby: world.random.chance(0.6) ? createdby : reference(world, 'systemuser'),
    ...(world.random.chance(0.03) ? { createdonbehalfby: reference(world, 'systemuser') } : {}),
  };
}

/** The owner, a user far more often than a team, and the columns that follow from it. */
export function ownership(world: World): Record<string, Cell> {
  const owner = reference(world, world.random.chance(0.9) ? 'systemuser' : 'team');
  if (owner === null) return {};
  return {
    ownerid: owner,
    owningbusinessunit: { table: 'businessunit', id: world.pick('businessunit') ?? world.rootBusinessUnitId },
    ...(owner.table === 'team' ? { owningteam: owner } : { owninguser: owner }),
  };
}

/** Open mostly, closed in the share given; the first status of each state is its usual one. */
export function state(
  world: World,
  { closedShare, open, closed }: { readonly closedShare: number; readonly open: Status; readonly closed: Status },
): Record<string, Cell> {
  const [statecode, statuscode] = world.random.chance(closedShare) ? closed : open;
  return { statecode, statuscode };
}

export type Status = readonly [state: number, status: number];

/**
 * Money of these columns in one currency, in text of exactly four digits, with `_base`. The base amount is the amount
 * divided by the exchange rate, rounded half up.
 */
export function money(world: World, amounts: Readonly<Record<string, bigint | null>>): Record<string, Cell> {
  const currency = world.random.chance(0.7) ? world.currencies[0] : world.random.pick(world.currencies);
  if (currency === undefined) return {};
  const cells: Record<string, Cell> = {
    transactioncurrencyid: { table: 'transactioncurrency', id: currency.id },
    exchangerate: `${fourDigits(currency.rateTenThousandths)}00000000`,
  };
  for (const [column, amount] of Object.entries(amounts)) {
    if (amount === null) continue;
    cells[column] = fourDigits(amount);
    cells[`${column}_base`] = fourDigits(divideHalfUp(amount * 10_000n, currency.rateTenThousandths));
  }
  return cells;
}

/** An amount of money in ten-thousandths, whole cents most of the time, skewed to small ones. */
export function amount(random: Random, most: number): bigint {
  const units = Math.floor(random.next() ** 3 * most);
  const fraction = random.chance(0.9) ? random.below(100) * 100 : random.below(10_000);
  return BigInt(units) * 10_000n + BigInt(fraction);
}

/** Ten-thousandths as a plain decimal of four digits. */
export function fourDigits(tenThousandths: bigint): string {
  const digits = (tenThousandths < 0n ? -tenThousandths : tenThousandths).toString().padStart(5, '0');
  return `${tenThousandths < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const twice = dividend * 2n + (dividend < 0n ? -divisor : divisor);
  return twice / (divisor * 2n);
}

/** The row without its null cells. */
export function compact(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== null));
}
