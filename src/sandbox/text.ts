import type { Random } from './seed-random.ts';
import { type Words, words } from './text-words.ts';

/** Texts that readers of CSV, JSON and SQL stumble over; each stays exactly as it is through the lake. */
const HOSTILE: readonly string[] = [
  'He said "quote" twice: ""',
  'comma, comma,, and semicolon;',
  'line feed\nsecond line',
  'carriage return\rsecond line',
  'both\r\nand again\r\n',
  'ends in a backslash\\',
  '"\\',
  '\\N',
  'line separator\u2028paragraph separator\u2029end',
  'tab\there\tand there',
  "=cmd|'/C calc'!A0",
  '+1+1',
  '@SUM(A1:A9)',
  '',
  ' ',
  ' leading and trailing ',
  'null',
  'NULL',
  'true',
  '0012',
  '1E+2',
  '2024-02-30T00:00:00Z',
  "Robert'); DROP TABLE contact;--",
  '<script>alert("x")</script> &amp; ]]>',
  '{"json": [1, "two", null]}',
  '%s %d \u0024{x} {{y}} $1',
  '\ufeffbyte order mark',
  'right to left \u202eoverride',
  'bell \u0007 and escape \u001b[31m',
  ',,,\n"",""\n',
  '🎉,"😀"\r\n',
  '\u00a0no-break\u3000wide',
];

/** NUL is rarer than the others: some readers of the lake cannot hold it at all. */
const NUL = 'NUL\u0000inside';
const NUL_SHARE = 1 / 60;

/** Makes names and sentences in several scripts, a share of them hostile. */
export class Texts {
  readonly #random: Random;
  readonly #hostileShare: number;

  constructor(random: Random, { hostileShare }: { readonly hostileShare: number }) {
    this.#random = random;
    this.#hostileShare = hostileShare;
  }

  /** The words of one script; Latin ones for more than half of the rows. */
  words(): Words {
    return words[this.#random.chance(0.55) ? 0 : this.#random.below(words.length)] ?? firstWords;
  }

  /** The text, or in the hostile share of cases one of the hostile texts; never longer than `maxLength`. */
  given(text: string, maxLength: number): string {
    if (!this.#random.chance(this.#hostileShare)) return cut(text, maxLength);
    if (this.#random.chance(NUL_SHARE)) return cut(NUL, maxLength);
    const hostile = this.#random.pick(HOSTILE);
    return cut(hostile === '' || this.#random.chance(0.5) ? hostile : `${text}${hostile}`, maxLength);
  }

  sentence(maxLength: number): string {
    return this.given(this.#random.pick(this.words().sentences), maxLength);
  }

  /** Several sentences, now and then a long text. */
  paragraph(maxLength: number): string {
    const count = this.#random.chance(0.02) ? 60 : 1 + this.#random.below(4);
    return this.given(
      Array.from({ length: count }, () => this.#random.pick(this.words().sentences)).join(' '),
      maxLength,
    );
  }

  company(maxLength: number): string {
    const ending = this.#random.pick(['Ltd', 'GmbH', 'Inc.', 'S.A.', 'K.K.', 'AB', 'Group']);
    return this.given(
      `${this.#random.pick(this.words().companies)} ${ending} ${this.#random.between(1, 9999)}`,
      maxLength,
    );
  }
}

const firstWords: Words = {
  first: ['Anna'],
  last: ['Baker'],
  cities: ['Seattle'],
  country: 'United States',
  companies: ['Northwind'],
  sentences: ['-'],
};

/** The first `maxLength` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength);
}
