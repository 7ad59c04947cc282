import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { Fault } from '../core/fault.ts';
import { readLinkFile } from '../core/link-file.ts';
import type { LinkName } from '../core/names.ts';
import { type Books, openBooks } from '../ledger/open-books.ts';
import { openFolderStore } from '../store/folder-store.ts';
import type { DatabaseEntry, Directory } from '../workspace/directory.ts';
import { systemClock } from './clock.ts';
import { dropDatabase } from './database-drop.ts';
import { homeLayout } from './home.ts';
import { silentLog } from './log.ts';
import type { Settings } from './settings.ts';

/** Which lake is meant; all null: that of the only link. */
export interface LakeWanted {
  readonly link: LinkName | null;
  readonly database: string | null;
  /** Instead of one that the ledger knows. */
  readonly lakePath: string | null;
}

/** What whoever sits at the machine sees of the ledger: everything, as its operator. */
export interface LocalDirectory extends Directory {
  /** The database that was wanted. */
  readonly wanted: DatabaseEntry;
  close(): Promise<void>;
}

/**
 * Opens the ledger of the home for one command, where there is one; a lake folder that is named is readable without it.
 * `link/unknown`, `sql/database-unknown`, `lake/unmarked`; `input/invalid` where several links could be meant.
 */
export async function openLocalDirectory(
  settings: Pick<Settings, 'home'>,
  { wanted, actor }: { readonly wanted: LakeWanted; readonly actor: string },
): Promise<LocalDirectory> {
  const books = await booksOf(settings, { actor, isNeeded: wanted.lakePath === null });
  try {
    const entry = await entryOf(books, { wanted, home: settings.home });
    return { ...directoryOf(books, entry), wanted: entry, close: async () => books?.close() };
  } catch (failure) {
    await books?.close();
    throw failure;
  }
}

/** Null: there is no ledger, or it cannot be opened and is not needed. */
async function booksOf(
  { home }: Pick<Settings, 'home'>,
  { actor, isNeeded }: { readonly actor: string; readonly isNeeded: boolean },
): Promise<Books | null> {
  const { ledgerPath } = homeLayout(home);
  if (!existsSync(ledgerPath)) return null;
  try {
    return await openBooks({ path: ledgerPath, actor, clock: systemClock });
  } catch (failure) {
    if (isNeeded) throw failure;
    return null;
  }
}

async function entryOf(
  books: Books | null,
  { wanted, home }: { readonly wanted: LakeWanted; readonly home: string },
): Promise<DatabaseEntry> {
  const { link, database, lakePath } = wanted;
  const known = await entriesOf(books);
  if (lakePath !== null) return known.find(one => one.lakePath === lakePath) ?? (await entryOfFolder(lakePath));
  if (database !== null) {
    const found = known.find(one => one.name === database);
    if (found === undefined) throw new Fault('sql/database-unknown', { database, home });
    return found;
  }
  const linked = known.filter(one => one.link !== null);
  const [first, second] = link === null ? linked : linked.filter(one => one.link === link);
  if (first === undefined) throw new Fault('link/unknown', { link, home });
  if (second === undefined) return first;
  const names = linked.map(one => one.link).join(', ');
  throw new Fault('input/invalid', { option: '--link', reason: `there are several links, name one: ${names}` });
}

async function entriesOf(books: Books | null): Promise<DatabaseEntry[]> {
  const all = (await books?.databases.list()) ?? [];
  return all.filter(({ dropping }) => !dropping).map(({ name, lakePath, link }) => ({ name, lakePath, link }));
}

async function entryOfFolder(lakePath: string): Promise<DatabaseEntry> {
  const store = await openFolderStore({ root: lakePath, newId: () => 'none', readOnly: true });
  const mark = await readLinkFile(store, new AbortController().signal);
  if (mark === null) throw new Fault('lake/unmarked', { path: lakePath });
  return { name: mark.lakeName ?? basename(lakePath), lakePath, link: null };
}

function directoryOf(books: Books | null, folder: DatabaseEntry): Directory {
  return {
    user: async () => null,
    databases: async () => {
      const known = await entriesOf(books);
      return known.some(({ name }) => name === folder.name) ? known : [...known, folder];
    },
    views: async database => (await books?.databases.views(database)) ?? [],
    createView: () => Promise.reject(ownerless()),
    dropView: () => Promise.reject(ownerless()),
    dropDatabase: async ({ database, keepFiles, signal }) => {
      if (books === null) throw new Fault('sql/database-unknown', { database });
      await dropDatabase({ databases: books.databases, log: silentLog }, { database, user: null, keepFiles, signal });
    },
  };
}

/** A view is its owner's to replace and to drop, and here nobody signed in. */
function ownerless(): Fault {
  return new Fault('sql/denied', {
    reason: 'a view belongs to a user, and nobody signed in here',
    hint: 'Sign in at the SQL endpoint to make or drop it; lakelink status says where it is.',
  });
}
