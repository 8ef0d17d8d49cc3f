const MAX_CHARACTERS = 120;

/**
 * Agent- or upstream-controlled text for use inside a sentence: control, invisible and
 * direction-changing characters are written out, and a cut says how much is missing.
 */
export function visible(text: string): string {
  const characters = [...text.toWellFormed()];
  const shown = characters.slice(0, MAX_CHARACTERS).join('').replace(HIDDEN, writeOut);
  const missing = characters.length - MAX_CHARACTERS;
  return missing > 0 ? `${shown}… (${missing} more characters)` : shown;
}

/** Controls, format characters (bidi, zero width, tags), separators other than the space, fillers. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00a0\u034f\u115f\u1160\u17b4\u17b5\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\u{e0100}-\u{e01ef}]/gu;

function writeOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
