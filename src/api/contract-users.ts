/** Shapes on the wire of users and lake databases; as contract.ts. */
import { z } from 'zod';
import { ROLES } from '../core/user-name.ts';
import type { LakeContents } from '../engine/control.ts';
import type { DatabaseSummary, UserView } from './administration.ts';

/** What a name or password may have at most is said where they are parsed. */
const name = z.string().max(1_000);
const role = z.enum(ROLES);
const databases = z.union([z.literal('all'), z.array(name).max(1_000)]);

export const createUserBody = z.strictObject({
  name,
  role: role.default('Reader'),
  databases: databases.default([]),
  password: name,
});
export type CreateUserBody = z.input<typeof createUserBody>;

/** Absent: as it is. */
export const changeUserBody = z.strictObject({ role: role.optional(), disabled: z.boolean().optional() });
export type ChangeUserBody = z.input<typeof changeUserBody>;

export const setPasswordBody = z.strictObject({ password: name });

export const grantBody = z.strictObject({ databases: databases.refine(names => names.length > 0) });

export type GrantBody = z.input<typeof grantBody>;

export const dropDatabaseQuery = z.strictObject({ keepFiles: z.enum(['true', 'false']).default('false') });

export type UserAnswer = UserView;
export interface UsersAnswer {
  readonly users: readonly UserAnswer[];
}

export type DatabaseAnswer = DatabaseSummary;
export interface DatabasesAnswer {
  readonly databases: readonly DatabaseAnswer[];
}
export type DatabaseContentsAnswer = LakeContents;

/** Files of others that stay in the lake; of many the first ones. */
export interface DroppedAnswer {
  readonly foreign: readonly string[];
}
