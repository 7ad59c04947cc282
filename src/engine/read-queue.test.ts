import { expect, test } from 'vitest';
import { parseTableName } from '../core/names.ts';
import { ReadQueue } from './read-queue.ts';

const account = parseTableName('account');
const contact = parseTableName('contact');
const lead = parseTableName('lead');
const task = parseTableName('task');

test('tables wait in the order they came, and a place is kept until it is given up', async () => {
  const queue = new ReadQueue(2);
  expect(await queue.enter(account)).toBe(true);
  expect(await queue.enter(contact)).toBe(true);
  expect(await queue.enter(account)).toBe(true);
  const third = queue.enter(lead);
  const fourth = queue.enter(task);
  expect([account, lead, task].map(table => queue.placeOf(table))).toEqual([null, 1, 2]);
  queue.leave(contact);
  expect(await third).toBe(true);
  expect([lead, task].map(table => queue.placeOf(table))).toEqual([null, 1]);
  queue.leave(account);
  expect(await fourth).toBe(true);
});

test('a table that failed stands at the end, so one that hangs keeps nobody waiting (I-8)', async () => {
  const queue = new ReadQueue(1);
  await queue.enter(account);
  const contactsTurn = queue.enter(contact);
  queue.leave(account);
  const accountsTurn = queue.enter(account);
  expect(await contactsTurn).toBe(true);
  expect(queue.placeOf(account)).toBe(1);
  queue.leave(contact);
  expect(await accountsTurn).toBe(true);
});

test('who leaves the line is told so, and the others move up', async () => {
  const queue = new ReadQueue(1);
  await queue.enter(account);
  const contactsTurn = queue.enter(contact);
  const leadsTurn = queue.enter(lead);
  queue.leave(contact);
  expect(await contactsTurn).toBe(false);
  expect(queue.placeOf(lead)).toBe(1);
  queue.leave(task);
  queue.leave(account);
  expect(await leadsTurn).toBe(true);
});
