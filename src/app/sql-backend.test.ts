import { beforeEach, expect, test } from 'vitest';
import { SinkBackend } from './sql-backend.ts';
import type { ResultSink } from './sql-client.ts';

let told: string[];
let sink: ResultSink;
beforeEach(() => {
  told = [];
  sink = {
    columns: columns => void told.push(`columns ${columns.map(({ name, isNumber }) => name + (isNumber ? '#' : ''))}`),
    rows: async rows => void told.push(`rows ${JSON.stringify(rows)}`),
    done: tag => void told.push(`done ${tag}`),
    raw: text => void told.push(`raw ${text}`),
    notice: text => void told.push(`notice ${text}`),
  };
});

const field = (name: string, typeOid: number) => ({ name, typeOid, typeSize: -1, typeModifier: -1 });
const bytes = (text: string | null) => (text === null ? null : Buffer.from(text));

/** How each type's text becomes a value: exact, or as text. */
test.each([
  ['bool', 16, 't', true],
  ['bool', 16, 'f', false],
  ['int2', 21, '-7', -7],
  ['int4', 23, '2147483647', 2_147_483_647],
  ['int8', 20, '9007199254740993', '9007199254740993'],
  ['numeric', 1700, '922337203685477.5807', '922337203685477.5807'],
  ['float8', 701, '1e-07', 1e-7],
  ['float8', 701, 'NaN', 'NaN'],
  ['float8', 701, '-Infinity', '-Infinity'],
  ['text', 25, 't', 't'],
  ['timestamptz', 1184, '2026-01-01 00:00:00+00', '2026-01-01 00:00:00+00'],
  ['text', 25, null, null],
] as const)('%s %i %s is %j', async (_name, oid, text, value) => {
  const backend = new SinkBackend();
  backend.begin(sink);
  backend.rowDescription([field('v', oid)]);
  await backend.dataRows([[bytes(text)]]);
  expect(await backend.end()).toBeNull();
  expect(told.at(-1)).toBe(`rows ${JSON.stringify([[value]])}`);
});

test('what is said arrives in order, also where the sink takes its time', async () => {
  const backend = new SinkBackend();
  backend.begin(sink);
  backend.rowDescription([field('n', 20), field('t', 25)]);
  void backend.dataRows([[bytes('1'), bytes('a')]]);
  void backend.dataRows([[bytes('2'), null]]);
  backend.commandComplete('SELECT 2');
  backend.notice({ severity: 'NOTICE', sqlState: '00000', message: 'so', detail: null, hint: 'it is', position: null });
  await backend.end();
  expect(told.filter(one => !one.startsWith('notice'))).toEqual([
    'columns n#,t',
    'rows [["1","a"]]',
    'rows [["2",null]]',
    'done SELECT 2',
  ]);
  expect(told).toContain('notice so it is');
});

test('the first error of a statement is kept until the next one begins', async () => {
  const backend = new SinkBackend();
  const error = (message: string) =>
    ({ severity: 'ERROR', sqlState: '42601', message, detail: null, hint: null, position: 1 }) as const;
  backend.begin(sink);
  backend.error(error('first'));
  backend.error(error('second'));
  expect(await backend.end()).toMatchObject({ message: 'first' });
  backend.begin(sink);
  expect(await backend.end()).toBeNull();
});

test('a sink that fails is a failure of whoever sends, and of the end', async () => {
  const backend = new SinkBackend();
  backend.begin({ ...sink, rows: () => Promise.reject(new Error('full')) });
  await expect(backend.dataRows([[]])).rejects.toThrow('full');
  await expect(backend.end()).rejects.toThrow('full');
});

test('a character that a chunk cuts in two is whole', async () => {
  const backend = new SinkBackend();
  backend.begin(sink);
  const euro = Buffer.from('€\n');
  await backend.copyData(euro.subarray(0, 1));
  await backend.copyData(euro.subarray(1));
  await backend.end();
  expect(told.join('').replaceAll('raw ', '')).toBe('€\n');
});
