import { Fault } from '../../core/fault.ts';

/** States of PostgreSQL that a query can fail with (documentation, appendix "PostgreSQL Error Codes"). */
export const sqlStates = {
  unsupported: '0A000',
  badText: '22P02',
  badBinary: '22P03',
  numberRange: '22003',
  badValue: '22023',
  syntax: '42601',
  denied: '42501',
  unknownColumn: '42703',
  unknownFunction: '42883',
  unknownTable: '42P01',
  unknownParameter: '42P02',
  unknownType: '42704',
  unclearType: '42P18',
  wrongType: '42804',
  badRecursion: '42P19',
  tooComplex: '54001',
} as const;

/** A failure that the query's author can mend. `position`: from 1, UTF-16 units of the author's text. */
export function queryFault(
  sqlstate: string,
  reason: string,
  { position = null, cause }: { readonly position?: number | null; readonly cause?: unknown } = {},
): Fault {
  const details = position === null ? { reason, sqlstate } : { reason, sqlstate, position };
  return new Fault('input/sql', details, cause === undefined ? {} : { cause });
}

/** Where a byte of a text's UTF-8 stands in it: from 1, in UTF-16 units. The parser's tree counts bytes. */
export function positionOfByte(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().length + 1;
}

/** Where a character (code point) of a text stands in it: from 1, in UTF-16 units. The parser's errors count characters. */
export function positionOfCharacter(text: string, index: number): number {
  let position = 0;
  for (let left = index; left > 0 && position < text.length; left -= 1) {
    position += (text.codePointAt(position) ?? 0) > 0xffff ? 2 : 1;
  }
  return position + 1;
}
