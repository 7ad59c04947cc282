import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const packGzip = promisify(gzip);
const packBrotli = promisify(brotliCompress);

export type Packing = 'br' | 'gzip';

/** Below this, packing costs more than it saves. */
const packedBytesMin = 1_024;

/** The packing a caller likes best of those offered, brotli before gzip when it does not mind; null for none. */
export function packingFor(acceptEncoding: string | undefined): Packing | null {
  const quality: Record<string, number> = {};
  for (const part of (acceptEncoding ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map(one => one.trim());
    const weight = parameters.find(one => one.startsWith('q='))?.slice(2);
    if (name !== '') quality[name] = weight === undefined ? 1 : Number(weight) || 0;
  }
  const [br, packed] = [quality.br ?? quality['*'] ?? 0, quality.gzip ?? quality['*'] ?? 0];
  if (br <= 0 && packed <= 0) return null;
  return br >= packed ? 'br' : 'gzip';
}

/** Packs fast rather than small, off the main thread; null when the body is not worth it. */
export async function packed(body: Buffer, packing: Packing): Promise<Buffer | null> {
  if (body.length < packedBytesMin) return null;
  if (packing === 'gzip') return packGzip(body, { level: 1 });
  return packBrotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}
