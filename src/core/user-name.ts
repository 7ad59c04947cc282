import { Fault } from './fault.ts';

declare const brand: unique symbol;
/** Who signs in to the SQL endpoint. */
export type UserName = string & { readonly [brand]: 'user' };

/** What a user may do at all. Names are those of the environment's own roles. */
export const ROLES = ['System Administrator', 'Maker', 'Reader'] as const;
export type Role = (typeof ROLES)[number];

const NAME_CHARACTERS_MAX = 63;
/** Long enough that trying them over the wire is hopeless; composition rules only make people write them down. */
export const PASSWORD_CHARACTERS_MIN = 12;
/** More is no safer, and each sign-in hashes it. */
const PASSWORD_CHARACTERS_MAX = 256;

/**
 * A user's name: 1 to 63 characters, none of them a control character or half of one, no space at its ends. It is
 * compared as it is. `input/invalid` otherwise.
 */
export function parseUserName(text: unknown): UserName {
  const refuse = (reason: string) => new Fault('input/invalid', { option: 'user name', reason });
  if (typeof text !== 'string') throw refuse('it is a text');
  const { length } = [...text];
  if (length < 1 || length > NAME_CHARACTERS_MAX) throw refuse(`it has 1 to ${NAME_CHARACTERS_MAX} characters`);
  if (hasControls(text)) throw refuse('it has no control characters');
  if (text.trim() !== text) throw refuse('it neither begins nor ends with a space');
  // As a part of an address they mean another one.
  if (text === '.' || text === '..') throw refuse('it is more than dots');
  return text as UserName;
}

/** `input/invalid` for a password that is too short, too long, or cannot be typed. The password is never in the failure. */
export function requirePassword(password: string): void {
  const { length } = [...password];
  const refuse = (reason: string) => new Fault('input/invalid', { option: 'password', reason });
  if (length < PASSWORD_CHARACTERS_MIN) throw refuse(`it has at least ${PASSWORD_CHARACTERS_MIN} characters`);
  if (length > PASSWORD_CHARACTERS_MAX) throw refuse(`it has at most ${PASSWORD_CHARACTERS_MAX} characters`);
  // Clients normalize them differently or cut there.
  if (hasControls(password)) throw refuse('it has no control characters');
}

function hasControls(text: string): boolean {
  // Half a surrogate pair matches as one.
  return /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
}
