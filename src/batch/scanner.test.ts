import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guid } from '../../test/kit/batch-fixtures.ts';
import { RowScanner } from './row-scanner.ts';
import { holdsNul, LineFile, mendNul, scanPage } from './scanner.ts';

const signal = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lakelink-scan-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Lines in memory. */
class Lines {
  bytes = Buffer.alloc(0);
  get position(): number {
    return this.bytes.length;
  }
  write(bytes: Buffer, from: number, to: number): void {
    this.bytes = Buffer.concat([this.bytes, bytes.subarray(from, to)]);
  }
  rewind(position: number): void {
    this.bytes = this.bytes.subarray(0, position);
  }
}

function scan(page: string | Buffer, { pieceBytes = 1_000_000, rowBytesMax = 1_000_000 } = {}) {
  const out = new Lines();
  const scanner = new RowScanner({ idProperty: 'accountid', rowBytesMax, out });
  const bytes = Buffer.from(page);
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.push(bytes.subarray(at, at + pieceBytes));
  const whole = scanner.end();
  const { rows, repaired, aside, longestRowBytes } = scanner;
  return { whole, lines: out.bytes.toString('utf8'), rows, repaired, aside, longestRowBytes };
}

test('numbers of a row keep their own digits; numbers inside objects stay as they are', () => {
  const page = '[{"a":1.10,"b":-1E+2,"c":{"d":1.50},"e":[2.50],"f":null,"g":true,"h":12345678901234567890}]';
  expect(scan(page).lines).toBe(
    '{"a":"1.10","b":"-1E+2","c":{"d":1.50},"e":[2.50],"f":null,"g":true,"h":"12345678901234567890"}\n',
  );
});

test('any page of JSON comes out as the same rows, one a line, however it is cut into chunks', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const rowsOf = fc.array(fc.dictionary(fc.string({ unit: 'binary', maxLength: 5 }), value, { maxKeys: 5 }), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(rowsOf, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 2 }), (rows, pieceBytes, indent) => {
      const wellFormed: Record<string, unknown>[] = JSON.parse(
        JSON.stringify(rows).replace(/\\ud[89ab][0-9a-f]{2}|\\ud[c-f][0-9a-f]{2}|\\u0000/g, '-'),
      );
      const result = scan(JSON.stringify(wellFormed, null, indent), { pieceBytes });
      expect(result).toMatchObject({ whole: true, repaired: 0, aside: [], rows: wellFormed.length });
      const lines = result.lines
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line));
      expect(lines).toEqual(wellFormed.map(withTextNumbers));
    }),
  );
});

function withTextNumbers(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([key, value]) => [
    key,
    typeof value === 'number' ? JSON.stringify(value) : value,
  ]);
  return Object.fromEntries(entries);
}

test('broken text becomes U+FFFD as a standard decoder does it, counted by value, in any chunks', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 20 }), (noise, pieceBytes) => {
      const text = Buffer.from(noise.map(byte => (byte < 0x20 || byte === 0x22 || byte === 0x5c ? 0x61 : byte)));
      const page = Buffer.concat([Buffer.from('[{"a":"'), text, Buffer.from('"}]')]);
      const { lines, repaired } = scan(page, { pieceBytes });
      const decoded = new TextDecoder().decode(text);
      expect(JSON.parse(lines)).toEqual({ a: decoded });
      expect(repaired).toBe(Buffer.from(decoded).equals(text) ? 0 : 1);
    }),
    { numRuns: 500 },
  );
});

test('lone surrogates and NUL become U+FFFD; pairs and other escapes stay', () => {
  const page =
    '[{"a":"\\ud800","b":"x\\udc00\\ud83d\\ude80","c":"\\ud83d\\ude80\\n\\u0001","d":"\\u0000\\ud800\\u0000","e":"\\ud800\\ud800z"}]';
  for (const pieceBytes of [1, 5, 1000]) {
    const { lines, repaired } = scan(page, { pieceBytes });
    expect(JSON.parse(lines)).toEqual({
      a: '\ufffd',
      b: 'x\ufffd🚀',
      c: '🚀\n\u0001',
      d: '\ufffd\ufffd\ufffd',
      e: '\ufffd\ufffdz',
    });
    expect(repaired).toBe(4);
  }
});

test('a bare control character is written as its escape', () => {
  expect(JSON.parse(scan('[{"a":"x\ny\tz"}]').lines)).toEqual({ a: 'x\ny\tz' });
});

