import type { Cell } from './database.ts';
import { isoSeconds } from './seed-time.ts';
import { compact, type Maker, ownership, reference, stamps, state } from './seed-world.ts';

/** Values at the ends of what the platform allows; row n takes the n-th of each list, then by chance. */
const EXTREMES = {
  money: ['922337203685477.5807', '-922337203685477.5808', '0.0001', '-0.0001', '0.0000', '99999999999999.9999'],
  decimal: [
    '100000000000.0000000001',
    '-100000000000.0000000001',
    '0.0000000001',
    '99999999999.9999999999',
    '0.0000000000',
  ],
  bigint: ['9007199254740993', '9223372036854775807', '-9223372036854775808', '0', '-9007199254740993'],
  double: [0.1, -0.00001, 100000000000, 1e-7, 123456789.12345, 0],
  whole: [2147483647, -2147483648, 0],
  day: ['1753-01-01', '9999-12-31', '2000-02-29', '1900-01-01', '1970-01-01'],
  moment: ['1753-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2024-12-31T23:59:59Z', '2025-03-30T01:30:00Z'],
  colours: [[], [1], [1, 2], [1, 2, 3, 4, 5], [5]],
  choice: [100000000, 100000001, 100000002, 100000003, 2147483647],
} as const satisfies Record<string, readonly Cell[]>;

const everything: Maker = (world, { id, atMs, index }) => {
  const { random, texts } = world;
  const at = <T>(list: readonly T[]): T | null => {
    if (index < 12) return list[index % list.length] ?? null;
    return random.chance(0.8) ? random.pick(list) : null;
  };
  const money = at(EXTREMES.money);
  const hasPicture = random.chance(0.1);
  return [
    {
      table: 'lake_everything',
      row: compact({
        lake_everythingid: id,
        lake_name: texts.sentence(850),
        lake_text: random.chance(0.1) ? 'ä'.repeat(4000) : texts.paragraph(4000),
        lake_memo: random.chance(0.02) ? texts.paragraph(2000).repeat(40) : texts.paragraph(100_000),
        lake_money: money,
        lake_money_base: money,
        lake_decimal: at(EXTREMES.decimal),
        lake_bignumber: at(EXTREMES.bigint),
        lake_double: at(EXTREMES.double),
        lake_whole: at(EXTREMES.whole),
        lake_birthday: at(EXTREMES.day),
        lake_local: at(EXTREMES.moment),
        lake_wall: at(EXTREMES.moment),
        lake_colours: at(EXTREMES.colours),
        lake_globalcolour: random.chance(0.5) ? random.between(1, 5) : null,
        lake_choice: at(EXTREMES.choice),
        lake_flag: at([true, false, null]),
        lake_customer: reference(world, 'account', 'contact'),
        lake_anyparent: reference(world, 'account', 'contact', 'lake_everything'),
        lake_table: 'account',
        lake_document: random.chance(0.2) ? random.guid() : null,
        lake_pictureid: hasPicture ? random.guid() : null,
        lake_picture: hasPicture ? TINY_IMAGE : null,
        lake_iscustomizable: random.chance(0.5),
        lake_doubledamount: random.chance(0.5) ? '84.0000' : null,
        lake_rolledup: random.below(100),
        transactioncurrencyid:
          money === null ? null : { table: 'transactioncurrency', id: world.currencies[0]?.id ?? '' },
        exchangerate: money === null ? null : '1.000000000000',
        ...stamps(world, atMs),
        ...ownership(world),
        ...state(world, { closedShare: 0.1, open: [0, 1], closed: [1, 2] }),
      }),
    },
  ];
};

/** A GIF of one pixel. */
const TINY_IMAGE = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

const untracked: Maker = (world, { id, atMs }) => [
  {
    table: 'lake_untracked',
    row: compact({
      lake_untrackedid: id,
      lake_code: `U-${id.slice(0, 13)}`,
      lake_name: world.texts.sentence(100),
      lake_score: world.random.between(-1000, 1000),
      ...stamps(world, atMs),
      ...state(world, { closedShare: 0.1, open: [0, 1], closed: [1, 2] }),
    }),
  },
];

/** Some rows lie in the partition of a device, the others each in one of their own. */
const reading: Maker = (world, { id, atMs }) => [
  {
    table: 'lake_reading',
    row: compact({
      lake_readingid: id,
      partitionid: world.random.chance(0.7) ? `device-${world.random.between(1, 5)}` : id,
      lake_name: world.texts.sentence(100),
      lake_value: world.random.between(-1000, 1000) / 8,
      lake_measured: isoSeconds(atMs),
      lake_payload: JSON.stringify({ volts: world.random.between(0, 5) }),
      ...stamps(world, atMs),
      ...ownership(world),
      ...state(world, { closedShare: 0.1, open: [0, 1], closed: [1, 2] }),
    }),
  },
];

export const everythingMakers: Readonly<Record<string, Maker>> = {
  lake_everything: everything,
  lake_untracked: untracked,
  lake_reading: reading,
};
