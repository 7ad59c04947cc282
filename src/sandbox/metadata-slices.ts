import { othersTurn } from './page-read.ts';

/** Bytes written before other requests get their turn, about. */
const sliceBytes = 1_000_000;

/**
 * Texts of many things, a separator between any two, as pieces of about a megabyte: no string is made of the whole, and
 * other requests get their turn between pieces. A thing whose text is null is left out.
 */
export async function inSlices<T>(
  things: readonly T[],
  write: (thing: T) => string | null,
  separator = ',',
): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let texts: string[] = [];
  let length = 0;
  const close = () => {
    if (texts.length > 0)
      pieces.push(Buffer.from((pieces.length === 0 ? '' : separator) + texts.join(separator), 'utf8'));
    texts = [];
    length = 0;
  };
  for (const thing of things) {
    const text = write(thing);
    if (text === null) continue;
    texts.push(text);
    length += text.length;
    if (length < sliceBytes) continue;
    close();
    await othersTurn();
  }
  close();
  return pieces;
}
