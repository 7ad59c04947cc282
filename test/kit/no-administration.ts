import type { Administration } from '../../src/api/administration.ts';

/** For a service whose users and databases nobody asks about. */
export const noAdministration = { users: {}, databases: {} } as Administration;
