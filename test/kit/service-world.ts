import { join } from 'node:path';
import { silentLog } from '../../src/app/log.ts';
import type { OpenLake, ServiceParts } from '../../src/app/service-parts.ts';
import { Fault } from '../../src/core/fault.ts';
import type { LinkName, TableName } from '../../src/core/names.ts';
import type { OfferedTable, Source } from '../../src/core/source.ts';
import type { CreateLinkRequest, LinkSettings, LinkTable, RunningLink } from '../../src/engine/control.ts';
import { type Ledger, openLedger } from '../../src/ledger/ledger.ts';
import { inPlace, NEAR_REAL_TIME } from './choices.ts';

/** What stands around the service: what happened in order, and what is to fail. */
export interface World {
  readonly history: string[];
  identity: () => string;
  inspect: () => void;
  openLake: () => void;
  startLink: () => void;
  removeTables: () => void;
  describe: () => void;
  erase: () => void;
  /** Tables that may not be read. */
  refused: Set<string>;
  /** Tables that cannot be kept in place. */
  appendOnly: Set<string>;
}

const clock = {
  nowMs: () => Date.parse('2026-01-01T00:00:00.000Z'),
  sleep: (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      setImmediate(() => (signal.aborted ? reject(signal.reason) : resolve()));
    }),
};

export function newWorld(): World {
  return {
    history: [],
    identity: () => 'org-1',
    inspect: () => {},
    openLake: () => {},
    startLink: () => {},
    removeTables: () => {},
    describe: () => {},
    erase: () => {},
    refused: new Set(),
    appendOnly: new Set(),
  };
}

export function openTestLedger(folder: string): Promise<Ledger> {
  return openLedger({
    path: join(folder, 'ledger.db'),
    keyPath: join(folder, 'secret.key'),
    secretKey: null,
    actor: 'tester',
    clock,
  });
}

export function partsOf(world: World, ledger: Ledger): ServiceParts {
  let ids = 0;
  return {
    settings: { linksMax: 2, pollSeconds: 5, publishSeconds: 15 },
    ledger,
    lakes: {
      inspect: async path => {
        world.history.push(`inspect ${path}`);
        world.inspect();
      },
      open: async link => {
        world.history.push(`open lake ${link.name}`);
        world.openLake();
        return fakeLake(world, link);
      },
      kept: async path => Promise.reject(new Fault('lake/unmarked', { path })),
    },
    clock,
    newId: () => {
      ids += 1;
      return `id-${ids}`;
    },
    log: silentLog,
    openSource: () => ({ ...fakeSource(world), close: async () => void world.history.push('close source') }),
    startLink: async link => {
      world.history.push(`start ${link.name}`);
      world.startLink();
      return fakeLink(world, link);
    },
  };
}

function fakeSource(world: World): Source {
  const offered = (table: string): OfferedTable => ({
    table: table as TableName,
    displayName: table,
    entitySetName: `${table}s`,
    changeTracking: true,
    canTrackChanges: true,
    refusal: table === 'quiet' ? { code: 'source/table-untracked', reason: 'Track changes is off' } : null,
  });
  return {
    identity: async () => ({
      url: 'https://contoso.crm.dynamics.com',
      organizationId: world.identity(),
      friendlyName: 'Contoso',
      uniqueName: 'org1',
      version: '9.2',
      userId: 'user',
    }),
    tables: async () => ['account', 'contact', 'lead', 'quiet', 'account_partitioned'].map(offered),
    shape: async table => ({ table }) as Awaited<ReturnType<Source['shape']>>,
    page: async ({ shape }) => {
      world.history.push(`read ${shape.table}`);
      if (world.refused.has(shape.table)) throw new Fault('source/forbidden', { table: shape.table });
      return (async function* () {
        yield new Uint8Array();
      })();
    },
    estimates: async () => new Map(),
    row: async () => null,
    requireOwn: () => {},
    rowVersion: async () => null,
    changes: async questions => questions.map(() => ({ is: 'changed' })),
  };
}

export function fakeLake(world: World, link: LinkSettings): OpenLake {
  return {
    store: {} as OpenLake['store'],
    ...{
      describe: async () => world.describe(),
      contents: async () => ({ kinds: [], foreign: [] }),
      loggedTables: async () => [],
    },
    erase: async () => {
      world.history.push(`erase ${link.name}`);
      world.erase();
    },
    close: async () => void world.history.push(`close lake ${link.name}`),
  };
}

function fakeLink(world: World, link: LinkSettings): RunningLink {
  return {
    status: () => [],
    addTables: async (tables: readonly LinkTable[]) =>
      void world.history.push(`add ${tables.map(one => one.table).join(',')}`),
    removeTables: async (tables, { deleteData }) => {
      world.history.push(`remove ${tables.join(',')} ${deleteData ? 'with data' : ''}`.trim());
      world.removeTables();
    },
    ...{
      change: async settings => void world.history.push(`change ${settings.name}`),
      requireInPlace: table => {
        if (world.appendOnly.has(table)) throw new Fault('link/append-only', { table });
      },
      retry: async () => {},
      backfill: async () => {},
      confirmDeletes: async () => {},
      takeSnapshots: async () => [],
    },
    beginEpoch: async () => {},
    stop: async () => void world.history.push(`stop ${link.name}`),
  };
}

export function requestIn(
  folder: string,
  { name, ...changes }: Omit<Partial<CreateLinkRequest>, 'name'> & { readonly name: string },
): CreateLinkRequest {
  return {
    name: name as LinkName,
    environmentUrl: 'https://contoso.crm.dynamics.com/',
    tenantId: 'tenant',
    clientId: 'client',
    clientSecret: 'secret',
    authorityUrl: null,
    lakePath: join(folder, name),
    lakeName: `lake-${name}`,
    partitionStrategy: 'year',
    pollSeconds: null,
    publishSeconds: null,
    ...NEAR_REAL_TIME,
    tables: inPlace(['account', 'contact']),
    ...changes,
  };
}
