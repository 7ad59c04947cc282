import { expect, test } from 'vitest';
import { Cleanup } from './cleanup.ts';

test('closes newest first, each once, also when closed twice', async () => {
  const closed: string[] = [];
  const cleanup = new Cleanup();
  expect(cleanup.add('first', thing => closed.push(thing))).toBe('first');
  cleanup.add('second', async thing => closed.push(thing));
  await cleanup.close();
  await cleanup.close();
  expect(closed).toEqual(['second', 'first']);
});

test('closes everything although one fails, and then throws the first failure', async () => {
  const closed: string[] = [];
  const cleanup = new Cleanup();
  cleanup.add('first', thing => closed.push(thing));
  cleanup.add('second', () => Promise.reject(new Error('second failed')));
  cleanup.add('third', () => {
    throw new Error('third failed');
  });
  await expect(cleanup.close()).rejects.toThrow('third failed');
  expect(closed).toEqual(['first']);
});

test('closes what was opened when the start fails halfway', async () => {
  const closed: string[] = [];
  const start = async () => {
    await using cleanup = new Cleanup();
    cleanup.add('opened', thing => closed.push(thing));
    throw new Error('the next one did not open');
  };
  await expect(start()).rejects.toThrow('the next one did not open');
  expect(closed).toEqual(['opened']);
});
