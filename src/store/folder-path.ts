import { join } from 'node:path';
import { Fault } from '../core/fault.ts';

/** Where a folder lake keeps what is its own business; never listed, never reachable through a path. */
export const INTERNAL = {
  temporary: '.lakelink/_tmp',
  published: '.lakelink/_published',
  locks: '.lakelink/_locks',
} as const;

const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
/** What Windows refuses in a name, beside control characters. */
const REFUSED_CHARACTERS = '<>:"|?*\\';

/**
 * The real path of a lake path. Refuses (`internal/bug`, since paths are made by us from parsed names) what could leave
 * the folder or could not exist on every system: absolute, `..`, empty parts, `\`, reserved names, a dot or space at the end.
 */
export function resolveInside(root: string, path: string): string {
  const parts = path.split('/');
  const refused = parts.some(
    part =>
      part === '' ||
      part === '.' ||
      part === '..' ||
      hasRefusedCharacter(part) ||
      RESERVED_ON_WINDOWS.test(part) ||
      part.endsWith('.') ||
      part.endsWith(' '),
  );
  if (refused || isInternal(path)) throw new Fault('internal/bug', { path, reason: 'not a path inside the lake' });
  return join(root, ...parts);
}

/** Whether a lake path is one of the store's own files. */
export function isInternal(path: string): boolean {
  return Object.values(INTERNAL).some(folder => path === folder || path.startsWith(`${folder}/`));
}

function hasRefusedCharacter(part: string): boolean {
  return [...part].some(character => character < ' ' || REFUSED_CHARACTERS.includes(character));
}
