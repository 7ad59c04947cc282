import type { LakeDatabase } from '../database-view.ts';
import { LakeView } from './lake-view.ts';
import { Catalogue, type LakeDatabaseParts } from './relation-catalogue.ts';

/** Opens a lake's database: what is in it is what is committed in the lake. Closing it closes nothing it was given. */
export function openLakeDatabase(parts: LakeDatabaseParts): LakeDatabase {
  const catalogue = new Catalogue(parts);
  const close = async () => {};
  return {
    name: parts.name,
    view: ({ language }) => new LakeView({ parts, catalogue, language }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
