import { queryFault, sqlStates } from './query-fault.ts';

/** Templates of PostgreSQL's to_char for times, and what the engine's strftime calls the same. Longest first. */
const PARTS: readonly (readonly [string, string])[] = [
  ['FMMonth', '%B'],
  ['FMDay', '%A'],
  ['FMDD', '%-d'],
  ['FMMM', '%-m'],
  ['FMHH24', '%-H'],
  ['FMHH12', '%-I'],
  ['FMMI', '%-M'],
  ['FMSS', '%-S'],
  ['YYYY', '%Y'],
  ['IYYY', '%G'],
  ['HH24', '%H'],
  ['HH12', '%I'],
  ['DDD', '%j'],
  ['Mon', '%b'],
  ['YY', '%y'],
  ['MM', '%m'],
  ['DD', '%d'],
  ['Dy', '%a'],
  ['ID', '%u'],
  ['IW', '%V'],
  ['HH', '%I'],
  ['MI', '%M'],
  ['SS', '%S'],
  ['MS', '%g'],
  ['US', '%f'],
  ['AM', '%p'],
  ['PM', '%p'],
];

/** A format of strftime for a template of to_char; refuses (0A000) what has none: never a wrong text. */
export function engineTimeFormat(template: unknown): string {
  if (typeof template !== 'string') throw refusal('a template that is written there');
  let format = '';
  let rest = template;
  while (rest !== '') {
    const part = PARTS.find(([name]) => rest.startsWith(name));
    const text = /^"([^"]*)"|^[^A-Za-z0-9"%\\]/.exec(rest);
    if (part !== undefined) {
      format += part[1];
      rest = rest.slice(part[0].length);
    } else if (text !== null) {
      format += (text[1] ?? text[0]).replaceAll('%', '%%');
      rest = rest.slice(text[0].length);
    } else throw refusal(PARTS.map(([name]) => name).join(' '));
  }
  return format;
}

function refusal(taken: string) {
  return queryFault(
    sqlStates.unsupported,
    `to_char takes a time and ${taken} here; strftime and format are the engine's own`,
  );
}
