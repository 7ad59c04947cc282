import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openBatcher } from '../batch/batcher.ts';
import { type Engine, openEngine } from '../batch/duckdb.ts';
import { openSpool } from '../batch/spool.ts';
import { openFolderReplica, openFolderWriter } from '../cdm/folders.ts';
import { openCdmReplica } from '../cdm/replica.ts';
import { openSnapshotWriter } from '../cdm/snapshots.ts';
import { Cleanup } from '../core/cleanup.ts';
import { LinkLog } from '../core/link-log.ts';
import { type OpenSource, openSource } from '../dataverse/source.ts';
import type { NetworkOptions } from '../dataverse/transport.ts';
import type { LinkSettings, RunningLink } from '../engine/control.ts';
import { LinkRunner } from '../engine/link-runner.ts';
import { systemClock } from './clock.ts';
import type { Home } from './home.ts';
import { engineLog, type Log } from './log.ts';
import { type NetworkSettings, networkOf } from './network.ts';
import type { OpenLake, SourceAddress } from './service-parts.ts';
import type { Settings } from './settings.ts';

/** Another pace than the link's settings give, for a demo or a test; empty for the usual one. */
export type LinkPace = NonNullable<ConstructorParameters<typeof LinkRunner>[0]['pace']>;

/** Makes links of real parts: Dataverse over HTTP, one embedded engine for all, the spool on disk, CSV in the lake. */
export interface LinkStarter {
  openSource(address: SourceAddress): OpenSource;
  startLink(link: LinkSettings, options: { readonly secret: string; readonly lake: OpenLake }): Promise<RunningLink>;
  /** Closes the engine; the links are stopped before. */
  close(): Promise<void>;
}

export async function openLinkStarter(options: {
  readonly settings: Pick<Settings, 'engineMemoryMb' | 'engineThreads'> & NetworkSettings;
  readonly home: Home;
  readonly log: Log;
  readonly pace: LinkPace;
  /** Rows asked per page; the platform's most unless told. */
  readonly rowsPerPage?: number | undefined;
}): Promise<LinkStarter> {
  const { settings, home, log, pace, rowsPerPage } = options;
  const network = networkOf(settings);
  // Half-made files of a process that died; nothing refers to them.
  await rm(home.enginePath, { recursive: true, force: true });
  const engine = await openEngine({
    memoryMb: settings.engineMemoryMb,
    threads: settings.engineThreads,
    tempDirectory: join(home.enginePath, 'spill'),
  });
  return {
    // It only looks whether tables can be read.
    openSource: address => sourceOf(address, { rowsPerPage: 1, network }),
    startLink: (link, { secret, lake }) =>
      startLink({ link, secret, lake, engine, home, log, pace, network, rowsPerPage }),
    close: async () => engine.close(),
  };
}

/** The source at an address; directly and with the system's authorities unless told. */
export function sourceOf(
  address: SourceAddress,
  options: { readonly rowsPerPage?: number; readonly network?: NetworkOptions } = {},
): OpenSource {
  const { environmentUrl, authorityUrl, tenantId, clientId, clientSecret } = address;
  return openSource({
    url: environmentUrl,
    tenantId,
    clientId,
    clientSecret,
    ...(authorityUrl === null ? {} : { authority: authorityUrl }),
    clock: systemClock,
    ...options,
  });
}

async function startLink(parts: {
  readonly link: LinkSettings;
  readonly secret: string;
  readonly lake: OpenLake;
  readonly engine: Engine;
  readonly home: Home;
  readonly log: Log;
  readonly pace: LinkPace;
  readonly network: NetworkOptions;
  readonly rowsPerPage: number | undefined;
}): Promise<RunningLink> {
  const { link, engine, home, network, rowsPerPage } = parts;
  const { store } = parts.lake;
  const cleanup = new Cleanup();
  try {
    const perPage = rowsPerPage === undefined ? {} : { rowsPerPage };
    const source = cleanup.add(sourceOf({ ...link, clientSecret: parts.secret }, { network, ...perPage }), opened =>
      opened.close(),
    );
    const spool = await openSpool({ folder: join(home.spoolPath, link.id), newId: randomUUID });
    const folder = join(home.enginePath, link.id);
    const batcher = cleanup.add(
      await openBatcher({ engine, folder: join(folder, 'batches'), newId: randomUUID }),
      opened => opened.close(),
    );
    const tempFolder = await privateFolder(join(folder, 'publish'));
    const published = { store, engine, tempFolder, newId: randomUUID };
    const runner = new LinkRunner({
      settings: link,
      source,
      store,
      linkLog: new LinkLog({ store, clock: systemClock, newNonce: randomUUID }),
      spool,
      batcher,
      replica: link.output === 'incremental' ? openFolderReplica(published) : openCdmReplica(published),
      snapshots: link.output === 'replica' ? openSnapshotWriter(published) : null,
      folders: link.output === 'incremental' ? openFolderWriter(published) : null,
      clock: systemClock,
      newNonce: randomUUID,
      report: engineLog(parts.log, link.name),
      pace: parts.pace,
    });
    cleanup.add(runner, started => started.stop());
    await runner.start();
    return stoppedBy(runner, cleanup);
  } catch (failure) {
    await cleanup.close().catch(() => undefined);
    throw failure;
  }
}

/** The runner, whose stop also closes what was opened for it. */
function stoppedBy(runner: RunningLink, cleanup: Cleanup): RunningLink {
  return {
    status: () => runner.status(),
    addTables: tables => runner.addTables(tables),
    removeTables: (tables, options) => runner.removeTables(tables, options),
    change: settings => runner.change(settings),
    requireInPlace: table => runner.requireInPlace(table),
    retry: table => runner.retry(table),
    backfill: table => runner.backfill(table),
    confirmDeletes: table => runner.confirmDeletes(table),
    beginEpoch: () => runner.beginEpoch(),
    takeSnapshots: tables => runner.takeSnapshots(tables),
    stop: () => cleanup.close(),
  };
}

async function privateFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  return path;
}
