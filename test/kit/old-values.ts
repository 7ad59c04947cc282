import type { ColumnKind } from '../../src/core/shape.ts';
import { guid } from './batch-fixtures.ts';

/**
 * What becomes of a value when its column changes its type, until its row is read again: what it is in words, SQL of the
 * value as it is held, the kind of the column now (a text of at most 40 characters), and the engine's text of what shows.
 */
export const oldValues: readonly (readonly [string, string, ColumnKind, string | null])[] = [
  ['a whole number in a bigint', '7::INTEGER', 'bigint', '7'],
  ['a whole number in a decimal', '7::INTEGER', 'decimal', '7.0000000000'],
  ['a whole number in a text', '(-7)::INTEGER', 'string', '-7'],
  ['a whole number in a double', '7::INTEGER', 'double', '7.0'],
  ['a choice in a multi-select choice', '100000001::INTEGER', 'multichoice', '100000001'],
  ['a bigint in a whole number', '7::BIGINT', 'integer', '7'],
  ['a bigint too large for a whole number', '4294967296::BIGINT', 'integer', null],
  ['a bigint that no double has', '9007199254740993::BIGINT', 'double', null],
  ['a decimal in a whole number', '7::DECIMAL(38,10)', 'integer', '7'],
  ['a decimal with places in a whole number', '7.5::DECIMAL(38,10)', 'integer', null],
  ['a decimal in a text', '1.50::DECIMAL(38,10)', 'string', '1.5'],
  ['a round decimal in a text', '100::DECIMAL(38,10)', 'string', '100'],
  ['a decimal with four places in money', '1.2345::DECIMAL(38,10)', 'money', '1.2345'],
  ['a decimal with five places in money', '1.23456::DECIMAL(38,10)', 'money', null],
  ['a double in a decimal', '0.1::DOUBLE', 'decimal', '0.1000000000'],
  ['a large double in a decimal', '1e22::DOUBLE', 'decimal', '10000000000000000000000.0000000000'],
  ['a double that is too fine for a decimal', '1e-11::DOUBLE', 'decimal', null],
  ['a double in a text', '5::DOUBLE', 'string', '5'],
  ['a boolean in a text', 'true', 'string', 'true'],
  ['a boolean in a whole number', 'true', 'integer', null],
  ['a text in a whole number', `'12'`, 'integer', '12'],
  ['a text that only looks like a whole number', `'12 '`, 'integer', null],
  ['a text that is no number', `'a dozen'`, 'integer', null],
  ['a text in a decimal', `'1.5'`, 'decimal', '1.5000000000'],
  ['a text in a boolean', `'true'`, 'boolean', 'true'],
  ['a text of yes in a boolean', `'yes'`, 'boolean', null],
  ['a date in a text', `DATE '2024-02-29'`, 'string', '2024-02-29'],
  ['a date in a moment', `DATE '2024-02-29'`, 'datetime', '2024-02-29 00:00:00+00'],
  ['a moment at midnight in a date', `TIMESTAMPTZ '2024-02-29 00:00:00+00'`, 'dateonly', '2024-02-29'],
  ['a moment in a date', `TIMESTAMPTZ '2024-02-29 12:00:00+00'`, 'dateonly', null],
  [
    'a moment in a time without a zone',
    `TIMESTAMPTZ '2024-02-29 12:00:00.5+00'`,
    'timezoneindependent',
    '2024-02-29 12:00:00.5',
  ],
  ['a moment in a text', `TIMESTAMPTZ '2024-02-29 12:00:00.25+00'`, 'string', '2024-02-29T12:00:00.25Z'],
  ['the id of a lookup in a text', `'${guid(1)}'::UUID`, 'string', null],
  ['a text of an id in a lookup', `'${guid(1)}'`, 'lookup', null],
  ['null', 'NULL::INTEGER', 'string', null],
];
