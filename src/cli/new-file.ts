import { writeFile } from 'node:fs/promises';
import { Fault } from '../core/fault.ts';

/** Writes a new file for `--out`. One that is there is somebody's work, and stays. */
export async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const reason = isThere ? `${file} exists already` : `${file} cannot be written`;
    throw new Fault('input/invalid', { option: '--out', reason }, { cause });
  }
}
