/*
 * How wide a text stands in a terminal. Near enough for tables of names and labels in any script; terminals differ
 * among themselves about the rest.
 */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** East Asian wide and full-width letters. Emoji are told by their property. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f|\p{Regional_Indicator}{2}/u;
const WITHOUT_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
/** Plain text is the usual case. */
const ASCII = /^[\x20-\x7e]*$/;

/** Columns that a text without control characters takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** The beginning of a text that takes at most `widthMax` columns. */
export function fitText(text: string, widthMax: number): string {
  if (ASCII.test(text)) return text.slice(0, widthMax);
  let width = 0;
  let end = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += graphemeWidth(segment);
    if (width > widthMax) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

function graphemeWidth(segment: string): number {
  if (WITHOUT_WIDTH.test(segment)) return 0;
  return WIDE.test(segment) || EMOJI.test(segment) ? 2 : 1;
}
