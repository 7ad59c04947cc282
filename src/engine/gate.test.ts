import { expect, test } from 'vitest';
import { Gate } from './gate.ts';

const signal = new AbortController().signal;

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

test('at most as many run at once as there are places, the others in order', async () => {
  const gate = new Gate(2);
  const holds = [deferred(), deferred(), deferred(), deferred()];
  const started: number[] = [];
  const all = holds.map((hold, index) =>
    gate.run(async () => {
      started.push(index);
      await hold.promise;
    }, signal),
  );
  await Promise.resolve();
  expect(started).toEqual([0, 1]);
  holds[1]?.resolve();
  await all[1];
  await Promise.resolve();
  expect(started).toEqual([0, 1, 2]);
  for (const hold of holds) hold.resolve();
  await Promise.all(all);
  expect(started).toEqual([0, 1, 2, 3]);
});

test('who gives up waiting leaves the queue, and a failure gives its place back', async () => {
  const gate = new Gate(1);
  const hold = deferred();
  const first = gate.run(() => hold.promise, signal);
  const abort = new AbortController();
  const second = gate.run(async () => 'never', abort.signal);
  const third = gate.run(async () => {
    throw new Error('failed inside');
  }, signal);
  const fourth = gate.run(async () => 'ran', signal);
  abort.abort(new Error('gave up'));
  hold.resolve();
  await first;
  await expect(second).rejects.toThrow('gave up');
  await expect(third).rejects.toThrow('failed inside');
  expect(await fourth).toBe('ran');
});
