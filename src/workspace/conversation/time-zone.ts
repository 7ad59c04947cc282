import { invalid, type ParseValue } from './setting-values.ts';

/** Hours as a number: `SET TIME ZONE 5`, east of UTC. */
const HOURS = /^[+-]?\d{1,2}(?:\.\d+)?$/;
/** As SHOW answers such a zone: `<+05>-05`; POSIX counts to the west. */
const SHOWN_HOURS = /^<[+-]\d{2}>([+-])(\d{2})$/;
/** Java's drivers send `GMT-02:00` for two hours east of UTC, and PostgreSQL reads it so (POSIX). */
const POSIX = /^(?:GMT|UTC)([+-])(\d{1,2})(?::?00)?$/i;
const EAST_MAX = 14;
const WEST_MAX = 12;

/**
 * `TimeZone`: a name of the IANA list, hours from UTC, or `GMT-02:00`. Offsets that are no whole hours have no name that
 * the engine knows, and are refused.
 */
export const timeZone: ParseValue = (text, setting) => {
  const trimmed = text.trim();
  if (HOURS.test(trimmed)) return hoursShown(Number(trimmed), text, setting);
  if (engineZone(trimmed) !== trimmed) return trimmed;
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(trimmed)) throw invalid(setting, text);
  let known: string;
  try {
    known = new Intl.DateTimeFormat('en', { timeZone: trimmed }).resolvedOptions().timeZone;
  } catch {
    throw invalid(setting, text);
  }
  // The name stays as it was said, but for its case: the resolved one may be an older name of the place.
  if (known.toLowerCase() === trimmed.toLowerCase()) return known;
  return /^(utc|gmt|zulu|uct)$/i.test(trimmed) ? trimmed.toUpperCase() : trimmed;
};

/** The zone in the engine's words. */
export function engineZone(shown: string): string {
  const found = SHOWN_HOURS.exec(shown) ?? POSIX.exec(shown);
  if (found === null) return shown;
  const [, sign, hours] = found;
  return Number(hours) === 0 ? 'UTC' : `Etc/GMT${sign}${Number(hours)}`;
}

function hoursShown(hours: number, text: string, setting: string): string {
  if (!Number.isInteger(hours) || hours > EAST_MAX || hours < -WEST_MAX) {
    throw invalid(setting, text, { detail: 'Only whole hours from UTC are known.' });
  }
  if (hours === 0) return 'UTC';
  const two = String(Math.abs(hours)).padStart(2, '0');
  return hours > 0 ? `<+${two}>-${two}` : `<-${two}>+${two}`;
}
