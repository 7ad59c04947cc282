import { expect, test } from 'vitest';
import { inPlace } from '../../test/kit/choices.ts';
import { choiceDifferences, choicesOf, isNothing } from './choice-differences.ts';
import { DEFAULT_OUTPUT, type LinkChoices } from './link-choices.ts';
import { parseLinkName } from './names.ts';

const link = parseLinkName('sales');

function choices(changes: Partial<LinkChoices> = {}): LinkChoices {
  return { format: 1, ...DEFAULT_OUTPUT, partitionStrategy: 'year', tables: inPlace(['account', 'lead']), ...changes };
}

test('equal choices are nothing to do, in whatever order the tables stand', () => {
  const to = choices({ tables: inPlace(['lead', 'account']) });
  expect(isNothing(choiceDifferences(link, { from: choices(), to }))).toBe(true);
});

test('only what differs is named: tables added, removed and changed, and intervals', () => {
  const [account, lead, task] = inPlace(['account', 'lead', 'task']);
  if (account === undefined || lead === undefined || task === undefined) throw new Error('three tables');
  const from = choices({ tables: [account, lead] });
  const to = choices({ tables: [{ ...account, appendOnly: true }, task], snapshotMinutes: null });
  expect(choiceDifferences(link, { from, to })).toEqual({
    link: { snapshotMinutes: null },
    added: [task],
    removed: ['lead'],
    changed: [{ ...account, appendOnly: true }],
  });
});

test('an interval that the output does not have is no difference', () => {
  const from = choices();
  const to = choices({ incrementalMinutes: 30 });
  expect(isNothing(choiceDifferences(link, { from, to }))).toBe(true);
});

test('replica and incremental folders cannot become each other', () => {
  const to = choices({ output: 'incremental' });
  expect(() => choiceDifferences(link, { from: choices(), to })).toThrow(
    expect.objectContaining({ code: 'link/output-fixed' }),
  );
});

test("a link's choices are those of the file that it was made by", () => {
  const made = { ...choices(), name: link, lakePath: '/lake' };
  expect(choicesOf(made)).toEqual(choices());
});
