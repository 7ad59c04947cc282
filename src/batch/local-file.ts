import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { LocalFile } from '../core/batcher.ts';

/** A finished file with its size and the SHA-256 of its bytes. */
export async function localFile({
  path,
  rows,
  signal,
}: {
  readonly path: string;
  readonly rows: number;
  readonly signal: AbortSignal;
}): Promise<LocalFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { path, bytes, sha256: hash.digest('hex'), rows };
}
