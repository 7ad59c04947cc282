/**
 * A time or interval of PostgreSQL's in the engine's words, which have the era behind the day (`0044-03-15 (BC) 12:00:00`)
 * and no `+` before a part of an interval.
 */
export function engineTimeText(text: string, isInterval: boolean): string {
  const trimmed = text.trim();
  if (isInterval) return trimmed.replace(/\+(?=\d)/g, '');
  return trimmed.replace(/^(\S+)(.*?)\s*\bBC$/i, '$1 (BC)$2');
}
