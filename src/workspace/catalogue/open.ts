import type { Session } from '../../batch/duckdb.ts';
import type { OpenCatalogue } from '../catalogue-door.ts';
import type { RelationInfo } from '../database-view.ts';
import { Door, type LakeCatalogue } from './door.ts';
import { RELATION_FACTS, TYPE_FACTS } from './facts.ts';
import { FIXED, makeFixedTables } from './fixed-tables.ts';
import { lakeMacros } from './lake-macros.ts';
import { makeLakeTables, withIds } from './lake-tables.ts';
import { Lookup } from './lookup.ts';
import { createMacros, FIXED_MACROS, type Macro, TABLE_MACRO_SQL } from './macros.ts';
import { hiddenRelations } from './visibility.ts';

/** Catalogues kept in the engine at once; the one used longest ago goes. A statement that still reads it keeps it. */
const CATALOGUES_MAX = 6;

/**
 * Opens catalogues in one engine: each (database, catalogue version) has its tables made once, at the first statement
 * that needs it, and every session of that engine reads them. Make one for each engine.
 */
export function catalogueOpener(): OpenCatalogue {
  const kept = new Map<string, Promise<LakeCatalogue>>();
  let fixed: Promise<void> | undefined;
  let made = 0;

  const make = async (session: Session, relations: readonly RelationInfo[]): Promise<LakeCatalogue> => {
    fixed ??= makeFixed(session);
    try {
      await fixed;
    } catch (failure) {
      fixed = undefined;
      throw failure;
    }
    made += 1;
    return makeLake(session, { database: `ll_cat_${made}`, relations });
  };

  return async ({ session, view, facts, signal }) => {
    const key = `${view.name}\0${await view.catalogueVersion(signal)}`;
    for (;;) {
      signal.throwIfAborted();
      const found = kept.get(key);
      const making = found ?? view.relations(signal).then(relations => make(session, relations));
      kept.delete(key);
      kept.set(key, making);
      try {
        const catalogue = await making;
        await dropOldest(session, kept);
        return new Door({ catalogue, facts });
      } catch (failure) {
        if (kept.get(key) === making) kept.delete(key);
        // Another session's abort ended it: this one makes its own.
        if (found === undefined || signal.aborted) throw failure;
      }
    }
  };
}

async function dropOldest(session: Session, kept: Map<string, Promise<LakeCatalogue>>): Promise<void> {
  for (const [key, making] of kept) {
    if (kept.size <= CATALOGUES_MAX) return;
    kept.delete(key);
    const { database } = await making;
    await session.runAll(`DETACH DATABASE IF EXISTS ${database}`);
  }
}

async function makeFixed(session: Session): Promise<void> {
  await session.runAll(`DETACH DATABASE IF EXISTS ${FIXED}`);
  await makeFixedTables(session);
  for (const sql of [...createMacros(FIXED_MACROS, `${FIXED}.main`), ...TABLE_MACRO_SQL]) {
    await session.runAll(sql.replaceAll('$F', FIXED));
  }
}

async function makeLake(
  session: Session,
  { database, relations }: { readonly database: string; readonly relations: readonly RelationInfo[] },
): Promise<LakeCatalogue> {
  await session.runAll(`ATTACH ':memory:' AS ${database}`);
  try {
    const named = await makeLakeTables(session, { database, relations });
    const macros = lakeMacros(hiddenOids(relations));
    for (const sql of createMacros(macros, `${database}.main`)) {
      await session.runAll(sql.replaceAll('$L', database).replaceAll('$F', FIXED));
    }
    return { database, lookup: new Lookup(named), lakeMacros: arities(macros), fixedMacros: arities(FIXED_MACROS) };
  } catch (failure) {
    // What is half made must not stay; that it cannot be dropped now says nothing that the failure itself does not.
    await session.runAll(`DETACH DATABASE IF EXISTS ${database}`).catch(() => undefined);
    throw failure;
  }
}

function arities(macros: readonly Macro[]): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  for (const { name, parameters } of macros) {
    found.set(name, (found.get(name) ?? new Set()).add(parameters.length));
  }
  return found;
}

/** Object ids of what a name without a schema does not mean. */
function hiddenOids(relations: readonly RelationInfo[]): {
  readonly relations: readonly number[];
  readonly types: readonly number[];
} {
  const hiding = hiddenRelations(relations);
  const hidden = withIds(relations).filter(({ info }) => hiding.has(info));
  const outside = RELATION_FACTS.filter(({ schema }) => schema === 'information_schema');
  return {
    relations: [...outside.map(({ oid }) => oid), ...hidden.flatMap(({ ids }) => [ids.oid, ids.index])],
    types: [
      ...TYPE_FACTS.filter(({ schema }) => schema === 'information_schema').map(({ oid }) => oid),
      ...hidden.flatMap(({ ids }) => [ids.type, ids.array]),
    ],
  };
}
