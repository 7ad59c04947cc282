import type { LinkEntry, LinkState } from '../core/link-log.ts';
import type { LakeReader } from './lake-reader.ts';

const LOG = '.lakelink/_link';

/**
 * The first folder that lists a table since it was added to the link, by the link's log: what folders before it say of a
 * table that left and came back is of another life. Empty before there is one.
 */
export async function firstFolderOf(lake: LakeReader, table: string): Promise<string> {
  let { tail, first } = await newestCheckpoint(lake, table);
  for (const name of await numbered(lake, `${LOG}/log`)) {
    if (sequenceOf(name) <= tail) continue;
    const entry = await readJson<LinkEntry>(lake, `${LOG}/log/${name}`);
    // Removed between the listing and now: a checkpoint above it has what it said.
    if (entry === null) return firstFolderOf(lake, table);
    tail = entry.sequence;
    if (entry.kind === 'folder-closed' && table in entry.tables) first ||= entry.name;
    if (entry.kind === 'table-removed' && entry.table === table) first = '';
  }
  return first;
}

async function newestCheckpoint(
  lake: LakeReader,
  table: string,
): Promise<{ readonly tail: number; readonly first: string }> {
  for (const name of (await numbered(lake, `${LOG}/checkpoint`)).reverse()) {
    const found = await readJson<{ readonly state: LinkState }>(lake, `${LOG}/checkpoint/${name}`);
    if (found !== null) return { tail: found.state.tail, first: found.state.joined?.[table] ?? '' };
  }
  return { tail: 0, first: '' };
}

async function numbered(lake: LakeReader, folder: string): Promise<string[]> {
  return (await lake.list(folder)).filter(name => /^\d{20}\.json$/.test(name)).sort();
}

function sequenceOf(name: string): number {
  return Number(name.slice(0, 20));
}

async function readJson<T>(lake: LakeReader, path: string): Promise<T | null> {
  const bytes = await lake.read(path);
  try {
    return bytes === null ? null : (JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as T);
  } catch {
    return null;
  }
}