test('a broken row is set aside with its id, and the rows around it arrive', () => {
  const good = (n: number) => `{"accountid":"${guid(n)}","a":1}`;
  const broken = [
    `{"accountid":"${guid(7)}","a":tru}`,
    `{"accountid":"${guid(7)}","a":01}`,
    `{"accountid":"${guid(7)}","a":1,"a":2}`,
    `{"accountid":"${guid(7)}","a":"\\x"}`,
    `{"accountid":"${guid(7)}" "a":1}`,
    `{"accountid":"${guid(7)}","a":{"b":1e999}}`,
    `{"accountid":"${guid(7)}",}`,
    `{"a":[1,],"accountid":"${guid(7)}"}`,
  ];
  for (const row of broken) {
    for (const pieceBytes of [1, 3, 1000]) {
      const { whole, lines, aside } = scan(`[${good(1)},${row},${good(2)}]`, { pieceBytes });
      expect([whole, lines.split('\n').length - 1], row).toEqual([true, 2]);
      const late = row.startsWith('{"a":[1,]');
      expect(
        aside.map(({ id }) => id),
        row,
      ).toEqual([late ? '#1' : guid(7)]);
      expect(`[${good(1)},${row},${good(2)}]`.slice(aside[0]?.start, aside[0]?.end)).toBe(row);
    }
  }
});

test('entries that are no objects are set aside by position; a deleted row names its id', () => {
  const { aside, rows } = scan(`[1,null,"a,]b",[1,{"x":2}],{"id":"${guid(3)}","reason":x},{}]`);
  expect(aside.map(({ id }) => id)).toEqual(['#0', '#1', '#2', '#3', guid(3)]);
  expect(rows).toBe(1);
});

test('an array that does not close, or closes the wrong way, is no page: no row is guessed', () => {
  const pages = [
    '',
    '[',
    '[{}',
    '[{"a":"',
    '[{"a":1]',
    '[{"a":[}',
    '[{}],',
    '[{}]x',
    '[,{}]',
    '[{},]',
    '{}',
    '[{} {}]',
    '[{"a":tru',
  ];
  for (const page of pages) expect(scan(page).whole, page).toBe(false);
  for (const page of ['[]', ' [ ] ', '[{}]\n']) expect(scan(page).whole, page).toBe(true);
});

test('a row above the limit is set aside and taken back from the file, also when it was partly written', async () => {
  const path = join(folder, 'page.json');
  const long = `{"accountid":"${guid(7)}","a":"${'x'.repeat(3_000_000)}"}`;
  await writeFile(path, `[{"a":"1"},${long},{"a":"2"}]`);
  const request = {
    path,
    linesPath: join(folder, 'lines'),
    quarantinePath: join(folder, 'quarantine'),
    idProperty: 'accountid',
    signal,
  };
  const result = await scanPage({ ...request, rowBytesMax: 2_000_000 });
  expect(result).toMatchObject({ rows: 2, quarantined: [guid(7)] });
  expect(await readFile(request.linesPath, 'utf8')).toBe('{"a":"1"}\n{"a":"2"}\n');
  expect(await readFile(request.quarantinePath, 'utf8')).toBe(`${long}\n`);
});

test('lines can be taken back to any earlier position', async () => {
  const path = join(folder, 'lines');
  const file = new LineFile(await open(path, 'wx'));
  file.write(Buffer.from('abcdef'), 0, 6);
  await file.flush();
  file.write(Buffer.from('ghi'), 0, 3);
  file.rewind(3);
  expect(file.position).toBe(3);
  file.write(Buffer.from('XYZ'), 1, 3);
  await file.flush();
  await file.close();
  expect(await readFile(path, 'utf8')).toBe('abcYZ');
});

test('a NUL escape is seen also across chunks', async () => {
  const path = join(folder, 'page.json');
  for (const before of [0, 256 * 1024 - 3, 256 * 1024 - 1, 256 * 1024]) {
    await writeFile(path, `${'x'.repeat(before)}\\u0000 ${'y'.repeat(1000)}`);
    expect(await holdsNul(path, signal)).toBe(true);
  }
  await writeFile(path, 'x'.repeat(600_000));
  expect(await holdsNul(path, signal)).toBe(false);
});

test('a page whose only oddity is NUL is mended as the careful way mends it, with the same count', async () => {
  const text = fc
    .array(fc.constantFrom('\u0000', '\\', '"', 'u0000', '\\u0000', 'é', '\n', ',', 'x'), { maxLength: 8 })
    .map(parts => parts.join(''));
  const rows = fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), text), { minLength: 1, maxLength: 4 });
  let made = 0;
  await fc.assert(
    fc.asyncProperty(rows, async rows => {
      made += 1;
      const page = JSON.stringify(rows);
      const [path, target] = [join(folder, `${made}.json`), join(folder, `${made}.mended.json`)];
      await writeFile(path, page);
      const texts = await mendNul({ path, target });
      const careful = scan(page);
      expect(texts).toBe(careful.repaired);
      const mended: unknown[] = JSON.parse(await readFile(target, 'utf8'));
      expect(mended.map(row => `${JSON.stringify(row)}\n`).join('')).toBe(linesOf(careful.lines));
    }),
    { numRuns: 60 },
  );
});

/** The same rows as JSON.stringify writes them. */
function linesOf(lines: string): string {
  return lines.replace(/.+\n/g, line => `${JSON.stringify(JSON.parse(line))}\n`);
}
