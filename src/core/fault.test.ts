import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorsPage } from '../../tools/errors-page.ts';
import { Fault, type FaultEntry, faults, toFault } from './fault.ts';

const entries: [string, FaultEntry][] = Object.entries(faults);

describe('every failure', () => {
  test.each(entries)('%s has a sentence, and a remedy where a person must act', (code, entry) => {
    expect(code).toMatch(/^[a-z]+\/[a-z]+(-[a-z]+)*$/);
    expect(entry.means).toMatch(/^[A-Z][^.]{5,}[^.]$/);
    if (entry.retry === 'pause') expect(entry.remedy).not.toBeNull();
    if (entry.remedy !== null) expect(entry.remedy).toMatch(/\.$/);
  });

  test('is in docs/errors.md as it stands in the table', () => {
    expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(errorsPage());
  });
});

describe('a Fault', () => {
  test('says what and where, and leaves out what is not known', () => {
    const fault = new Fault('store/missing', { path: '/lake', table: undefined, link: null });
    expect(fault.message).toBe('The lake folder does not exist (path: /lake)');
    expect(fault.entry.retry).toBe('pause');
  });

  test('passes through toFault; anything else becomes internal/bug with its cause', () => {
    const fault = new Fault('store/full');
    expect(toFault(fault)).toBe(fault);
    const bug = new TypeError('x is not a function');
    expect(toFault(bug)).toMatchObject({ code: 'internal/bug', cause: bug });
    expect(toFault('text')).toMatchObject({ code: 'internal/bug', details: { reason: 'text' } });
  });
});
