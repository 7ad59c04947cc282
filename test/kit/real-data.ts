import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A folder of real data, and whether it is here; where it is not, the suite that wants it says why it skips. */
export interface RealData {
  readonly folder: string;
  readonly isThere: boolean;
}

const ROOT = process.env.LAKELINK_REAL_DATA ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'real');

/** Real data beside the checkout, or where LAKELINK_REAL_DATA says: all of it, or one part. */
export function realData(part = ''): RealData {
  const folder = join(ROOT, part);
  const isThere = existsSync(folder);
  if (!isThere) console.log(`skipped: ${folder} is not there; set LAKELINK_REAL_DATA to the folder of real data`);
  return { folder, isThere };
}
