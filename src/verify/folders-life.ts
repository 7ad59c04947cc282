import type { LinkEntry, LinkState } from '../core/link-log.ts';
import type { LakeReader } from './lake-reader.ts';

const LOG = '.lakelink/_link';

/**
 * The folder in which a table's present life in the link begins, by the link's log: what folders before it say of a table
 * that left and came back is of another life. Empty where it was in the link from the first folder on.
 */
export async function firstFolderOf(lake: LakeReader, table: string): Promise<string> {
  let { tail, folder, joined } = await newestCheckpoint(lake);
  for (const name of await numbered(lake, `${LOG}/log`)) {
    if (sequenceOf(name) <= tail) continue;
    const entry = await readJson<LinkEntry>(lake, `${LOG}/log/${name}`);
    // Removed between the listing and now: a checkpoint above it has what it said.
    if (entry === null) return firstFolderOf(lake, table);
    tail = entry.sequence;
    if (entry.kind === 'folder-opened') folder = entry.name;
    if (entry.kind === 'folder-closed') folder = entry.next;
    if (entry.kind === 'table-added' && entry.table === table) joined = { ...joined, [table]: folder ?? '' };
  }
  return joined[table] ?? '';
}

type Life = Pick<LinkState, 'tail' | 'folder' | 'joined'>;

async function newestCheckpoint(lake: LakeReader): Promise<Life> {
  for (const name of (await numbered(lake, `${LOG}/checkpoint`)).reverse()) {
    const found = await readJson<{ readonly state: Life }>(lake, `${LOG}/checkpoint/${name}`);
    if (found !== null) return { tail: found.state.tail, folder: found.state.folder, joined: found.state.joined ?? {} };
  }
  return { tail: 0, folder: null, joined: {} };
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
