/** What an application may read of a table: all rows, those of its business unit, its own, or none. */
export type ReadLevel = (typeof readLevels)[number];

export const readLevels = ['organization', 'business-unit', 'user', 'none'] as const;

/** A registered application and the rights of its user in the environment. */
export interface Application {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userId: string;
  /** By logical name; a table that is not named is read at organization level. */
  readonly readLevels: Readonly<Record<string, ReadLevel>>;
  /** False: secured columns come as null, as for a user without a field security profile. */
  readonly readsSecuredColumns: boolean;
  readonly writes: boolean;
  /** False: definitions of tables are refused, though rows may be read. True when left out. */
  readonly readsDefinitions?: boolean;
  /** Of its user; when left out that of the user's row, and the root one when there is none. */
  readonly businessUnitId?: string;
}

/** An application that may do everything; tests and the demo start from it. */
export const standardApplication: Application = {
  clientId: '51f81489-12ee-4a9e-aaae-a2591f45987d',
  clientSecret: 'sandbox-secret',
  userId: '5e2ba000-0000-4000-8000-0000000000a1',
  readLevels: {},
  readsSecuredColumns: true,
  writes: true,
};

/** Registered applications by client id; rights may change while tokens live, as the platform's do. */
export class ApplicationRegister {
  readonly #byClientId = new Map<string, Application>();

  constructor(applications: readonly Application[]) {
    for (const one of applications) this.put(one);
  }

  put(application: Application): void {
    this.#byClientId.set(application.clientId.toLowerCase(), application);
  }

  get(clientId: string): Application | undefined {
    return this.#byClientId.get(clientId.toLowerCase());
  }

  readLevel(application: Application, table: string): ReadLevel {
    return application.readLevels[table] ?? 'organization';
  }
}
