import type { AsOf } from '../database-view.ts';
import { invalid, type ParseValue } from './setting-values.ts';

/** A date, a time with `T` or a space before it, and a zone. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** `lakelink.as_of`: an ISO time, UTC where no zone is said; empty: now. Shown in UTC. */
export const asOfTime: ParseValue = (text, setting) => {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const ms = timeMs(trimmed);
  if (ms === null)
    throw invalid(setting, text, { hint: 'Write a time like 2026-01-31T08:00:00Z, or nothing for now.' });
  return new Date(ms).toISOString();
};

/** What the setting means to a query session. */
export function asOfSetting(shown: string): AsOf | null {
  return shown === '' ? null : { is: 'time', ms: Date.parse(shown) };
}

function timeMs(text: string): number | null {
  const [, day, time = '00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  if (day === undefined) return null;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const ms = Date.parse(`${day}T${seconds}${colon.length === 3 ? `${colon}:00` : colon.toUpperCase()}`);
  // 31 February is taken for a day in March otherwise.
  const isDay = !Number.isNaN(ms) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
  return isDay ? ms : null;
}
