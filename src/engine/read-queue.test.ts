import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { parseTableName } from '../core/names.ts';
import { ReadQueue } from './read-queue.ts';

const clock = new FakeClock();
const queueOf = (places: number) => new ReadQueue({ places, clock, patienceMs: 60_000 });
const account = parseTableName('account');
const contact = parseTableName('contact');
const lead = parseTableName('lead');
const task = parseTableName('task');

test('tables wait in the order they came, and a place is kept until it is given up', async () => {
  const queue = queueOf(2);
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
  const queue = queueOf(1);
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
  const queue = queueOf(1);
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

test('a table of which nothing comes loses its place to one that waits, and stands in line when something came', async () => {
  const queue = queueOf(2);
  await queue.enter(account);
  await queue.enter(contact);
  let isIn = false;
  const leadsTurn = queue.enter(lead).then(answer => {
    isIn = answer;
  });
  await clock.advance(30_000);
  await queue.enter(contact);
  await clock.advance(31_000);
  expect(isIn).toBe(true);
  await leadsTurn;
  const accountsTurn = queue.enter(account);
  expect(queue.placeOf(account)).toBe(1);
  queue.leave(contact);
  expect(await accountsTurn).toBe(true);
  expect(clock.sleeping).toBe(0);
});
