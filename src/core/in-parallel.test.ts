import { expect, test } from 'vitest';
import { inParallel } from './in-parallel.ts';

test('all items are worked on, so many at once, and answers keep their order', async () => {
  let running = 0;
  let most = 0;
  const answers = await inParallel({ items: [3, 1, 2, 0], atOnce: 2 }, async (item, position) => {
    running += 1;
    most = Math.max(most, running);
    for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
    running -= 1;
    return `${position}:${item}`;
  });
  expect(answers).toEqual(['0:3', '1:1', '2:2', '3:0']);
  expect(most).toBe(2);
});

test('a failure begins nothing new and is thrown when the others have ended', async () => {
  const ended: number[] = [];
  const work = async (item: number) => {
    if (item === 1) throw new Error('one');
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    ended.push(item);
  };
  await expect(inParallel({ items: [0, 1, 2, 3], atOnce: 2 }, work)).rejects.toThrow('one');
  expect(ended).toEqual([0]);
});
