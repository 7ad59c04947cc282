import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { EnvironmentGuard } from './environment-guard.ts';

const { signal } = new AbortController();

function guardOf(answers: (string | Error)[]) {
  const clock = new FakeClock();
  let looks = 0;
  const source = {
    async identity() {
      const answer = answers[looks] ?? answers.at(-1);
      looks += 1;
      if (answer === undefined || answer instanceof Error) throw answer;
      return { url: 'u', organizationId: answer, friendlyName: '', uniqueName: '', version: '', userId: '' };
    },
  };
  return { clock, guard: new EnvironmentGuard({ source, clock, organizationId: 'ORG-1', signal }), looks: () => looks };
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
  await expect(guard.require()).resolves.toBeUndefined();
});
