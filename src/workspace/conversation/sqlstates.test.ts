import { describe, expect, test } from 'vitest';
import { Fault, type FaultCode, faults } from '../../core/fault.ts';
import { sqlFaults } from '../../core/fault-sql.ts';
import { refusal } from './refusal.ts';
import { serverMessage, sqlState } from './sqlstates.ts';

const codes = Object.keys(faults) as FaultCode[];

describe('failures as clients see them', () => {
  test.each(codes)('%s has a state of five characters', code => {
    expect(sqlState(code)).toMatch(/^[0-9A-Z]{5}$/);
  });

  test('a failure that is made for clients has a state that says what it is', () => {
    for (const code of Object.keys(sqlFaults)) expect([code, sqlState(code as FaultCode)]).not.toContain('XX000');
  });

  test('PostgreSQL words, state, detail, hint and place are passed on', () => {
    const fault = refusal({
      state: '42703',
      message: 'column "x" does not exist',
      detail: 'd',
      hint: 'h',
      position: 3,
    });
    expect(serverMessage(fault, { source: 'SELECT x' })).toEqual({
      severity: 'ERROR',
      sqlState: '42703',
      message: 'column "x" does not exist',
      detail: 'd',
      hint: 'h',
      position: 3,
    });
  });

  test('a failure for clients says its details and what can be done', () => {
    const message = serverMessage(new Fault('sql/not-retained', { table: 'account', oldest: '2026-01-01' }));
    expect(message.message).toBe('The table as it was then is no longer kept (table: account, oldest: 2026-01-01)');
    expect(message.hint).toContain('<table>_partitioned');
    expect(message.sqlState).toBe('72000');
  });

  test('of a disk or a bug nothing is said but what it is, and of which table', () => {
    const disk = serverMessage(new Fault('store/failed', { table: 'account', path: '/secret', reason: 'EIO /secret' }));
    expect(disk).toMatchObject({
      sqlState: '58030',
      message: 'The lake could not be read or written (table: account)',
    });
    const bug = serverMessage(new Error('at /secret/file.ts'));
    expect(bug).toMatchObject({ sqlState: 'XX000', detail: null, position: null });
    expect(JSON.stringify([disk, bug])).not.toContain('secret');
  });

  test('a place outside of the text is none, and a state of other characters neither', () => {
    const message = serverMessage(refusal({ state: 'nonsense', message: 'm', position: 99 }), { source: 'SELECT' });
    expect([message.position, message.sqlState]).toEqual([null, '42601']);
  });

  test('places are counted in characters', () => {
    const source = '😀😀x';
    expect(serverMessage(refusal({ state: '42601', message: 'm', position: 5 }), { source }).position).toBe(3);
  });
});
