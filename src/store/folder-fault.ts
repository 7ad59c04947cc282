import { Fault } from '../core/fault.ts';

/** The system's code of a thrown thing, for example `ENOENT`; null where it has none. */
export function systemCode(thrown: unknown): string | null {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}

/** What a failed file operation means for the lake. An abort and a `Fault` pass unchanged. */
export function folderFault(
  thrown: unknown,
  where: { readonly path: string; readonly doing: 'read' | 'write'; readonly signal?: AbortSignal },
): unknown {
  if (thrown instanceof Fault) return thrown;
  if (where.signal?.aborted === true) return where.signal.reason;
  const code = systemCode(thrown);
  const details = { path: where.path, reason: code ?? (thrown instanceof Error ? thrown.message : String(thrown)) };
  const refusesWriting = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  if (where.doing === 'write' && refusesWriting) return new Fault('store/read-only', details, { cause: thrown });
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Fault('store/full', details, { cause: thrown });
  return new Fault('store/failed', details, { cause: thrown });
}
