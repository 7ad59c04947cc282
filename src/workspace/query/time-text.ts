/**
 * A time or interval of PostgreSQL's in the engine's words, which have the era behind the day (`0044-03-15 (BC) 12:00:00`)
 * no `+` before a part of an interval, and seconds wherever an offset is.
 */
export function engineTimeText(text: string, isInterval: boolean): string {
  const trimmed = text.trim();
  if (isInterval) return trimmed.replace(/\+(?=\d)/g, '');
  return trimmed
    .replace(/^(\S+)(.*?)\s*\bBC$/i, '$1 (BC)$2')
    .replace(/(^|[\sT])(\d{1,2}:\d{2})(?=\s*(?:Z$|[-+]\d))/i, '$1$2:00');
}
