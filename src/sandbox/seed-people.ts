import { isoSeconds } from './seed-time.ts';
import { type Currency, compact, type Made, type Maker, reference, stamps, type World } from './seed-world.ts';

const ROLE_NAMES = [
  'System Administrator',
  'System Customizer',
  'Salesperson',
  'Sales Manager',
  'Customer Service Rep',
];

/** Code, name, symbol and rate (ten-thousandths for one of the base currency) of the currencies; the first is the base. */
export const CURRENCIES: readonly Omit<Currency, 'id'>[] = [
  { code: 'USD', name: 'US Dollar', symbol: '$', rateTenThousandths: 10_000n },
  { code: 'EUR', name: 'Euro', symbol: '€', rateTenThousandths: 9_213n },
  { code: 'GBP', name: 'Pound Sterling', symbol: '£', rateTenThousandths: 7_904n },
  { code: 'JPY', name: '円', symbol: '¥', rateTenThousandths: 1_497_251n },
  { code: 'PLN', name: 'Złoty', symbol: 'zł', rateTenThousandths: 39_871n },
];

const businessUnit: Maker = (world, { id, atMs, index }) => [
  made('businessunit', {
    businessunitid: id,
    name: index === 0 ? 'Root' : world.texts.given(`${world.random.pick(world.texts.words().cities)} ${index}`, 160),
    parentbusinessunitid: index === 0 ? null : { table: 'businessunit', id: world.rootBusinessUnitId },
    isdisabled: index > 0 && world.random.chance(0.1),
    creditlimit: index === 0 ? null : world.random.below(1_000_000) + 0.25,
    costcenter: index === 0 ? null : `CC-${1000 + index}`,
    ...stamps(world, atMs),
  }),
];

const transactionCurrency: Maker = (world, { id, atMs, index }) => {
  const currency = world.currencies[index];
  if (currency === undefined) return [];
  return [
    made('transactioncurrency', {
      transactioncurrencyid: id,
      currencyname: currency.name,
      isocurrencycode: currency.code,
      currencysymbol: currency.symbol,
      currencyprecision: currency.code === 'JPY' ? 0 : 2,
      currencytype: 0,
      exchangerate: (Number(currency.rateTenThousandths) / 10_000).toFixed(12),
      statecode: 0,
      statuscode: 1,
      ...stamps(world, atMs),
    }),
  ];
};

const role: Maker = (world, { id, atMs, index }) => [
  made('role', {
    roleid: id,
    name: ROLE_NAMES[index] ?? `Role ${index}`,
    businessunitid: { table: 'businessunit', id: world.rootBusinessUnitId },
    organizationid: world.organizationId,
    isinherited: 1,
    ismanaged: index < ROLE_NAMES.length,
    ...stamps(world, atMs),
  }),
];

const systemUser: Maker = (world, { id, atMs, index }) => {
  const words = world.texts.words();
  const firstname = world.texts.given(world.random.pick(words.first), 64);
  const lastname = world.texts.given(world.random.pick(words.last), 64);
  return [
    made('systemuser', {
      systemuserid: id,
      firstname,
      lastname,
      fullname: `${firstname} ${lastname}`,
      domainname: `user${index}@example.com`,
      internalemailaddress: `user${index}@example.com`,
      businessunitid: { table: 'businessunit', id: world.pick('businessunit') ?? world.rootBusinessUnitId },
      parentsystemuserid: index === 0 || world.random.chance(0.3) ? null : reference(world, 'systemuser'),
      isdisabled: index > 0 && world.random.chance(0.15),
      accessmode: world.random.chance(0.9) ? 0 : 4,
      jobtitle: world.random.chance(0.6) ? world.texts.given('Account manager', 100) : null,
      mobilephone: world.random.chance(0.5) ? phone(world) : null,
      azureactivedirectoryobjectid: world.random.guid(),
      organizationid: world.organizationId,
      islicensed: true,
      setupuser: false,
      ...stamps(world, atMs),
    }),
  ];
};

const team: Maker = (world, { id, atMs, index }) => [
  made('team', {
    teamid: id,
    name: world.texts.given(`${world.random.pick(world.texts.words().cities)} team ${index}`, 160),
    teamtype: world.random.chance(0.8) ? 0 : 1,
    description: world.random.chance(0.4) ? world.texts.sentence(2000) : null,
    administratorid: reference(world, 'systemuser'),
    businessunitid: { table: 'businessunit', id: world.pick('businessunit') ?? world.rootBusinessUnitId },
    organizationid: world.organizationId,
    isdefault: index === 0,
    systemmanaged: false,
    ...stamps(world, atMs),
  }),
];

const systemUserRoles: Maker = (world, { id }) => [
  made('systemuserroles', {
    systemuserroleid: id,
    systemuserid: world.pick('systemuser'),
    roleid: world.pick('role'),
  }),
];

function made(table: string, row: Made['row']): Made {
  return { table, row: compact(row) };
}

/** A telephone number, written in one of several ways. */
export function phone(world: World): string {
  const digits = world.random.between(1_000_000, 9_999_999);
  return world.random.pick([`+1 (425) ${digits}`, `0049 89 ${digits}`, `+81-3-${digits}`, `0${digits}`]);
}

/** The moment as the platform writes it, or nothing in the share given. */
export function maybeMoment(world: World, ms: number, share: number): string | null {
  return world.random.chance(share) ? isoSeconds(ms) : null;
}

export const peopleMakers: Readonly<Record<string, Maker>> = {
  businessunit: businessUnit,
  transactioncurrency: transactionCurrency,
  role,
  systemuser: systemUser,
  team,
  systemuserroles: systemUserRoles,
};
