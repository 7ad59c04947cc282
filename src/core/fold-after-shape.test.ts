import { expect, test } from 'vitest';
import { batch, column, fold, live, openLog, rows, running, shapeOf } from '../../test/kit/log-values.ts';
import { MemoryStore } from '../../test/kit/memory-store.ts';
import { emptyState } from './log-state.ts';

test('a fold of a state from before a column changed its type is discarded: its files would count as shown (I-3)', async () => {
  const log = openLog(new MemoryStore());
  const defined = await log.commit(
    emptyState(),
    { kind: 'shape', shape: shapeOf([column('a', 'string')]) },
    { signal: live },
  );
  const first = await log.commit(defined.state, rows(defined.state, running(1), { batch: batch('b1') }), {
    signal: live,
  });
  const options = { signal: live, madeFrom: first.state };
  const longer = shapeOf([column('a', 'string', { maxLength: 200 })]);
  const grown = await log.commit(first.state, { kind: 'shape', shape: longer }, { signal: live });
  const retyped = await log.commit(
    grown.state,
    { kind: 'shape', shape: shapeOf([column('a', 'integer')]) },
    { signal: live },
  );
  expect(retyped.state.retypedAt).toBe(retyped.state.tail);
  const answer = await log.commit(retyped.state, fold(first.state.tail, 'image'), options);
  expect(answer).toMatchObject({ outcome: 'discarded', state: { image: null } });
  expect((await log.commit(retyped.state, fold(first.state.tail, 'again'), { signal: live })).outcome).toBe(
    'committed',
  );
});
