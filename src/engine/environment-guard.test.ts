import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { counter, live } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { crateShape, crateTable } from '../../test/simulation/crate-environment.ts';
import { Fault } from '../core/fault.ts';
import { LinkLog } from '../core/link-log.ts';
import { EnvironmentGuard } from './environment-guard.ts';
import type { TableWitnesses } from './witness-check.ts';

const witness: TableWitnesses = {
  table: crateTable,
  shape: crateShape,
  epoch: 0,
  witnesses: [{ id: 'w', version: '1000' }],
  running: true,
  polledAfterLook: null,
};

/** `versions`: what the environment says of a row; `tables`: what the link knows. Both may be changed by the test. */
function guardOf(answers: (string | Error)[], tables: TableWitnesses[] = []) {
  const clock = new FakeClock();
  const store = new MemoryStore();
  const versions = new Map<string, string | null | Error>();
  const asked: string[] = [];
  let looks = 0;
  const source = {
    async identity() {
      const answer = answers[looks] ?? answers.at(-1);
      looks += 1;
      if (answer === undefined || answer instanceof Error) throw answer;
      return { url: 'u', organizationId: answer, friendlyName: '', uniqueName: '', version: '', userId: '' };
    },
    async rowVersion(_: unknown, id: string) {
      asked.push(id);
      const version = versions.get(id) ?? null;
      if (version instanceof Error) throw version;
      return version;
    },
  };
  const guard = new EnvironmentGuard({
    source,
    clock,
    organizationId: 'ORG-1',
    linkLog: new LinkLog({ store, clock, newNonce: counter('guard') }),
    witnesses: () => ({ tables, isAll: true }),
    report: { info: () => {}, warn: () => {} },
    signal: live,
  });
  return { clock, guard, versions, asked, looks: () => looks };
}

test('many tables asking at once cost one look an hour', async () => {
  const { clock, guard, looks } = guardOf(['org-1']);
  await Promise.all([guard.require(), guard.require(), guard.require()]);
  await guard.require();
  expect(looks()).toBe(1);
  await clock.advance(3_600_000);
  await guard.require();
  expect(looks()).toBe(2);
});

test('another organization at the same address is refused, and looked at again (I-9)', async () => {
  const { guard } = guardOf(['org-2', new Error('unreachable'), 'org-1']);
  await expect(guard.require()).rejects.toMatchObject({ code: 'source/changed' });
  await expect(guard.require()).rejects.toThrow('unreachable');
  await expect(guard.require()).resolves.toMatchObject({ epoch: 0 });
});

test('a row whose version went back opens a new epoch once, whatever its size as text (I-9)', async () => {
  const { guard, versions } = guardOf(['org-1'], [witness]);
  versions.set('w', '999');
  expect(await guard.require()).toEqual({ epoch: 1, looks: 1 });
  // The table is behind the epoch now, so what it knows counts no more.
  expect(await guard.require({ doubt: true })).toMatchObject({ epoch: 1 });
});

test('the tables with the highest versions are asked, and no more than three', async () => {
  const tables = ['9', '80', '700', '6000', '50000'].map((version, n) => ({
    ...witness,
    table: `t${n}` as TableWitnesses['table'],
    witnesses: [{ id: `row of ${version}`, version }],
  }));
  const { guard, asked } = guardOf(['org-1'], tables);
  await guard.require();
  expect(asked).toEqual(['row of 50000', 'row of 6000', 'row of 700']);
});

test('a row that is not there proves nothing until a read of changes that began later is complete (I-9)', async () => {
  const tables = [witness];
  const { guard } = guardOf(['org-1'], tables);
  expect(await guard.require()).toEqual({ epoch: 0, looks: 1 });
  tables[0] = { ...witness, polledAfterLook: 0 };
  expect(await guard.require()).toMatchObject({ epoch: 0 });
  tables[0] = { ...witness, polledAfterLook: 1 };
  expect(await guard.require()).toMatchObject({ epoch: 1 });
});

test('a row that a change deleted, or that a full read may miss, is no sign of a restore', async () => {
  for (const after of [{ witnesses: [] }, { running: false }]) {
    const tables = [witness];
    const { guard } = guardOf(['org-1'], tables);
    await guard.require();
    tables[0] = { ...witness, ...after, polledAfterLook: 1 };
    expect(await guard.require()).toMatchObject({ epoch: 0 });
  }
});

test('a table that cannot be asked, and a doubt at a bad moment, stop nobody (I-8)', async () => {
  const { guard, versions, clock, looks } = guardOf(['org-1', new Fault('source/unavailable'), 'org-1'], [witness]);
  versions.set('w', new Fault('source/forbidden'));
  await guard.require();
  await clock.advance(11_000);
  expect(await guard.require({ doubt: true })).toEqual({ epoch: 0, looks: 1 });
  expect(await guard.require({ doubt: true })).toEqual({ epoch: 0, looks: 1 });
  expect(looks()).toBe(2);
  await clock.advance(11_000);
  expect(await guard.require()).toEqual({ epoch: 0, looks: 2 });
});
