import type { TableState } from '../core/commit.ts';

/**
 * About how many bytes of memory a state takes, for a bound on all that are held. What grows is counted: columns, texts of
 * choices, files. Measured with the catalogue's tables; parts that two states share count in both.
 */
export function weightOf(state: TableState): number {
  const { shape, image, pending, chain, waiting, snapshots } = state;
  const columns = shape?.columns ?? [];
  const texts = columns.reduce(
    (sum, { optionSet }) => sum + (optionSet?.options ?? []).reduce((all, { labels }) => all + 1 + labels.length, 0),
    0,
  );
  const targets = columns.reduce((sum, one) => sum + one.targets.length, 0);
  const files =
    (image?.partitions.length ?? 0) +
    (image?.parts?.length ?? 0) +
    pending.length +
    chain.length +
    waiting.length +
    snapshots.reduce((sum, one) => sum + one.files.length, 0);
  return BASE + columns.length * COLUMN + targets * TARGET + texts * TEXT + files * FILE;
}

const BASE = 2_048;
const COLUMN = 370;
const TARGET = 100;
const TEXT = 80;
const FILE = 300;
