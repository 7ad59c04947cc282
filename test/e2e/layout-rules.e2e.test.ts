import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/app/clock.ts';
import { verifyLayout } from '../../src/verify/layout-rules.ts';
import { openSyncedWorld, type World } from '../kit/world.ts';

let world: World;

beforeAll(async () => {
  world = await openSyncedWorld({ rows: 2_000, hostile: 0.5 });
});
afterAll(async () => world.stop());

test('what a link publishes keeps every rule of the layout, its texts full of what breaks readers (R 24)', async () => {
  const { signal } = new AbortController();
  const report = await verifyLayout({ lake: { root: world.lakePath }, clock: systemClock, signal });
  expect(report.layout.problems.slice(0, 20)).toEqual([]);
  expect(report.layout.kind).toBe('replicas');
  expect(report.layout.rows).toBeGreaterThan(1_500);
});
