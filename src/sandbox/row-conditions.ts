import type { StoredRow } from './database.ts';
import { WireError } from './errors.ts';
import type { Call } from './wire.ts';

/**
 * `If-Match` and `If-None-Match` of a write to a row that is there ("Perform conditional operations using the Web API");
 * the value `null`, which the platform's own examples send, is none. @throws WireError 412
 */
export function requireConditions(call: Call, stored: StoredRow): void {
  const wanted = tagsOf(call.headers['if-match']);
  if (wanted !== null && !matches(wanted, stored)) {
    throw new WireError({
      status: 412,
      code: '0x80060882',
      message: "The version of the existing record doesn't match the RowVersion property provided.",
    });
  }
  const unwanted = tagsOf(call.headers['if-none-match']);
  if (unwanted !== null && matches(unwanted, stored)) throw duplicate();
}

/**
 * Whether a read is answered with 304: never when it expands or asks for annotations, which may have changed without
 * the row. @throws WireError 412 for an `If-Match` of another version
 */
export function isUnchanged(call: Call, stored: StoredRow): boolean {
  const wanted = tagsOf(call.headers['if-match']);
  if (wanted !== null && !matches(wanted, stored)) requireConditions(call, stored);
  if (call.preferences.annotations !== null || call.options.values.has('$expand')) return false;
  const known = tagsOf(call.headers['if-none-match']);
  return known !== null && matches(known, stored);
}

/** Whether a write may make the row: any `If-Match` asks for one that is there. */
export function mayCreate(call: Call): boolean {
  return tagsOf(call.headers['if-match']) === null;
}

export function duplicate(): WireError {
  return new WireError({
    status: 412,
    code: '0x80040237',
    message: 'A record with matching key values already exists.',
  });
}

function tagsOf(header: string | readonly string[] | undefined): readonly string[] | null {
  if (header === undefined || header === 'null') return null;
  return String(header)
    .split(',')
    .map(tag => tag.trim().replace(/^W\//, ''));
}

function matches(tags: readonly string[], { version }: StoredRow): boolean {
  return tags.includes('*') || tags.includes(`"${version}"`);
}
