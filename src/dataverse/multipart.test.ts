import { describe, expect, test } from 'vitest';
import { answerInPart, boundaryOf, partsOf } from './multipart.ts';

async function split(text: string, { pieceBytes = 1_000_000, partBytesMax = 1_000 } = {}): Promise<(string | null)[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const parts: (string | null)[] = [];
  for await (const part of partsOf(pieces(), { boundary: 'b-1', partBytesMax })) {
    parts.push(part === null ? null : Buffer.from(part).toString());
  }
  return parts;
}

describe('a multipart body', () => {
  const pieces = [1, 2, 3, 7, 1_000];
  const body = ['hello', '--b-1', 'one', '--b-1 \t', '', '--b-12', '--b-1x', 'two --b-1', '--b-1--', 'bye', '--b-1'];

  test.each(pieces)('comes apart into its parts whatever its line ends and its pieces (%i bytes)', async pieceBytes => {
    for (const lineEnd of ['\r\n', '\n']) {
      const two = ['', '--b-12', '--b-1x', 'two --b-1'].join(lineEnd);
      expect(await split(body.join(lineEnd), { pieceBytes })).toEqual(['one', two]);
    }
  });

  test.each(pieces)('is read up to its last whole part when it breaks off (%i bytes)', async pieceBytes => {
    const text = ['--b-1', 'one', '--b-1', 'tw'].join('\r\n');
    expect(await split(text, { pieceBytes })).toEqual(['one']);
    expect(await split(`${text}\r\n--b-1`, { pieceBytes })).toEqual(['one']);
    expect(await split(`${text}o\r\n--b-1--`, { pieceBytes })).toEqual(['one', 'two']);
  });

  test.each(pieces)('gives null for a part that is too large, and the next one whole (%i bytes)', async pieceBytes => {
    const text = ['--b-1', 'x'.repeat(5_000), '--b-1', 'two', '--b-1--'].join('\r\n');
    expect(await split(text, { pieceBytes, partBytesMax: 100 })).toEqual([null, 'two']);
  });

  test('that is none has no parts', async () => {
    expect(await split('{"error":{}}')).toEqual([]);
    expect(await split('')).toEqual([]);
  });

  test('has the boundary its Content-Type names, quoted or not', () => {
    expect(boundaryOf('multipart/mixed; boundary=batchresponse_1')).toBe('batchresponse_1');
    expect(boundaryOf('Multipart/Mixed;charset=utf-8; Boundary="a b;c"')).toBe('a b;c');
    expect(boundaryOf('multipart/mixed')).toBeNull();
    expect(boundaryOf('application/json; boundary=x')).toBeNull();
    expect(boundaryOf(null)).toBeNull();
  });
});

describe('a part', () => {
  const outer = ['Content-Type: application/http', 'Content-Transfer-Encoding: binary', '', ''];
  const part = (lines: readonly string[], lineEnd = '\r\n') => answerInPart(Buffer.from(lines.join(lineEnd)));

  test.each(['\r\n', '\n'])('holds an HTTP answer', lineEnd => {
    const lines = [...outer, 'HTTP/1.1 200 OK', 'Content-Type: application/json', '', '{"value":[]}'];
    expect(part(lines, lineEnd)).toEqual({ status: 200, body: '{"value":[]}' });
    expect(part([...outer, 'HTTP/1.1 404 Not Found'], lineEnd)).toEqual({ status: 404, body: '' });
  });

  test('that holds something else holds no answer', () => {
    expect(part(['Content-Type: multipart/mixed; boundary=x', '', 'HTTP/1.1 200 OK', '', '{}'])).toBeNull();
    expect(part([...outer, '{"value":[]}'])).toBeNull();
    expect(part(['nothing'])).toBeNull();
  });
});
