import type { Random } from './seed-random.ts';

const DAY_MS = 86_400_000;

/**
 * A moment of creation in the years before `endMs`: more towards the end (a growing organization), few on weekends,
 * most during office hours UTC.
 */
export function createdAt(
  random: Random,
  { endMs, years }: { readonly endMs: number; readonly years: number },
): number {
  const spanDays = Math.floor(years * 365.25);
  let day = Math.floor(endMs / DAY_MS) - 1 - random.leaning(spanDays, 1.7);
  const weekday = (day + 4) % 7;
  if ((weekday === 0 || weekday === 6) && !random.chance(0.15)) day -= weekday === 0 ? 2 : 1;
  const hour = random.chance(0.9) ? 7 + random.below(11) : random.below(24);
  return day * DAY_MS + hour * 3_600_000 + random.below(3600) * 1000;
}

/** A moment after `fromMs`, most soon after it, never later than `endMs`. */
export function changedAt(
  random: Random,
  { fromMs, endMs }: { readonly fromMs: number; readonly endMs: number },
): number {
  if (random.chance(0.3) || endMs <= fromMs) return fromMs;
  return fromMs + Math.floor(((endMs - fromMs) * random.next() ** 4) / 1000) * 1000;
}

/** As the Web API writes a moment: seconds, UTC. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** As the Web API writes a day. */
export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
