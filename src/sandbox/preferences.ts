import { badQuery } from './errors.ts';

/** What the `Prefer` header asked for, and what the answer echoes in `Preference-Applied`. */
export interface Preferences {
  readonly trackChanges: boolean;
  /** Rows of a page, 1 to 5000; null when not asked. */
  readonly pageSize: number | null;
  readonly returnRepresentation: boolean;
  /** Answers whether an annotation of this full name is wanted. */
  readonly wants: (annotation: string) => boolean;
  readonly annotations: string | null;
  readonly applied: string | null;
}

const pageSizeMax = 5_000;

/** Reads `Prefer`; what the platform does not know is ignored, as the standard says. */
export function parsePreferences(header: string | undefined): Preferences {
  const given = new Map<string, string>();
  for (const part of splitOutsideQuotes(header ?? '')) {
    const at = part.indexOf('=');
    const name = (at < 0 ? part : part.slice(0, at)).trim().toLowerCase();
    const value = at < 0 ? '' : part.slice(at + 1).trim();
    if (name !== '' && !given.has(name)) given.set(name, value.replace(/^"(.*)"$/s, '$1'));
  }
  const applied: string[] = [];
  const trackChanges = given.has('odata.track-changes');
  if (trackChanges) applied.push('odata.track-changes');
  const pageSize = parsePageSize(given.get('odata.maxpagesize') ?? given.get('maxpagesize'));
  if (pageSize !== null) applied.push(`odata.maxpagesize=${pageSize}`);
  const annotations = given.get('odata.include-annotations') ?? null;
  if (annotations !== null) applied.push(`odata.include-annotations="${annotations}"`);
  const returnRepresentation = given.get('return') === 'representation';
  if (returnRepresentation) applied.push('return=representation');
  return {
    trackChanges,
    pageSize,
    returnRepresentation,
    annotations,
    wants: annotationFilter(annotations),
    applied: applied.length === 0 ? null : applied.join(','),
  };
}

function parsePageSize(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
    throw badQuery(`The value '${text}' of the preference odata.maxpagesize is not a positive number.`);
  }
  return Math.min(Number(text), pageSizeMax);
}

/** The most specific name or pattern decides; at a tie, exclusion. */
function annotationFilter(list: string | null): (annotation: string) => boolean {
  if (list === null) return () => false;
  const rules = list
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '')
    .map(one => ({ include: !one.startsWith('-'), pattern: one.replace(/^-/, '') }))
    .sort((a, b) => specificity(b.pattern) - specificity(a.pattern) || Number(a.include) - Number(b.include));
  return annotation => rules.find(rule => matches(rule.pattern, annotation))?.include ?? false;
}

function specificity(pattern: string): number {
  return pattern.endsWith('*') ? pattern.length - 1 : Number.MAX_SAFE_INTEGER;
}

function matches(pattern: string, annotation: string): boolean {
  return pattern.endsWith('*') ? annotation.startsWith(pattern.slice(0, -1)) : annotation === pattern;
}

function splitOutsideQuotes(text: string): string[] {
  return text.match(/(?:[^,;"]|"[^"]*"?)+/g) ?? [];
}
