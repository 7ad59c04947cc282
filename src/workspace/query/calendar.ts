/*
 * Days and moments as PostgreSQL writes them (documentation, "Date/Time Output", style ISO): the proleptic Gregorian
 * calendar, years before 1 as `0044-03-15 BC`. Days and microseconds count from 1970-01-01, as the engine's do.
 */

export const MICROS_PER_DAY = 86_400_000_000n;
const DAY_MICROS = 86_400_000_000;
const MICROS_PER_SECOND = 1_000_000;

/** `2024-02-03`, without the era; `isBeforeChrist` says whether ` BC` belongs behind it. */
export function dayText(days: number): DayText {
  const known = knownDays.get(days);
  if (known !== undefined) return known;
  if (knownDays.size >= DAYS_KEPT) knownDays.clear();
  const text = makeDayText(days);
  knownDays.set(days, text);
  return text;
}

interface DayText {
  readonly text: string;
  readonly isBeforeChrist: boolean;
}

/** Dates of a result are few and come again and again. */
const knownDays = new Map<number, DayText>();
const DAYS_KEPT = 20_000;

function makeDayText(days: number): DayText {
  const { year, month, day } = civil(days);
  const shown = year > 0 ? year : 1 - year;
  return { text: `${pad(shown, 4)}-${pad(month, 2)}-${pad(day, 2)}`, isBeforeChrist: year <= 0 };
}

/** `04:05:06`, with as many digits of a second as are needed, at most six. */
export function timeText(microsOfDay: number): string {
  const seconds = Math.floor(microsOfDay / MICROS_PER_SECOND);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return clock + fractionText(microsOfDay % MICROS_PER_SECOND);
}

/** `.5` or nothing. */
export function fractionText(micros: number): string {
  return micros === 0 ? '' : `.${pad(micros, 6).replace(/0+$/, '')}`;
}

/** `2024-02-03 04:05:06.7`; `zone` goes between the time and the era. */
export function momentText(micros: bigint, zone: string): string {
  const { days, inDay } = splitMoment(micros);
  const { text, isBeforeChrist } = dayText(days);
  return `${text} ${timeText(inDay)}${zone}${isBeforeChrist ? ' BC' : ''}`;
}

function splitMoment(micros: bigint): { readonly days: number; readonly inDay: number } {
  const whole = Number(micros);
  // Nearly all moments are exact as numbers, which are many times faster.
  if (Number.isSafeInteger(whole)) {
    const days = Math.floor(whole / DAY_MICROS);
    return { days, inDay: whole - days * DAY_MICROS };
  }
  const inDay = ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY;
  return { days: Number((micros - inDay) / MICROS_PER_DAY), inDay: Number(inDay) };
}

/** `+02`, `-03:30`, `+00:53:28`. */
export function offsetText(offsetSeconds: number): string {
  const size = Math.abs(offsetSeconds);
  const minutes = Math.floor(size / 60) % 60;
  const seconds = size % 60;
  const tail = seconds !== 0 ? `:${pad(minutes, 2)}:${pad(seconds, 2)}` : minutes !== 0 ? `:${pad(minutes, 2)}` : '';
  return `${offsetSeconds < 0 ? '-' : '+'}${pad(Math.floor(size / 3600), 2)}${tail}`;
}

/** Seconds that a zone's clocks are ahead of UTC at a moment, found once for each quarter of an hour. */
export type OffsetAt = (micros: bigint) => number;

const MICROS_PER_QUARTER = 900_000_000n;
const QUARTERS_KEPT = 50_000;

/** Throws a RangeError for a zone that is not known. */
export function zoneOffsets(zone: string): OffsetAt {
  if (/^(utc|gmt|etc\/utc|zulu|z)$/i.test(zone)) return () => 0;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const known = new Map<bigint, number>();
  return micros => {
    const quarter = micros / MICROS_PER_QUARTER - (micros < 0n ? 1n : 0n);
    const found = known.get(quarter);
    if (found !== undefined) return found;
    if (known.size >= QUARTERS_KEPT) known.clear();
    const offset = offsetOf(format, Number(quarter * (MICROS_PER_QUARTER / 1000n)));
    known.set(quarter, offset);
    return offset;
  };
}

/** The most that a JavaScript date can be from 1970; a zone's rules for later years are those of then. */
const DATE_MS_MAX = 8.64e15 - 8.64e7;

function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const at = Math.max(-DATE_MS_MAX, Math.min(DATE_MS_MAX, ms));
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const local = daysFromCivil({ year, month: number('month'), day: number('day') }) * 86_400;
  const seconds = local + number('hour') * 3600 + number('minute') * 60 + number('second');
  return seconds - Math.floor(at / 1000);
}

interface CivilDay {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Days in eras of 400 years that begin in March: the leap day is then the last of its year. */
const DAYS_PER_ERA = 146_097;
const ERA_OF_1970 = 719_468;

export function civil(days: number): CivilDay {
  const shifted = days + ERA_OF_1970;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const inEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (inEra - Math.floor(inEra / 1460) + Math.floor(inEra / 36_524) - Math.floor(inEra / 146_096)) / 365,
  );
  const inYear = inEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * inYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: inYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

export function daysFromCivil({ year, month, day }: CivilDay): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const inYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const inEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + inYear;
  return era * DAYS_PER_ERA + inEra - ERA_OF_1970;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
