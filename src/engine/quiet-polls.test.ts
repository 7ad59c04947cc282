import { expect, test } from 'vitest';
import { FakeClock } from '../../test/kit/clock.ts';
import { crateShape } from '../../test/simulation/crate-environment.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { ChangeAnswer, ChangeQuestion } from '../core/source.ts';
import { Gate } from './gate.ts';
import { QuietPolls } from './quiet-polls.ts';

type Changes = (questions: readonly ChangeQuestion[]) => Promise<readonly ChangeAnswer[]>;

const quietly: Changes = async questions =>
  questions.map(({ link }) => (link.startsWith('busy') ? { is: 'changed' } : { is: 'quiet', delta: `${link}+` }));

function pollsOf(changes: Changes) {
  const clock = new FakeClock();
  const asked: string[][] = [];
  const link = new AbortController();
  const polls = new QuietPolls({
    source: {
      changes: questions => {
        asked.push(questions.map(question => question.link));
        return changes(questions);
      },
    },
    clock,
    gate: new Gate(8),
    report: { info: () => {}, warn: () => {} },
    signal: link.signal,
  });
  const ask = (address: string, signal = new AbortController().signal) =>
    polls.ask({ shape: crateShape, link: address }, signal);
  return { clock, asked, ask, link };
}

test('tables that come due together are asked about in one question, each with its own answer', async () => {
  const { clock, asked, ask } = pollsOf(quietly);
  const answers = [ask('a'), ask('busy b'), ask('c')];
  await clock.advance(50);
  expect(await Promise.all(answers)).toEqual([
    { is: 'quiet', delta: 'a+' },
    { is: 'changed' },
    { is: 'quiet', delta: 'c+' },
  ]);
  expect(asked).toEqual([['a', 'busy b', 'c']]);
});

test('a question holds so many tables and no more; the rest goes in the next one', async () => {
  const { clock, asked, ask } = pollsOf(quietly);
  const answers = Array.from({ length: limits.questionsAtOnce + 3 }, (_, n) => ask(`t${n}`));
  await clock.advance(50);
  expect((await Promise.all(answers)).every(({ is }) => is === 'quiet')).toBe(true);
  expect(asked.map(({ length }) => length)).toEqual([limits.questionsAtOnce, 3]);
});

test('a question that fails leaves each table to ask for itself, and is not repeated by the minute (I-8)', async () => {
  let fails = true;
  const { clock, asked, ask } = pollsOf(async questions => {
    if (fails) throw new Fault('source/unavailable');
    return quietly(questions);
  });
  const first = [ask('a'), ask('b')];
  await clock.advance(50);
  expect(await Promise.all(first)).toEqual([{ is: 'changed' }, { is: 'changed' }]);
  fails = false;
  expect(await ask('a')).toEqual({ is: 'changed' });
  await clock.advance(60_000);
  const later = ask('a');
  await clock.advance(50);
  expect(await later).toEqual({ is: 'quiet', delta: 'a+' });
  expect(asked).toEqual([['a', 'b'], ['a']]);
});

test('an answer for fewer tables than were asked leaves the others to ask for themselves', async () => {
  const { clock, ask } = pollsOf(async questions => (await quietly(questions)).slice(0, 1));
  const answers = [ask('a'), ask('b')];
  await clock.advance(50);
  expect(await Promise.all(answers)).toEqual([{ is: 'quiet', delta: 'a+' }, { is: 'changed' }]);
});

test('a table that stops leaves at once, and the others of its question are answered', async () => {
  const { clock, ask, asked } = pollsOf(quietly);
  const leaving = new AbortController();
  const left = ask('a', leaving.signal);
  const stays = ask('b');
  leaving.abort(new Error('stopped'));
  await expect(left).rejects.toThrow('stopped');
  await clock.advance(50);
  expect(await stays).toEqual({ is: 'quiet', delta: 'b+' });
  expect(asked).toHaveLength(1);
});
