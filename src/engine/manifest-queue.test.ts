import { expect, test } from 'vitest';
import { FakeClock, settle } from '../../test/kit/clock.ts';
import { ManifestQueue } from './manifest-queue.ts';

function queueOf(failures: Error[] = []) {
  const clock = new FakeClock();
  const made: number[] = [];
  const startMs = clock.nowMs();
  let state = 0;
  const publish = async () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    made.push(state);
  };
  const queue = new ManifestQueue({ publish, clock, report: { info: () => {}, warn: () => {} } });
  const change = () => {
    state += 1;
    queue.ask();
  };
  return { clock, queue, made, change, pastMs: () => clock.nowMs() - startMs };
}

test('the first manifest comes at once, those of a busy second together, and the last state is always shown', async () => {
  const { clock, made, change } = queueOf();
  change();
  await settle();
  expect(made).toEqual([1]);
  for (let more = 0; more < 20; more += 1) {
    change();
    await clock.advance(100);
  }
  await clock.advance(1_000);
  expect(made.length).toBeLessThanOrEqual(5);
  expect(made.at(-1)).toBe(21);
});

test('a manifest that is wanted now does not wait, and neither does what waits before it', async () => {
  const { clock, queue, made, change, pastMs } = queueOf();
  change();
  await settle();
  change();
  await queue.now(async () => void made.push(100));
  expect([...made, pastMs()]).toEqual([1, 2, 100, 0]);
  expect(clock.sleeping).toBe(0);
});

test('the end makes what was asked for at once, and nothing is tried after it', async () => {
  const { clock, queue, made, change, pastMs } = queueOf();
  change();
  await settle();
  change();
  await queue.end();
  expect([...made, pastMs()]).toEqual([1, 2, 0]);
  expect(clock.sleeping).toBe(0);
});

test('one that fails is made again a little later; one wanted now fails for whoever wants it', async () => {
  const { clock, queue, made, change } = queueOf([new Error('no room')]);
  change();
  await settle();
  expect(made).toEqual([]);
  await clock.advance(5_000);
  expect(made).toEqual([1]);
  const wanted = queue.now(async () => {
    throw new Error('no room');
  });
  await expect(wanted).rejects.toThrow('no room');
});
