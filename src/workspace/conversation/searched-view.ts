import { type DatabaseView, type Relation, type RelationName, SEARCH_PATH } from '../database-view.ts';
import { refusal } from './refusal.ts';

/**
 * A view that looks for names without a schema in the order of the client's `search_path`, and then in the schemas that
 * are not on it: the definition of a user's view was written under another path and must mean the same.
 */
export function searchedView(view: DatabaseView, schemas: readonly string[]): DatabaseView {
  const named = SEARCH_PATH.filter(schema => schemas.includes(schema));
  named.sort((a, b) => schemas.indexOf(a) - schemas.indexOf(b));
  const searched = [...named, ...SEARCH_PATH.filter(schema => !named.includes(schema))];
  if (searched.join() === SEARCH_PATH.join()) return view;
  return {
    ...passedOn(view),
    async find(name: RelationName, options): Promise<Relation | null> {
      if (name.schema !== null) return view.find(name, options);
      for (const schema of searched) {
        const found = await view.find({ schema, name: name.name }, options);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

/** A view for checking the definition of a user's view: it may not read itself, however far down. */
export function viewWithout(view: DatabaseView, name: string): DatabaseView {
  return {
    ...passedOn(view),
    async find(wanted: RelationName, options): Promise<Relation | null> {
      const found = await view.find(wanted, options);
      if (found?.info.schema === 'public' && found.info.name.toLowerCase() === name.toLowerCase()) {
        throw refusal({ state: '42P17', message: `infinite recursion detected in rules for relation "${name}"` });
      }
      return found;
    },
  };
}

function passedOn(view: DatabaseView): DatabaseView {
  return {
    name: view.name,
    find: (name, options) => view.find(name, options),
    relations: signal => view.relations(signal),
    catalogueVersion: signal => view.catalogueVersion(signal),
  };
}
