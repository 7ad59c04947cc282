import { expect, test } from 'vitest';
import { emptyState } from '../core/log-state.ts';
import { parseTableName } from '../core/names.ts';
import { manifestKey } from './manifest.ts';

const table = parseTableName('account');
const file = { path: 'p', bytes: 1, sha256: '', rows: 1 };

test('new rows in known partitions leave the manifest as it is, a new partition does not', () => {
  const image = (names: string[], foldedAt: number) => ({
    foldedAt,
    through: foldedAt,
    rowCount: 1,
    partitions: names.map(name => ({ name, changedAt: foldedAt, file })),
  });
  const one = manifestKey([{ table, state: { ...emptyState(), image: image(['2024'], 3) } }]);
  const later = manifestKey([{ table, state: { ...emptyState(), tail: 9, image: image(['2024'], 9) } }]);
  const more = manifestKey([{ table, state: { ...emptyState(), image: image(['2024', '2025'], 9) } }]);
  expect(later).toBe(one);
  expect(more).not.toBe(one);
});
