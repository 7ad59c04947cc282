import type { DatabaseView, LakeDatabase } from '../database-view.ts';

/** Always there, so that a tool has something to connect to before it knows which lakes there are. */
export const MAINTENANCE_DATABASE = 'postgres';

/** A database without a lake: its schemas are empty. */
export function maintenanceDatabase(): LakeDatabase {
  const view: DatabaseView = {
    name: MAINTENANCE_DATABASE,
    find: async () => null,
    relations: async () => [],
    catalogueVersion: async () => 'empty',
  };
  const close = async () => {};
  return { name: MAINTENANCE_DATABASE, view: () => view, close, [Symbol.asyncDispose]: close };
}
